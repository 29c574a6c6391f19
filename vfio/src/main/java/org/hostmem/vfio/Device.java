package org.hostmem.vfio;

import java.util.List;

/**
 * An open device: its regions, its registers, its DMA and its interrupts. Safe for use by any number of threads.
 *
 * <p><b>Its end.</b> Any thread may close the device while others access it. An access that is running completes, or
 * fails with {@link org.hostmem.RegionClosedException} or {@link org.hostmem.RegionFaultException}. No other memory is
 * mapped at the addresses of a mapped region until its accessor is unreachable, so no late access reaches other memory.
 * The kernel removes a device (hot-unplug, or {@code remove} in sysfs) only after it was closed. Until then accesses
 * continue, and the hardware answers them.
 *
 * <p><b>Other processes.</b> Every descriptor is close-on-exec and no mapping survives exec, so a new process inherits
 * nothing. A process that forks in native code and does not exec shares the device with its parent. Do not use Hostmem
 * in such a child.
 *
 * <p>Do not implement it: {@link Vfio#open} and {@link EmbeddedDevice#open} return devices.
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

    /** {@return the regions that exist (their size is not 0), by ascending index, which may have gaps} */
    List<Region> regions();

    /**
     * {@return a region by its index. On a PCI device 0 to 5 are the BARs, 6 is the ROM, and 7 is the configuration
     * space}
     *
     * @param index of the region
     * @throws VfioException if there is no such region; the message lists those that exist
     */
    Region region(int index);

    /**
     * {@return whether the device answers memory accesses: the memory bit of the PCI command register}
     *
     * @throws NoAnswerException if its configuration space reads as all ones: then nothing is known
     * @throws VfioException if the device has no configuration space, or it cannot be read
     */
    boolean memoryEnabled();

    /**
     * Turns the device's answers to memory accesses on or off. While they are off, an access to a BAR throws a
     * {@link org.hostmem.RegionFaultException}. If the registers of the PCI function are known, the fault is
     * {@linkplain org.hostmem.RegionFaultException#isForeseen foreseen}, and is thrown before the access.
     *
     * @param enabled on or off
     * @throws NoAnswerException if the device does not answer, before or after the write; before it nothing is written
     * @throws VfioException if the device has no configuration space, or its register says something else afterwards
     */
    void setMemoryEnabled(boolean enabled);

    /**
     * {@return the power state; {@link PowerState#D0} if the device has no other}
     *
     * @throws NoAnswerException if the device does not answer, for example without power (D3cold)
     * @throws VfioException if its registers cannot be read
     */
    PowerState powerState();

    /**
     * Puts the device to sleep, or wakes it. Unless it is in {@link PowerState#D0}, an access to a BAR faults, as if
     * its memory were {@linkplain #setMemoryEnabled off}.
     *
     * @param state the new one; from {@link PowerState#D3HOT} a device may come back with its registers reset
     * @throws NoAnswerException if the device does not answer, before or after the write; before it nothing is written
     * @throws VfioException if the device has no power management, or its register says something else afterwards
     */
    void setPowerState(PowerState state);

    /**
     * {@return whether the device may access memory itself (DMA): the bus-master bit of the PCI command register}
     *
     * @throws NoAnswerException if the device does not answer
     * @throws VfioException if the device has no configuration space, or it cannot be read
     */
    boolean busMaster();

    /**
     * Allows or forbids the device's own accesses to memory.
     *
     * @param enabled on or off
     * @throws NoAnswerException if the device does not answer, before or after the write; before it nothing is written
     * @throws VfioException if the device has no configuration space, or its register says something else afterwards
     */
    void setBusMaster(boolean enabled);

    /**
     * {@return what the PCI function says of itself now: its header and its capabilities, read 4 bytes at a time}
     *
     * @throws NoAnswerException if the device does not answer
     * @throws VfioException if the device has no configuration space, or it cannot be read
     */
    ConfigSpace config();

    /** {@return whether {@link #reset} is possible} */
    boolean resettable();

    /**
     * Resets the function.
     *
     * @throws NoAnswerException if the device does not answer within a second after the reset
     * @throws VfioException if the device cannot be reset, or the reset failed
     */
    void reset();

    /**
     * {@return the address space for this device's DMA, which it may share with others}
     *
     * @throws DmaException if memory cannot be mapped for it: it is not a VFIO device, or another process has its
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
     * Closes the device, in this order. The interrupts end. Every open accessor is closed and unmapped. The device is
     * stopped if it may reach memory. The mappings for DMA end if no other device shares them. The device is released.
     * After a success another call does nothing.
     *
     * @throws org.hostmem.HostMemoryException if a region could not be released, for example because a native call
     *     holds its segment. If several could not, the others are suppressed exceptions. All regions are then closed
     *     for accesses, and all other regions are released. The device is released with the last region: by another
     *     call, or by closing its accessor
     */
    @Override
    void close();
}
