/** An open device: its regions, registers, interrupts and end, over any carrier. */
package org.hostmem.vfio.device;
