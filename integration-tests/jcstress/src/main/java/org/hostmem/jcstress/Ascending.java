package org.hostmem.jcstress;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.hostmem.Barrier;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** R3: who sees the last byte of an ASCENDING transfer sees all of it: data, and a flag after them. */
public class Ascending {

    private static final Slots[] ALL = Slots.all();
    private static final int LENGTH = 101;
    private static final MemorySegment ONES = ones();

    private Ascending() {}

    private static MemorySegment ones() {
        byte[] ones = new byte[LENGTH];
        Arrays.fill(ones, (byte) 1);
        return MemorySegment.ofArray(ones);
    }

    /** From the end: no byte is older than one before it. */
    static String look(long[] slots, int offset) {
        String result = "in order";
        for (int i = slots.length - 1; i >= 0; i--) {
            int later = 0;
            for (int at = LENGTH - 1; at >= 0; at--) {
                int seen = ALL[i].seen(slots[i] + offset + at);
                if (seen < later) {
                    result = "REORDERED " + ALL[i].name();
                }
                later = seen;
            }
        }
        return result;
    }

    /** Seen by Java. */
    @JCStressTest
    @Description(
            "A bulk write of 101 bytes at an odd offset, every provider and mode, seen by acquire loads from its end")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "No byte was seen before one in front of it.")
    @Outcome(id = "REORDERED.*", expect = Expect.FORBIDDEN, desc = "The flag before the data.")
    @State
    public static class BulkWrite {
        private final long[] slots = Slots.takeEach(ALL);

        @Actor
        public void writer() {
            for (int i = 0; i < slots.length; i++) {
                ALL[i].accessor().writeBytes(slots[i] + 3, ONES, 0, LENGTH, TransferOrder.ASCENDING);
            }
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = look(slots, 3);
        }
    }

    /** Data and flag. */
    @JCStressTest
    @Description("A bulk write, its last byte the flag, seen by an accessor: the flag, a barrier, the data")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "No flag, or all data.")
    @Outcome(id = "REORDERED.*", expect = Expect.FORBIDDEN, desc = "The flag before the data.")
    @State
    public static class FlagAfterData {
        private final long[] slots = Slots.takeEach(ALL);

        @Actor
        public void writer() {
            for (int i = 0; i < slots.length; i++) {
                ALL[i].accessor().writeBytes(slots[i], ONES, 0, 65, TransferOrder.ASCENDING);
            }
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = "in order";
            for (int i = slots.length - 1; i >= 0; i--) {
                byte flag = ALL[i].accessor().readByte(slots[i] + 64);
                ALL[i].accessor().barrier(Barrier.FULL);
                if (flag == 1 && ALL[i].accessor().readLong(slots[i]) != 0x0101_0101_0101_0101L) {
                    r.r1 = "REORDERED " + ALL[i].name();
                }
            }
        }
    }

    /** Data and flag in one unit, the widest there is. */
    @JCStressTest
    @Description(
            "A bulk write of NORMAL memory that ends with a unit of the widest, in which the last byte is the flag:"
                    + " the flag, then the rest of the unit and all before it")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "No flag, or all data.")
    @Outcome(id = "REORDERED.*", expect = Expect.FORBIDDEN, desc = "The flag before the data.")
    @State
    public static class FlagInTheLastUnit {
        private static final Slots[] NORMAL = Slots.normal();
        private static final int END = 64;
        private final long[] slots = Slots.takeEach(NORMAL);

        @Actor
        public void writer() {
            for (int i = 0; i < slots.length; i++) {
                NORMAL[i].accessor().writeBytes(slots[i], ONES, 0, END, TransferOrder.ASCENDING);
            }
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = "in order";
            for (int i = slots.length - 1; i >= 0; i--) {
                int flag = NORMAL[i].seen(slots[i] + END - 1);
                for (int at = END - 2; at >= 0; at--) {
                    if (NORMAL[i].seen(slots[i] + at) < flag) {
                        r.r1 = "REORDERED " + NORMAL[i].name();
                    }
                }
            }
        }
    }

    /** Ones above zeros, moved up by 40: through the buffer. */
    @JCStressTest
    @Description("An ASCENDING move onto itself, upwards")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "No byte was seen before one in front of it.")
    @Outcome(id = "REORDERED.*", expect = Expect.FORBIDDEN, desc = "A later byte first.")
    @State
    public static class OverlappingMove {
        private final long[] slots = ready();

        private static long[] ready() {
            long[] slots = Slots.takeEach(ALL);
            for (int i = 0; i < slots.length; i++) {
                ALL[i].memory().asSlice(slots[i] + 3, 40).fill((byte) 1); // where the destination does not reach
                ALL[i].memory().asSlice(slots[i] + 43, LENGTH).fill((byte) 0);
            }
            return slots;
        }

        @Actor
        public void writer() {
            for (int i = 0; i < slots.length; i++) {
                ALL[i].accessor().move(slots[i] + 3, slots[i] + 43, 60, Transfer.DEFAULT.withBudget(64));
            }
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = "in order";
            for (int i = slots.length - 1; i >= 0; i--) {
                int later = 0;
                for (int at = 39; at >= 0; at--) { // the ones, all of which are written before the first zero
                    int seen = ALL[i].seen(slots[i] + 43 + at);
                    if (seen < later) {
                        r.r1 = "REORDERED " + ALL[i].name();
                    }
                    later = seen;
                }
            }
        }
    }

    /** What this test can see. */
    @JCStressTest
    @Description("Control: the same by a descending loop of bytes")
    @Outcome(id = "in order", expect = Expect.ACCEPTABLE, desc = "Not caught.")
    @Outcome(id = "REORDERED.*", expect = Expect.ACCEPTABLE_INTERESTING, desc = "The last byte first, as expected.")
    @State
    public static class ControlDescending {
        private final long[] slots = Slots.takeEach(ALL);

        @Actor
        public void writer() {
            for (int i = 0; i < slots.length; i++) {
                for (int at = LENGTH - 1; at >= 0; at--) {
                    ALL[i].accessor().writeByte(slots[i] + 3 + at, (byte) 1);
                }
            }
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = look(slots, 3);
        }
    }
}
