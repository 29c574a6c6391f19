/**
 * The contract R1–R14 as tests that any provider runs, also one outside this project: it takes {@code org.hostmem.api}
 * and {@code junit-jupiter-api}, and nothing else.
 *
 * <p>Extend {@link org.hostmem.testkit.AccessorContract} and {@link org.hostmem.testkit.ProviderContract}, each with
 * one method that names the provider. Every test carries the id of its rule in its name, its display name and its tag.
 * What an accessor does not {@linkplain org.hostmem.Guarantee promise} is skipped, and the report says so.
 *
 * <h2 id="observers">What these tests can see, and what not</h2>
 *
 * They run in one process and look at the memory with the eyes of another thread, with canaries on both sides, and with
 * memory that ends: a mapped file that was cut short faults like a device that is gone. No API stands in the access
 * path to be hooked into, for it would cost what it measures. So:
 *
 * <table>
 *   <caption>Observers by rule</caption>
 *   <tr><th scope="col">rule</th><th scope="col">seen here</th><th scope="col">not seen here</th></tr>
 *   <tr><td>R1</td><td>values torn in another thread's eyes; neighbours that are carried along; bytes and byte
 *       order</td><td>two accesses that both transfer the whole value; the read that
 *       an exchange makes before it writes</td></tr>
 *   <tr><td>R2</td><td>exact bytes, canaries, pages that must not be touched; a second write of a byte, by the mark
 *       it wipes out</td><td>a byte that is read twice</td></tr>
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
 * <p>Every region of these tests is cacheable RAM, whatever mode its capabilities name: the mode decides what the
 * provider does, not what the memory is. The exact machine accesses (count, width, order, in the interpreter, C1 and
 * C2) are shown by observers outside the process: those of this project are in {@code integration-tests/lab}.
 *
 * <p>Where two threads race, a test ends when enough was seen, and is skipped if the machine was too busy for that: see
 * {@link org.hostmem.testkit.AccessorContract#patience()}.
 */
package org.hostmem.testkit;
