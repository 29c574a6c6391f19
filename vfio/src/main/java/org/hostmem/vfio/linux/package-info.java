/** The calls of the C library, and their results: descriptors, mappings, pages, errors. */
@NullMarked
package org.hostmem.vfio.linux;

import org.jspecify.annotations.NullMarked;
