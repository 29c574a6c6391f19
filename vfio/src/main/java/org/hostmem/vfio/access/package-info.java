/** Accessors of what is not mapped as a whole: by calls, and by parts. */
@NullMarked
package org.hostmem.vfio.access;

import org.jspecify.annotations.NullMarked;
