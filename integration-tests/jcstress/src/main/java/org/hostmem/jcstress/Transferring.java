package org.hostmem.jcstress;

import org.hostmem.Transfer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * R3: an ASCENDING transfer from NORMAL memory to NORMAL memory is ascending on both sides, straight from one to the
 * other or through a block.
 */
public class Transferring {

    private static final Slots[] SOURCES = Slots.normal();
    private static final Slots[] TARGETS = Slots.normal();
    private static final int LENGTH = 96;

    private Transferring() {}

    private static void copy(long[] from, long[] to, int misaligned) {
        for (int i = 0; i < from.length; i++) {
            Transfer.DEFAULT.copy(SOURCES[i].accessor(), from[i], TARGETS[i].accessor(), to[i] + misaligned, LENGTH);
        }
    }

    private static long[] full() {
        long[] slots = Slots.takeEach(SOURCES);
        for (int i = 0; i < slots.length; i++) {
            SOURCES[i].memory().asSlice(slots[i], LENGTH).fill((byte) 1);
        }
        return slots;
    }

    /** From the end of the target: no byte is older than one behind it. */
    private static String look(long[] slots, int misaligned) {
        String result = "in order";
        for (int i = slots.length - 1; i >= 0; i--) {
            int later = 0;
            for (int at = LENGTH - 1; at >= 0; at--) {
                int seen = TARGETS[i].seen(slots[i] + misaligned + at);
                if (seen < later) {
                    result = "REORDERED " + TARGETS[i].name();
                }
                later = seen;
            }
        }
        return result;
    }

    /** From the end of the sources, as whoever wants an ascending reader to see nothing older behind. */
    private static void fill(long[] slots) {
        for (int i = 0; i < slots.length; i++) {
            for (int at = LENGTH - 1; at >= 0; at--) {
                SOURCES[i].put(slots[i] + at, (byte) 1);
            }
        }
    }

    /** What was fetched by {@link #copy}: ones behind zeros are right, the other way round they are not. */
    private static String fetched(long[] slots, int misaligned) {
        String result = "in order";
        for (int i = 0; i < slots.length; i++) {
            for (int at = 1; at < LENGTH; at++) {
                if (TARGETS[i].seen(slots[i] + misaligned + at) < TARGETS[i].seen(slots[i] + misaligned + at - 1)) {
                    result = "REORDERED " + TARGETS[i].name();
                }
            }
        }
        return result;
    }

    /** Straight, as both sides have the same place in each unit. */
    @JCStressTest
    @Description("A transfer of 96 bytes between NORMAL memories, the last unit of which ends with the flag: its target"
            + " seen by acquire loads from its end")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "No byte was seen before one in front of it.")
    @Outcome(id = "REORDERED.*", expect = Expect.FORBIDDEN, desc = "The flag before the data.")
    @State
    public static class Target {
        private final long[] from = full();
        private final long[] to = Slots.takeEach(TARGETS);

        @Actor
        public void writer() {
            copy(from, to, 0);
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = look(to, 0);
        }
    }

    /** Through the block. */
    @JCStressTest
    @Description("The same, with a target that has another place in each unit")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "No byte was seen before one in front of it.")
    @Outcome(id = "REORDERED.*", expect = Expect.FORBIDDEN, desc = "The flag before the data.")
    @State
    public static class MisalignedTarget {
        private final long[] from = full();
        private final long[] to = Slots.takeEach(TARGETS);

        @Actor
        public void writer() {
            copy(from, to, 3);
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = look(to, 3);
        }
    }

    /** Straight. */
    @JCStressTest
    @Description("A transfer of 96 bytes between NORMAL memories, while its source is written from the end")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "Nothing older was read behind something newer.")
    @Outcome(id = "REORDERED.*", expect = Expect.FORBIDDEN, desc = "A later byte was read before an earlier one.")
    @State
    public static class Source {
        private final long[] from = Slots.takeEach(SOURCES);
        private final long[] to = Slots.takeEach(TARGETS);

        @Actor
        public void writer() {
            fill(from);
        }

        @Actor
        public void reader(L_Result r) {
            copy(from, to, 0);
            r.r1 = fetched(to, 0);
        }
    }

    /** Through the block. */
    @JCStressTest
    @Description("The same, with a target that has another place in each unit")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "Nothing older was read behind something newer.")
    @Outcome(id = "REORDERED.*", expect = Expect.FORBIDDEN, desc = "A later byte was read before an earlier one.")
    @State
    public static class MisalignedSource {
        private final long[] from = Slots.takeEach(SOURCES);
        private final long[] to = Slots.takeEach(TARGETS);

        @Actor
        public void writer() {
            fill(from);
        }

        @Actor
        public void reader(L_Result r) {
            copy(from, to, 3);
            r.r1 = fetched(to, 3);
        }
    }

    /** What these tests can see. */
    @JCStressTest
    @Description("Control: a transfer that reads its source from the end, by pieces")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "Not caught.")
    @Outcome(id = "REORDERED.*", expect = Expect.ACCEPTABLE_INTERESTING, desc = "A later byte first, as expected.")
    @State
    public static class ControlFromTheEnd {
        private final long[] from = Slots.takeEach(SOURCES);
        private final long[] to = Slots.takeEach(TARGETS);

        @Actor
        public void writer() {
            fill(from);
        }

        @Actor
        public void reader(L_Result r) {
            for (int i = 0; i < from.length; i++) {
                for (int at = LENGTH - 8; at >= 0; at -= 8) {
                    Transfer.DEFAULT.copy(SOURCES[i].accessor(), from[i] + at, TARGETS[i].accessor(), to[i] + at, 8);
                }
            }
            r.r1 = fetched(to, 0);
        }
    }
}
