/**
 * An example to copy from: a driver for NVMe in Java, against the public api only.
 *
 * <table>
 *   <caption>What to read, in this order</caption>
 *   <tr><td>{@link org.hostmem.example.nvme.NvmeController}</td><td>start, identify, queues, reads and writes, and the
 *   end in order. <b>This is the file to copy</b></td></tr>
 *   <tr><td>{@link org.hostmem.example.nvme.QueuePair}</td><td>memory that both sides read and write: submissions,
 *   completions polled for or waited for, lists of pages</td></tr>
 *   <tr><td>{@link org.hostmem.example.nvme.Registers}</td><td>each register in its width; the barrier before the
 *   doorbell</td></tr>
 *   <tr><td>{@link org.hostmem.example.nvme.Command}</td><td>the commands that it knows</td></tr>
 *   <tr><td>{@link org.hostmem.example.nvme.NvmeException}</td><td>what goes wrong, as types</td></tr>
 * </table>
 */
package org.hostmem.example.nvme;
