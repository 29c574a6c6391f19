/** Devices that are files: of contents, and of sysfs. */
@NullMarked
package org.hostmem.vfio.file;

import org.jspecify.annotations.NullMarked;
