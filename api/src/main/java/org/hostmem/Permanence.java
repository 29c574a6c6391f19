package org.hostmem;

/**
 * Whether every access before the close finds the memory. It decides how scalars of NORMAL memory are done, where the
 * fastest way is one whose faults come late.
 */
public enum Permanence {

    /**
     * The owner promises it: memory of an arena, anonymous RAM, a file that nobody cuts short. An access that finds
     * nothing there all the same is an error of the JVM's, and late.
     */
    PERMANENT,

    /**
     * Any access may find it gone, as the mapping of a file that others may truncate, or of a device. A provider that
     * can tell precisely (R9) does so at that very access, on NORMAL memory too, where a scalar takes some nanoseconds
     * longer then.
     */
    MAY_VANISH
}
