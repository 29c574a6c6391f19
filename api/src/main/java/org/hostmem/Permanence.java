package org.hostmem;

/**
 * Says whether memory stays until the close, or may vanish before it, as the mapping of a file that others truncate
 * does. It decides how scalars of NORMAL memory are made, because the fastest way reports faults late.
 */
public enum Permanence {

    /**
     * The owner promises that the memory stays: memory of an arena, anonymous RAM, a file that nobody truncates. If an
     * access finds no memory all the same, the JVM reports an error, and reports it late.
     */
    PERMANENT,

    /**
     * Any access may find the memory gone: the mapping of a file that others may truncate, or of a device. A provider
     * with precise faults (R9) reports that at the very access, on NORMAL memory too. There a scalar takes some
     * nanoseconds longer.
     */
    MAY_VANISH
}
