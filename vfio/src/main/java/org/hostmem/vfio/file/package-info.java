/** Devices that are files: of contents, and of sysfs. */
package org.hostmem.vfio.file;
