package org.hostmem.vfio.dma;

/** The part of a device that its address space uses. */
public interface SpaceDevice {

    /** For people. */
    String address();

    /** Stops the device, so that it accesses no memory. This comes before memory is unmapped. */
    void stop();
}
