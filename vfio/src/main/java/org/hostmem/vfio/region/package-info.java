/** The way to a region, and the decisions that follow from its report. */
@NullMarked
package org.hostmem.vfio.region;

import org.jspecify.annotations.NullMarked;
