package org.hostmem.vfio;

/** The kinds of interrupts of a device, in the order of their index in {@code linux/vfio.h}. */
public enum InterruptIndex {
    /**
     * The interrupt pin of a PCI function. There is one, and it is level-triggered. Each signal masks it until
     * {@link Interrupts#unmask} or {@link Interrupts#resample}.
     */
    INTX,
    /** Message-signalled interrupts of PCI, 1 to 32. They arrive only while the device is bus master. */
    MSI,
    /** Message-signalled interrupts with a table, 1 to 2,048. They arrive only while the device is bus master. */
    MSIX,
    /** One signal after an error of the device that the host could not correct (AER). */
    ERR,
    /**
     * One signal when the host wants the device back, because somebody unbinds or removes it. The driver should close
     * it; the host waits for that.
     */
    REQ
}
