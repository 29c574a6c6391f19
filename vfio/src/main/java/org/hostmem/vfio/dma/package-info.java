/** Address spaces for DMA: which addresses are used, which devices share a space, and how it ends. */
@NullMarked
package org.hostmem.vfio.dma;

import org.jspecify.annotations.NullMarked;
