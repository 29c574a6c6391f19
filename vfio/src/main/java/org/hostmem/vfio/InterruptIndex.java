package org.hostmem.vfio;

/** The kinds of interrupts that the host tells of, by their index in {@code linux/vfio.h}. */
public enum InterruptIndex {
    /**
     * The interrupt pin of a PCI function: one, level-triggered. Each signal masks it until {@link Interrupts#unmask}
     * or {@link Interrupts#resample}.
     */
    INTX,
    /** Message-signalled interrupts of PCI: 1 to 32. They reach nobody while the device is no bus master. */
    MSI,
    /** Message-signalled interrupts with a table: 1 to 2,048. They reach nobody while the device is no bus master. */
    MSIX,
    /** One signal when the host has met an error of the device that it could not correct (AER). */
    ERR,
    /**
     * One signal when the host wants the device back, because somebody unbinds it or pulls it out: the driver closes it
     * then, and the host waits until it has.
     */
    REQ
}
