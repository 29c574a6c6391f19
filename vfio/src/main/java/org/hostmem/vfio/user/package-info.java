/** Devices that another process serves by the vfio-user protocol. */
@NullMarked
package org.hostmem.vfio.user;

import org.jspecify.annotations.NullMarked;
