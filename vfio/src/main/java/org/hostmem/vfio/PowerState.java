package org.hostmem.vfio;

/** The power state of a PCI function, in the order of its register. Only in D0 it answers memory accesses. */
public enum PowerState {
    /** Running. */
    D0,
    /** Light sleep. */
    D1,
    /** Deeper sleep. */
    D2,
    /** The deepest with power; a function may lose its registers on the way back to D0. */
    D3HOT
}
