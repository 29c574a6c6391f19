package org.hostmem.engine;

/** The kind of the units of a run of a plan. */
public enum UnitKind {
    /** Exactly the bytes of the request. */
    EXACT(1),
    /** Each unit is two halves, the higher one first. */
    HIGH_HALF_FIRST(2),
    /** Units wider than the request. */
    WIDENED(1),
    /** Bytes whose units the machine chooses. */
    CHOSEN(0);

    private final int accesses;

    UnitKind(int accesses) {
        this.accesses = accesses;
    }

    /** {@return how many accesses of the plan each unit is} */
    public int accesses() {
        return accesses;
    }
}
