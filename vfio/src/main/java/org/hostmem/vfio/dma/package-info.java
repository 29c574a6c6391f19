/** Address spaces for DMA: the addresses in use, the devices that share a space, and how a space ends. */
@NullMarked
package org.hostmem.vfio.dma;

import org.jspecify.annotations.NullMarked;
