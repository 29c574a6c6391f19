package org.hostmem.lab.observe;

import org.hostmem.CacheMode;
import org.hostmem.Permanence;

/**
 * What the memory of a case is said to be: each cache mode, which its owner keeps, and NORMAL memory that may vanish,
 * of which no read may be left out.
 */
enum Memory {
    NORMAL,
    WRITE_COMBINING,
    DEVICE,
    NONCACHED,
    UNKNOWN,
    NORMAL_MAY_VANISH;

    CacheMode mode() {
        return this == NORMAL_MAY_VANISH ? CacheMode.NORMAL : CacheMode.valueOf(name());
    }

    Permanence permanence() {
        return this == NORMAL_MAY_VANISH ? Permanence.MAY_VANISH : Permanence.PERMANENT;
    }

    /**
     * Whether it is, or may be, memory that other CPUs share, so that order takes more than program order on a weakly
     * ordered ISA.
     */
    static boolean isWatchedByCpus(String name) {
        Memory memory = valueOf(name);
        return memory == UNKNOWN || memory.mode() == CacheMode.NORMAL;
    }

    /**
     * Its aligned scalars are Java's: the interpreter may exchange where it should store, and the JIT leave out what
     * nobody uses.
     */
    static boolean hasJavaScalars(String name) {
        return name.equals(NORMAL.name());
    }
}
