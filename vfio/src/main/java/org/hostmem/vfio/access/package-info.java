/** Accessors of regions that are not mapped as a whole: they use calls, or are made of parts. */
@NullMarked
package org.hostmem.vfio.access;

import org.jspecify.annotations.NullMarked;
