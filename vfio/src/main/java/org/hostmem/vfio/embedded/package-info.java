/** The device made of memory. */
package org.hostmem.vfio.embedded;
