package org.hostmem;

/** Where it was learnt who answers a region ({@link AnsweredBy}), surest first. */
public enum AnsweredBySource {
    /** The region leaves no other possibility: memory of this process, a file or memfd, memory that a server shares. */
    BY_CONSTRUCTION,
    /** This machine is no guest, so that nobody stands between it and its devices. */
    NO_GUEST,
    /** The host said so, as a region capability that a decoder of the user's understands. */
    REPORTED,
    /** Whoever opens the region asserts it. */
    ASSERTED,
    /** Nobody said: the machine is a guest, or it is not known whether it is one. */
    UNKNOWN
}
