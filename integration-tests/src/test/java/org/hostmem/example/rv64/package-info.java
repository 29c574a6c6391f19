/**
 * An example to copy from: a small RISC-V machine (RV64IMAC, machine mode, up to two harts) whose memory is Hostmem's.
 *
 * <p>Written against the public api only, in the shape that emulators have:
 *
 * <table>
 *   <caption>What to read, in this order</caption>
 *   <tr><td>{@link org.hostmem.example.rv64.Bus}</td><td>all that a core asks of memory: load, store, fetch, atomics,
 *       a copy for devices, a fence</td></tr>
 *   <tr><td>{@link org.hostmem.example.rv64.HostmemBus}</td><td>the same on Hostmem: guest RAM, handlers, a
 *       passed-through BAR. <b>This is the file to copy</b></td></tr>
 *   <tr><td>{@link org.hostmem.example.rv64.ByteArrayBus}</td><td>the same on a {@code byte[]}, to compare
 *       with</td></tr>
 *   <tr><td>{@link org.hostmem.example.rv64.CopyDevice}</td><td>a virtio-like device: a split queue in guest memory,
 *       DMA between RAM and the BAR</td></tr>
 *   <tr><td>{@link org.hostmem.example.rv64.Hart}, {@link org.hostmem.example.rv64.Decoder}</td><td>the core: it
 *       knows the bus and nothing of Hostmem</td></tr>
 *   <tr><td>{@link org.hostmem.example.rv64.Board}</td><td>the machine: what lies where</td></tr>
 * </table>
 *
 * <p>Left out, because it shows nothing about memory: interrupts, other privilege modes, paging, floating point.
 */
package org.hostmem.example.rv64;
