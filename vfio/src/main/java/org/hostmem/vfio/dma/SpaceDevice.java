package org.hostmem.vfio.dma;

/** The part of a device that its address space uses. */
public interface SpaceDevice {

    /** For people. */
    String address();

    /** Stops DMA of the device. The caller unmaps memory afterwards. */
    void stop();
}
