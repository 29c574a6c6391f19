/** PCI functions as sysfs lists them. */
package org.hostmem.vfio.pci;
