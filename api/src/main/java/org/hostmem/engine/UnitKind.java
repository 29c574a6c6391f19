package org.hostmem.engine;

/** What the units of a run of a plan are. */
public enum UnitKind {
    /** The bytes that were asked for. */
    EXACT,
    /** Two halves each, the higher one first. */
    HIGH_HALF_FIRST,
    /** More than what was asked for. */
    WIDENED
}
