package org.hostmem.vfio.region;

/**
 * What the host says of one kind of interrupts.
 *
 * @param count of vectors; 0 if there are none
 * @param flags of {@code struct vfio_irq_info}
 */
public record InterruptInfo(int count, int flags) {

    public static final InterruptInfo NONE = new InterruptInfo(0, 0);

    private static final int EVENTFD = 1;
    private static final int MASKABLE = 2;
    private static final int AUTOMASKED = 4;

    public boolean isThere() {
        return count > 0 && (flags & EVENTFD) != 0;
    }

    public boolean maskable() {
        return (flags & MASKABLE) != 0;
    }

    /** Whether each signal masks the interrupt. */
    public boolean automasked() {
        return (flags & AUTOMASKED) != 0;
    }
}
