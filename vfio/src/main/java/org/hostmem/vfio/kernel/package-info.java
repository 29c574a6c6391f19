/**
 * The ways to open a device of the kernel: by its own node with iommufd, by its group with a container, or by a
 * descriptor.
 */
@NullMarked
package org.hostmem.vfio.kernel;

import org.jspecify.annotations.NullMarked;
