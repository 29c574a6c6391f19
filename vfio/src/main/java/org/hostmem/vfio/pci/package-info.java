/** PCI functions as sysfs lists them. */
@NullMarked
package org.hostmem.vfio.pci;

import org.jspecify.annotations.NullMarked;
