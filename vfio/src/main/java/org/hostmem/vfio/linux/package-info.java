/** The calls of the C library, and what they give: descriptors, mappings, pages, errors. */
package org.hostmem.vfio.linux;
