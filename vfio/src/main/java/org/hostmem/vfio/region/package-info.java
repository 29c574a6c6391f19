/** What carries a region to this process, and what follows from its report. */
package org.hostmem.vfio.region;
