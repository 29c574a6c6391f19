/** The ways into a device of the kernel: its own node with iommufd, its group with a container, a descriptor. */
@NullMarked
package org.hostmem.vfio.kernel;

import org.jspecify.annotations.NullMarked;
