package org.hostmem.jcstress;

import org.hostmem.Atomics;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** Atomics of NORMAL memory, every provider: no update is lost, and a neighbour in the same word keeps its own. */
public class Counting {

    private static final Slots[] NORMAL = Slots.normal();

    private Counting() {}

    /** Every width, and two bytes beside each other. */
    @JCStressTest
    @Description("getAndAdd of 1, 2, 4 and 8 bytes from two threads, and on neighbouring bytes")
    @Outcome(id = "all", expect = Expect.ACCEPTABLE, desc = "Every addition counted.")
    @Outcome(id = "LOST.*", expect = Expect.FORBIDDEN, desc = "One overwrote another.")
    @State
    public static class NothingIsLost {
        private final long[] slots = Slots.takeEach(NORMAL);

        private void add(int own) {
            for (int i = 0; i < slots.length; i++) {
                Atomics atomics = NORMAL[i].accessor().atomics();
                for (int width = 1; width <= 8; width *= 2) {
                    atomics.getAndAdd(slots[i] + 8 * width, width, 1);
                }
                atomics.getAndAdd(slots[i] + own, 1, 1);
            }
        }

        @Actor
        public void one() {
            add(1);
        }

        @Actor
        public void two() {
            add(2);
        }

        @Arbiter
        public void after(L_Result r) {
            r.r1 = "all";
            for (int i = 0; i < slots.length; i++) {
                for (int width = 1; width <= 8; width *= 2) {
                    if (NORMAL[i].accessor().read(slots[i] + 8 * width, width) != 2) {
                        r.r1 = "LOST " + width + " " + NORMAL[i].name();
                    }
                }
                if (NORMAL[i].accessor().readInt(slots[i]) != 0x0001_0100) {
                    r.r1 = "LOST neighbour " + NORMAL[i].name();
                }
            }
        }
    }
}
