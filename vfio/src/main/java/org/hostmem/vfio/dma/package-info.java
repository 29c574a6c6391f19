/** The addresses under which devices reach memory: what is taken, who shares it, and its end. */
package org.hostmem.vfio.dma;
