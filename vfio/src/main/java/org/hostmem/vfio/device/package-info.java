/** An open device: its regions, registers and interrupts, and how it closes. It works over any {@code DeviceFile}. */
@NullMarked
package org.hostmem.vfio.device;

import org.jspecify.annotations.NullMarked;
