/** The way to a region, and the decisions that follow from its report. */
package org.hostmem.vfio.region;
