/** Devices that are files: ordinary files, and the files of sysfs. */
@NullMarked
package org.hostmem.vfio.file;

import org.jspecify.annotations.NullMarked;
