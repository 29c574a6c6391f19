/** Accessors of what is not mapped as a whole: by calls, and by parts. */
package org.hostmem.vfio.access;
