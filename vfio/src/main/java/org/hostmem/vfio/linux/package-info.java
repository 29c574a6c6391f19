/** The calls of the C library, and their results: descriptors, mappings, pages, errors. */
package org.hostmem.vfio.linux;
