/**
 * Access to host memory for emulators: to guest RAM, and to the BARs of passed-through devices.
 *
 * <p>{@code memcpy}, {@code MemorySegment.copy} and every Java access mode were made for private, cacheable memory. On
 * device memory they split accesses, repeat them, run backwards, fault on alignment or are optimised away. Which of
 * these happens depends on the ISA, on how the host mapped the page, and on the JIT tier. A
 * {@link org.hostmem.HostMemoryAccessor} makes exactly the accesses of its {@link org.hostmem.AccessPlan}.
 *
 * <p>To open memory that you own, use {@link org.hostmem.HostMemoryAccessor#of}. To copy between two regions, use
 * {@link org.hostmem.Transfer}. {@link org.hostmem.AccessOptions} say what happens at an unaligned access, at a fault,
 * and to an access that the device does not accept. {@code org.hostmem.guest} has an emulator's bus, and
 * {@code org.hostmem.vfio} opens devices.
 *
 * <h2 id="words">Glossary</h2>
 *
 * <dl>
 *   <dt>Region
 *   <dd>A range of host memory with one use: guest RAM, a BAR of a device, a file.
 *   <dt>Accessor
 *   <dd>The object that reads and writes one region. It checks bounds, rights and lifetime.
 *   <dt>Cache mode
 *   <dd>How the host mapped the region: NORMAL, WRITE_COMBINING, DEVICE, NONCACHED or UNKNOWN. The host reports it; the
 *       user does not choose it.
 *   <dt>Device memory
 *   <dd>Memory that is not NORMAL. An access to it may have an effect, so no access may be repeated, merged, widened or
 *       left out.
 *   <dt>Scalar
 *   <dd>A read or write of 1, 2, 4 or 8 bytes: a guest's load or store.
 *   <dt>Bulk transfer
 *   <dd>A read, write, fill or copy of any number of bytes: a device's DMA.
 *   <dt>Unit
 *   <dd>One machine access of a bulk transfer: one load or store of a power of two of bytes.
 *   <dt>Plan
 *   <dd>The list of machine accesses that a request becomes. It is known before the first of them.
 *   <dt>Single-copy atomic
 *   <dd>An access is single-copy atomic if no observer ever sees only a part of it.
 *   <dt>Fault
 *   <dd>An access that the memory or the bus does not complete. The CPU raises an exception, and Linux sends a signal
 *       for it.
 * </dl>
 *
 * <h2 id="axes">Two axes, never mixed</h2>
 *
 * <ol>
 *   <li><b>What the ISA allows</b> on memory mapped this way: {@link org.hostmem.AccessRules}, for an ISA and a
 *       {@link org.hostmem.CacheMode}.
 *   <li><b>What the transfer means</b>: {@link org.hostmem.TransferOrder}. It is a parameter of the operation. Its
 *       promise holds on any memory.
 * </ol>
 *
 * <h2 id="contract">The contract</h2>
 *
 * <table>
 *   <caption>Rules of every accessor, where its {@link org.hostmem.Guarantee}s include them</caption>
 *   <tr><th scope="col">id</th><th scope="col">rule</th></tr>
 *   <tr><td id="R1">R1</td><td>An aligned 1/2/4/8-byte access is exactly one machine access of that width, on exactly
 *       those bytes, in every tier.</td></tr>
 *   <tr><td id="R2">R2</td><td>A bulk transfer accesses every device byte of [offset, offset + n) exactly once, and no
 *       byte outside.</td></tr>
 *   <tr><td id="R3">R3</td><td>ASCENDING: the units of the plan are written (or read) in ascending order of addresses,
 *       as another observer sees it. This holds on weakly ordered ISAs, too, and on both sides of a copy. On NORMAL
 *       memory each unit is single-copy atomic, as the ISA or the vendor documents it. On device memory the bus may
 *       divide a unit. RELAXED gives up the order, and only that. UNOBSERVED is the caller's word that nobody
 *       looks at either side until the transfer is over. On NORMAL memory it gives up the units, the order, and that
 *       each byte is accessed once: it is memcpy. On device memory it is RELAXED.</td></tr>
 *   <tr><td id="R4">R4</td><td>Unit width = min(widest legal, device address &amp; -address, largest power of two
 *       &lt;= rest). The alignment of the <em>device</em> side alone decides. The RAM side may have any alignment. The
 *       number of accesses is minimal.</td></tr>
 *   <tr><td id="R5">R5</td><td>An unaligned scalar is one access (SINGLE) where the rules allow it. Otherwise the
 *       policy decides: SPLIT or REJECT. The plan says which before the access.</td></tr>
 *   <tr><td id="R6">R6</td><td>On device memory, and on NORMAL memory that may vanish, a read happens exactly once,
 *       even if nobody uses its value. Two reads are two accesses. On permanent NORMAL memory the JIT may drop or
 *       narrow a read whose value nobody uses, because nobody can notice.</td></tr>
 *   <tr><td id="R7">R7</td><td>An overlapping move is exact. If it is ASCENDING, it is ascending in the destination. It
 *       needs min(distance, n - distance) bytes of buffer (for a list of ranges: what {@link org.hostmem.Transfer}
 *       says). If that exceeds the caller's budget, it is refused before the first byte. The order of memmove is a
 *       separate, named policy.</td></tr>
 *   <tr><td id="R8">R8</td><td>Barriers are named by purpose. Each is the instruction that the ISA needs, not the
 *       nearest Java fence.</td></tr>
 *   <tr><td id="R9">R9</td><td>A fault (BAR disabled, device gone, file truncated) becomes {@link
 *       org.hostmem.RegionFaultException} at that very access, with offset and bytes completed. The JVM goes on, and
 *       its own signal handling is unchanged. {@link
 *       org.hostmem.FaultPolicy#UNSUPPORTED_REQUEST} makes reads return all ones instead, and drops writes.</td></tr>
 *   <tr><td id="R10">R10</td><td>A request outside the bounds, after the close, against the rights, or with an overflow
 *       of offset + length is refused before any access. Closing while another thread copies is safe.</td></tr>
 *   <tr><td id="R11">R11</td><td>On WRITE_COMBINING memory the hardware may merge and repeat accesses. A barrier
 *       flushes them. R2 and R3 are not promised beyond the CPU.</td></tr>
 *   <tr><td id="R12">R12</td><td>An access allocates nothing.</td></tr>
 *   <tr><td id="R13">R13</td><td>Every access is one that the device accepts ({@link org.hostmem.DeviceLimits}): none
 *       is narrower or wider than its units, unaligned where it needs alignment, or 8 bytes whole where it needs
 *       halves. Any other access is cut, or is refused before the first byte. It becomes a read-modify-write only if
 *       that is allowed. The plan says so before the access. Limits override R1, R2, R3 and R4: a scalar that is cut is
 *       not one access, and halves with the higher one first do not ascend.</td></tr>
 *   <tr><td id="R14">R14</td><td>Where a hypervisor may answer ({@link org.hostmem.AnsweredBy}), device memory is
 *       accessed in units of at most 16 bytes that hypervisors decode on this ISA. If the hypervisor does not know an
 *       instruction, the access throws a {@link org.hostmem.RegionFaultException} under any fault policy, and the JVM
 *       goes on.</td></tr>
 * </table>
 *
 * <p>On {@link org.hostmem.CacheMode#NORMAL} memory an aligned scalar is a Java opaque access, inlined by the JIT, if
 * the memory's owner promises that it stays ({@link org.hostmem.Permanence#PERMANENT PERMANENT}: anonymous RAM,
 * borrowed memory). The JIT may drop or narrow a read whose value nobody uses. The JVM reports a fault there, and
 * reports it late. So {@link org.hostmem.Guarantee#NEVER_ELIDED} and {@link org.hostmem.Guarantee#PRECISE_FAULTS} are
 * absent. On memory that may vanish (every mapping of a file or a device), and under
 * {@link org.hostmem.FaultPolicy#UNSUPPORTED_REQUEST}, a routine in machine code makes the scalar, as everywhere else.
 * It is some nanoseconds slower: every read happens, and every fault is precise. {@link org.hostmem.Atomics} are always
 * routines in machine code, where the provider has them.
 *
 * <h2 id="failures">Which failure is which</h2>
 *
 * <table>
 *   <caption>The exceptions of this library</caption>
 *   <tr><th scope="col">what happened</th><th scope="col">exception</th></tr>
 *   <tr><td>The program made a mistake: {@code null}, a width that does not exist, RAM that is too short, a value that
 *       no region can have, a call that an object's state does not allow</td>
 *       <td>{@link java.lang.NullPointerException}, {@link java.lang.IllegalArgumentException},
 *       {@link java.lang.IndexOutOfBoundsException} or {@link java.lang.IllegalStateException}: not a
 *       {@link org.hostmem.HostMemoryException}</td></tr>
 *   <tr><td>The region, its device or its bus is closed</td><td>{@link org.hostmem.RegionClosedException}</td></tr>
 *   <tr><td>The offset or the length leaves the region</td><td>{@link org.hostmem.RegionBoundsException}</td></tr>
 *   <tr><td>Rights, a policy or the kind of memory forbid it</td>
 *       <td>{@link org.hostmem.AccessRejectedException}, whose reason is data</td></tr>
 *   <tr><td>The hardware, the kernel or a hypervisor refused the access that was made</td>
 *       <td>{@link org.hostmem.RegionFaultException}, with what was completed</td></tr>
 *   <tr><td>The host lacks something: memory, a provider, a device, a right</td>
 *       <td>another {@link org.hostmem.HostMemoryException}, with its cause if the JVM or the operating system gave
 *       one</td></tr>
 * </table>
 *
 * <p>All of them come before the first access. Two do not: a fault, and a {@link org.hostmem.RegionClosedException} of
 * a region that is closed during an access. An address, a length or a CPU's width that a guest chooses can only cause a
 * {@link org.hostmem.HostMemoryException}. An {@link java.lang.Error} is the JVM's own, or a defect of this library.
 *
 * <h2 id="conventions">Conventions</h2>
 *
 * Offsets and lengths are in bytes, from the start of the region, and never negative. Widths are 1, 2, 4 or 8 bytes. A
 * {@code null} argument throws a {@link java.lang.NullPointerException}. Every check comes before the first access.
 */
@NullMarked
package org.hostmem;

import org.jspecify.annotations.NullMarked;
