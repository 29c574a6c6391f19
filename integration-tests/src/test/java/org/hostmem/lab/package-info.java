/**
 * What the devices of the lab's guests see. A {@code …Program} runs in a guest, on a real kernel's vfio-pci; the tests
 * run on the host, boot the guest and judge what came out of it.
 */
package org.hostmem.lab;
