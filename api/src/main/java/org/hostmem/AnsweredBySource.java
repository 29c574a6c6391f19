package org.hostmem;

/** Says how it is known who answers a region ({@link AnsweredBy}), surest first. */
public enum AnsweredBySource {
    /**
     * The kind of region allows no other answer: memory of this process, a file or memfd, memory that a server shares.
     */
    BY_CONSTRUCTION,
    /** This machine is not a guest, so no hypervisor is between it and its devices. */
    NO_GUEST,
    /** The host reported it in a region capability that the user's decoder understands. */
    REPORTED,
    /** The user who opens the region asserts it. */
    ASSERTED,
    /** There is no source: the machine is a guest, or it is not known whether it is one. */
    UNKNOWN
}
