package org.hostmem.arch.pdp11;

/** An ISA that nobody may depend on: what the offenders of the layering rules use. */
public final class Pdp11 {

    private Pdp11() {}
}
