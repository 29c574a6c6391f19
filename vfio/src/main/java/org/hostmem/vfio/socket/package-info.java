/** Sockets of the Unix domain, on which descriptors travel. */
package org.hostmem.vfio.socket;
