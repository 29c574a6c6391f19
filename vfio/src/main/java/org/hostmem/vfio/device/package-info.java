/** An open device: its regions, registers, interrupts and end, over any carrier. */
@NullMarked
package org.hostmem.vfio.device;

import org.jspecify.annotations.NullMarked;
