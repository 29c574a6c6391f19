package org.hostmem;

/**
 * Says how the host mapped a region's pages: the kernel's {@code pgprot}. The host <em>reports</em> it. The user of a
 * region never chooses it.
 *
 * <p>Source: Linux {@code include/linux/pgtable.h} and {@code arch/*}{@code /include/asm/pgtable.h}; what each mode
 * promises: {@code Documentation/driver-api/device-io.rst}.
 */
public enum CacheMode {
    /** Cacheable memory: guest RAM, or a coherent BAR (x86-64 WB, arm64 Normal). */
    NORMAL("pgprot_normal"),

    /**
     * Write-combining: the hardware may merge, reorder and <em>repeat</em> writes and speculate reads (x86-64 WC, arm64
     * Normal-NC, ppc64 I=1 G=0, riscv64 Svpbmt NC).
     */
    WRITE_COMBINING("pgprot_writecombine"),

    /**
     * Device memory whose writes may be acknowledged early (arm64 Device-nGnRE); the same as {@link #NONCACHED} on
     * every other ISA.
     */
    DEVICE("pgprot_device"),

    /** Device memory, strongly ordered (x86-64 UC-, arm64 Device-nGnRnE, ppc64 I=1 G=1, riscv64 Svpbmt IO). */
    NONCACHED("pgprot_noncached"),

    /**
     * The mode is not known, so the strictest rules of the ISA hold: the alignment of {@link #NONCACHED}, the order of
     * {@link #NORMAL}, and no unit wider than a scalar of 8 bytes.
     */
    UNKNOWN("unknown");

    private final String pgprot;

    CacheMode(String pgprot) {
        this.pgprot = pgprot;
    }

    /** {@return the kernel's name of this mode, for example {@code pgprot_noncached}} */
    public String pgprot() {
        return pgprot;
    }

    /**
     * {@return whether this is not {@link #NORMAL}: an access may have side effects, and a Java access may do the wrong
     * one}
     */
    public boolean needsExactAccesses() {
        return this != NORMAL;
    }
}
