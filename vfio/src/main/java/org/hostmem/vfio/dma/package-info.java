/** Address spaces for DMA: which addresses are used, which devices share a space, and how it ends. */
package org.hostmem.vfio.dma;
