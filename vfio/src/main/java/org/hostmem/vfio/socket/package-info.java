/** Sockets of the Unix domain, on which descriptors travel. */
@NullMarked
package org.hostmem.vfio.socket;

import org.jspecify.annotations.NullMarked;
