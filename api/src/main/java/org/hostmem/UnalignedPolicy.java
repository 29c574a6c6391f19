package org.hostmem;

/**
 * What becomes of an unaligned scalar that the host's rules do not allow as one access (R5). Where they allow it (an x86-64 host), it stays whole under either policy.
 *
 * <p>Best effort: a device that was given an unaligned access by a guest of another ISA cannot be given the same one here.
 */
public enum UnalignedPolicy {
    /** Cut into aligned accesses, ascending. */
    SPLIT,
    /** Refused with {@link AccessRejectedException}, before any access. */
    REJECT
}
