package org.hostmem.vfio;

import java.util.List;

/**
 * An open device with regions. Safe for use by any number of threads.
 *
 * <p><b>Its end.</b> Closing may come from any thread while others access: an access in flight completes, or fails with
 * {@link org.hostmem.RegionClosedException} or {@link org.hostmem.RegionFaultException}. The addresses of a mapped
 * region belong to nobody else until its accessor is unreachable, so no late access reaches other memory. The kernel
 * takes a device away (hot-unplug, or {@code remove} in sysfs) only after it was closed: until then accesses go on as
 * the hardware answers.
 *
 * <p><b>Other processes.</b> Every descriptor is close-on-exec and no mapping survives exec: a process that is started
 * inherits nothing. A process that forks in native code and does not exec shares the device with its parent, as the
 * kernel has it; Hostmem is not for use in such a child.
 *
 * <p>It is not meant to be implemented elsewhere: {@link Vfio#open} and {@link EmbeddedDevice#open} give one.
 */
public interface Device extends AutoCloseable {

    /** {@return the address it was opened by, for example {@code 0000:01:00.0} or {@code embedded}} */
    String address();

    /** {@return the name of the host driver, for example {@code vfio-pci}} */
    String driver();

    /**
     * {@return how it was opened, for people: for example {@code cdev}, {@code group}, {@code no-IOMMU group} or
     * {@code descriptor}}
     */
    String way();

    /** {@return the regions that are there (their size is not 0), by ascending index, which may have gaps} */
    List<Region> regions();

    /**
     * {@return a region by its index: of a PCI device 0 to 5 are the BARs, 6 the ROM, 7 the configuration space}
     *
     * @param index of the region
     * @throws VfioException if there is none, with those there are
     */
    Region region(int index);

    /**
     * {@return whether the device answers memory accesses: the memory bit of the PCI command register}
     *
     * @throws NoAnswerException if its configuration space reads as ones: nothing is known then
     * @throws VfioException if the device has no configuration space, or it cannot be read
     */
    boolean memoryEnabled();

    /**
     * Turns the device's answers to memory accesses on or off. While off, an access to a BAR is a
     * {@link org.hostmem.RegionFaultException}: of a PCI function whose registers are known, a
     * {@linkplain org.hostmem.RegionFaultException#isForeseen foreseen} one, which is thrown before the access.
     *
     * @param enabled on or off
     * @throws NoAnswerException if the device gives no answer, before or after the write; before it nothing is written
     * @throws VfioException if the device has no configuration space, or its register says something else afterwards
     */
    void setMemoryEnabled(boolean enabled);

    /**
     * {@return the power state; {@link PowerState#D0} where there is no other}
     *
     * @throws NoAnswerException if the device gives no answer, as one without power (D3cold)
     * @throws VfioException if its registers cannot be read
     */
    PowerState powerState();

    /**
     * Puts the device to sleep, or wakes it. Unless it is in {@link PowerState#D0}, an access to a BAR is a fault, as
     * if its memory was {@linkplain #setMemoryEnabled off}.
     *
     * @param state the new one; from {@link PowerState#D3HOT} a device may come back with its registers reset
     * @throws NoAnswerException if the device gives no answer, before or after the write; before it nothing is written
     * @throws VfioException if the device has no power management, or its register says something else afterwards
     */
    void setPowerState(PowerState state);

    /**
     * {@return whether the device may access memory itself (DMA): the bus-master bit of the PCI command register}
     *
     * @throws NoAnswerException if the device gives no answer
     * @throws VfioException if the device has no configuration space, or it cannot be read
     */
    boolean busMaster();

    /**
     * Allows or forbids the device's own accesses to memory.
     *
     * @param enabled on or off
     * @throws NoAnswerException if the device gives no answer, before or after the write; before it nothing is written
     * @throws VfioException if the device has no configuration space, or its register says something else afterwards
     */
    void setBusMaster(boolean enabled);

    /**
     * {@return what the PCI function says of itself now: its header and its capabilities, read 4 bytes at a time}
     *
     * @throws NoAnswerException if the device gives no answer
     * @throws VfioException if the device has no configuration space, or it cannot be read
     */
    ConfigSpace config();

    /** {@return whether {@link #reset} is possible} */
    boolean resettable();

    /**
     * Resets the function.
     *
     * @throws NoAnswerException if the device gives no answer within a second after the reset
     * @throws VfioException if the device cannot be reset, or the reset failed
     */
    void reset();

    /**
     * {@return the addresses under which this device reaches memory by itself, alone or with others}
     *
     * @throws DmaException if nobody can map memory for it: it is no device of VFIO's, or another process has its
     *     address space
     * @throws org.hostmem.RegionClosedException if the device is closed
     */
    DmaSpace dma();

    /**
     * {@return the device's interrupts of a kind, of which there may be {@linkplain Interrupts#count none}}
     *
     * @param index the kind
     * @throws org.hostmem.RegionClosedException if the device is closed
     */
    Interrupts interrupts(InterruptIndex index);

    /**
     * Ends the interrupts, closes every open accessor of this device and unmaps, stops the device if it may reach
     * memory, ends the mappings for DMA if no other device shares them, and lets go of the device, in this order. After
     * a success another call does nothing.
     *
     * @throws org.hostmem.HostMemoryException if a region could not be released, as a native call holds its segment for
     *     example; others that could not are suppressed exceptions of it. All regions are closed for accesses then, and
     *     all others are released. The device is let go of when the last one is: by another call, or by closing its
     *     accessor
     */
    @Override
    void close();
}
