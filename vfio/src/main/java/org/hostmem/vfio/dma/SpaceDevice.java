package org.hostmem.vfio.dma;

/** A device as its address space knows it. */
public interface SpaceDevice {

    /** For people. */
    String address();

    /** Keeps the device from memory, before that is taken from it. */
    void stop();
}
