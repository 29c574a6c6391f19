/** Devices that another process serves by the vfio-user protocol. */
package org.hostmem.vfio.user;
