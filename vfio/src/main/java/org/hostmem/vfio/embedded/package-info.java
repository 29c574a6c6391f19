/** The device made of memory. */
@NullMarked
package org.hostmem.vfio.embedded;

import org.jspecify.annotations.NullMarked;
