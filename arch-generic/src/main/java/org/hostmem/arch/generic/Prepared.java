package org.hostmem.arch.generic;

import org.hostmem.engine.FirstUse;

/** What accesses of this module need beside instructions, initialised when a region is first opened. */
final class Prepared {

    private static boolean done;

    private Prepared() {}

    static void prepare() {
        if (!done) {
            FirstUse.prepare();
            done = FirstUse.initialise(
                    Fault.class,
                    Scratch.class,
                    NormalAtomics.Change.class,
                    JavaAtomics.class,
                    InstructionAtomics.class);
        }
    }
}
