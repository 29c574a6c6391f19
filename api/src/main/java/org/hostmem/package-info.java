/**
 * Host memory for emulators: guest RAM, and the BARs of passed-through devices.
 *
 * <p>{@code memcpy}, {@code MemorySegment.copy} and every Java access mode were made for private, cacheable memory. On
 * device memory they split accesses, repeat them, run backwards, fault on alignment or are optimised away, and which of
 * these happens depends on the ISA, on how the host mapped the page, and on the JIT tier. A
 * {@link org.hostmem.HostMemoryAccessor} does what its {@link org.hostmem.AccessPlan} says, no more and no less.
 *
 * <h2 id="axes">Two axes, never mixed</h2>
 *
 * <ol>
 *   <li><b>What the ISA allows</b> on memory mapped this way: {@link org.hostmem.AccessRules}, for an ISA and a
 *       {@link org.hostmem.CacheMode}.
 *   <li><b>What the transfer means</b>: {@link org.hostmem.TransferOrder}, a parameter of the operation. The promise
 *       holds on any memory.
 * </ol>
 *
 * <h2 id="contract">The contract</h2>
 *
 * <table>
 *   <caption>Rules of every accessor, as far as its {@link org.hostmem.Guarantee}s reach</caption>
 *   <tr><th scope="col">id</th><th scope="col">rule</th></tr>
 *   <tr><td id="R1">R1</td><td>An aligned 1/2/4/8-byte access is exactly one machine access of that width, on exactly
 *       those bytes, in every tier.</td></tr>
 *   <tr><td id="R2">R2</td><td>A bulk transfer touches every device byte exactly once and nothing outside [offset,
 *       offset + n).</td></tr>
 *   <tr><td id="R3">R3</td><td>ASCENDING: the units of the plan are written (or read) in ascending address order, the
 *       last unit last, as another observer sees it: on weakly
 *       ordered ISAs too, and on both sides of a copy. On NORMAL memory a unit is no wider than what the ISA or the
 *       vendor documents as single-copy atomic; on device memory the bus
 *       carries one unit as it likes. RELAXED gives up the order, and only that.</td></tr>
 *   <tr><td id="R4">R4</td><td>Unit width = min(widest legal, device address &amp; -address, largest power of two
 *       &lt;= rest): the alignment of the <em>device</em> side alone
 *       decides; the RAM side may have any alignment. The number of accesses is minimal.</td></tr>
 *   <tr><td id="R5">R5</td><td>An unaligned scalar is SINGLE where rules allow it, else SPLIT or REJECT by policy;
 *       the plan tells before the access.</td></tr>
 *   <tr><td id="R6">R6</td><td>On device memory, and on NORMAL memory that may vanish, a read happens, once, even if
 *       nobody uses its value. Two reads are two reads. On permanent
 *       NORMAL memory, where nobody could tell, the JIT may drop or narrow one whose value nobody uses.</td></tr>
 *   <tr><td id="R7">R7</td><td>An overlapping move is exact and, if ASCENDING, ascending in the destination, with
 *       min(distance, n - distance) bytes of buffer
 *       (for a list of ranges: what {@link org.hostmem.Transfer} says), or is
 *       refused before the first byte when that exceeds the caller's budget; memmove order is a separate, named
 *       policy.</td></tr>
 *   <tr><td id="R8">R8</td><td>Barriers are named by purpose; each is the instruction the ISA needs, not the nearest
 *       Java fence.</td></tr>
 *   <tr><td id="R9">R9</td><td>A fault (BAR disabled, device gone, file truncated) becomes {@link
 *       org.hostmem.RegionFaultException} at that very access, with offset and
 *       bytes completed; the JVM lives and its own signal handling is untouched. {@link
 *       org.hostmem.FaultPolicy#UNSUPPORTED_REQUEST} instead gives all-ones reads and dropped writes.</td></tr>
 *   <tr><td id="R10">R10</td><td>Bounds, lifetime, read-only, overflow of offset + length: refused before any access.
 *       Closing while another thread copies is safe.</td></tr>
 *   <tr><td id="R11">R11</td><td>WRITE_COMBINING: the hardware may merge and repeat; flush is offered, and R2 and R3
 *       are never promised past the CPU.</td></tr>
 *   <tr><td id="R12">R12</td><td>No allocation per access.</td></tr>
 *   <tr><td id="R13">R13</td><td>No access is one that the device does not take ({@link org.hostmem.DeviceLimits}):
 *       none is narrower or wider than its units, unaligned where it wants alignment, or
 *       8 bytes whole where it wants halves. What would be is cut, or it is refused before the first byte; it is
 *       read, modified and written only if that is allowed. The plan says so before the access.
 *       Limits are stronger than R1, R2, R3 and R4: a scalar that is cut is not one access, and halves with the
 *       higher one first do not ascend.</td></tr>
 *   <tr><td id="R14">R14</td><td>Where a hypervisor may answer ({@link org.hostmem.AnsweredBy}), device memory is
 *       accessed in units that hypervisors decode on this ISA, at most 16 bytes.
 *       An instruction that whoever answers does not know becomes a {@link org.hostmem.RegionFaultException}, under
 *       any fault policy, and the JVM lives.</td></tr>
 * </table>
 *
 * <p>On {@link org.hostmem.CacheMode#NORMAL} memory an aligned scalar is a Java opaque access, inlined by the JIT, if
 * the memory's owner promises that it stays ({@link org.hostmem.Permanence#PERMANENT PERMANENT}: anonymous RAM,
 * borrowed memory). The JIT may drop or narrow one whose value nobody uses, and a fault there is the JVM's to report,
 * which it does late: {@link org.hostmem.Guarantee#NEVER_ELIDED} and {@link org.hostmem.Guarantee#PRECISE_FAULTS} are
 * absent. On memory that may vanish (every mapping of a file or a device), and under
 * {@link org.hostmem.FaultPolicy#UNSUPPORTED_REQUEST}, such a scalar is done by instructions as everywhere else, some
 * nanoseconds slower: every read happens, and every fault is precise. {@link org.hostmem.Atomics} are always done by
 * instructions, where the provider has them.
 *
 * <h2 id="conventions">Conventions</h2>
 *
 * Offsets and lengths are in bytes, from the start of the region, and never negative. Widths are 1, 2, 4 or 8 bytes. A
 * {@code null} argument gives a {@link java.lang.NullPointerException}. Everything is checked before the first access.
 */
package org.hostmem;
