/**
 * The contract R1–R14 as tests for any provider, also one outside this project. It needs {@code org.hostmem.api} and
 * {@code junit-jupiter-api} only.
 *
 * <p>Extend {@link org.hostmem.testkit.AccessorContract} and {@link org.hostmem.testkit.ProviderContract}, and return
 * the provider from one method. Every test has the id of its rule in its name, its display name and its tag. If an
 * accessor does not {@linkplain org.hostmem.Guarantee promise} something, its tests are skipped, and the report says
 * so.
 *
 * <h2 id="observers">What these tests can see, and what not</h2>
 *
 * They run in one process. They look at the memory from another thread, with canaries on both sides, and with memory
 * that ends: a mapped file that was truncated faults like a device that is gone. There is no hook in the access path,
 * because a hook would change what it observes. This is the result:
 *
 * <table>
 *   <caption>Observers by rule</caption>
 *   <tr><th scope="col">rule</th><th scope="col">seen here</th><th scope="col">not seen here</th></tr>
 *   <tr><td>R1</td><td>values that another thread sees torn; neighbours that are written along; bytes and byte
 *       order</td><td>two accesses that both transfer the whole value; the read that
 *       an exchange makes before it writes</td></tr>
 *   <tr><td>R2</td><td>exact bytes, canaries, pages that must not be touched; a second write of a byte, because it
 *       erases a mark</td><td>a byte that is read twice</td></tr>
 *   <tr><td>R3</td><td>the order that another thread sees, at 8-byte grain and for the last byte</td><td>the order on
 *       a bus</td></tr>
 *   <tr><td>R4</td><td>the plan against the rule, for all small sizes and offsets</td><td>that the machine's accesses
 *       are those of the plan</td></tr>
 *   <tr><td>R5</td><td>plan, refusal, bytes; torn values where the ISA excludes them</td><td>what the bus makes of
 *       it</td></tr>
 *   <tr><td>R6</td><td>a read that must fault, in compiled code; a value that changes between two reads</td><td>how
 *       often a device was read</td></tr>
 *   <tr><td>R7</td><td>exact bytes, refusals before the first byte, the order in the destination</td><td>how often
 *       the source was read</td></tr>
 *   <tr><td>R8</td><td>message passing and store buffering between two threads</td><td>what a barrier does to a
 *       device</td></tr>
 *   <tr><td>R9</td><td>all of it, by SIGBUS of a mapped file</td><td>machine checks and other errors of real
 *       hardware</td></tr>
 *   <tr><td>R10</td><td>all of it</td><td></td></tr>
 *   <tr><td>R11</td><td>what is promised and offered</td><td>the merging itself: no process maps write-combining
 *       memory without a device</td></tr>
 *   <tr><td>R12</td><td>bytes that the thread allocated, counted by the JVM</td><td></td></tr>
 *   <tr><td>R13</td><td>plans, refusals before the first byte, exact bytes; order and width of units by where they
 *       fault</td><td>that the machine's accesses are those of the plan</td></tr>
 *   <tr><td>R14</td><td>units, plans and bytes of regions that a hypervisor may answer</td><td>that a hypervisor
 *       decodes the instructions</td></tr>
 * </table>
 *
 * <p>Every region of these tests is cacheable RAM, whatever mode its capabilities name. The mode decides what the
 * provider does; it does not change the memory. Observers outside the process show the exact machine accesses (count,
 * width, order, in the interpreter, C1 and C2). Those of this project are in {@code integration-tests/lab}.
 *
 * <p>A test with two threads ends when it has seen enough. If the machine is too busy for that, it is skipped: see
 * {@link org.hostmem.testkit.AccessorContract#patience()}.
 */
@NullMarked
package org.hostmem.testkit;

import org.jspecify.annotations.NullMarked;
