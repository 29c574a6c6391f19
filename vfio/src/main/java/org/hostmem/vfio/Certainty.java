package org.hostmem.vfio;

/** How sure a region's cache mode is, surest first. */
public enum Certainty {
    /** The host driver says it, or the way in which the region was mapped leaves no other possibility. */
    CERTAIN("certain"),
    /** Read in the source of the driver, of versions of the kernel that include this host's. */
    READ_IN_SOURCE("read in source"),
    /** Read in the source of the driver, but this host's kernel is older or newer than those that were read. */
    PROBABLE("probable"),
    /** The user's word, which nobody has checked. */
    CLAIMED("claimed"),
    /** Nobody knows: the strictest rules hold. */
    NONE("no");

    private final String text;

    Certainty(String text) {
        this.text = text;
    }

    /** {@return for example {@code read in source}} */
    @Override
    public String toString() {
        return text;
    }
}
