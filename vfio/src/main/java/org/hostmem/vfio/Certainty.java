package org.hostmem.vfio;

/** Says how sure the cache mode of a region is, surest first: see {@link Region#certainty}. */
public enum Certainty {
    /** The host driver reports it, or the way of mapping allows no other mode. */
    CERTAIN("certain"),
    /** It was read in the source of the driver, in kernel versions that include this host's. */
    READ_IN_SOURCE("read in source"),
    /** It was read in the source of the driver, but this host's kernel is older or newer than those versions. */
    PROBABLE("probable"),
    /** The user asserts it, and nobody has checked it. */
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
