package org.hostmem.jcstress;

import java.lang.foreign.ValueLayout;
import org.hostmem.HostMemoryAccessor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** R1: an aligned access is one access, so another thread sees all of it or nothing. */
public class Tearing {

    private static final Slots[] ALL = Slots.all();

    private Tearing() {}

    static void write(long[] slots, int width) {
        for (int i = 0; i < slots.length; i++) {
            ALL[i].accessor().write(slots[i] + 8, width, -1);
        }
    }

    static String read(long[] slots, int width) {
        String result = "whole";
        for (int i = slots.length - 1; i >= 0; i--) {
            HostMemoryAccessor accessor = ALL[i].accessor();
            long value = accessor.read(slots[i] + 8, width);
            if (value != 0 && value != -1L >>> 64 - 8 * width) {
                result = "TORN " + ALL[i].name();
            }
        }
        return result;
    }

    /** 1 byte. */
    @JCStressTest
    @Description("Aligned accesses of 1 byte, every provider and mode: seen whole")
    @Outcome(id = "whole", expect = Expect.ACCEPTABLE, desc = "The value of before or of after.")
    @Outcome(id = "TORN.*", expect = Expect.FORBIDDEN, desc = "A value that nobody wrote.")
    @State
    public static class Width1 {
        private final long[] slots = Slots.takeEach(ALL);

        @Actor
        public void writer() {
            write(slots, 1);
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = read(slots, 1);
        }
    }

    /** 2 bytes. */
    @JCStressTest
    @Description("Aligned accesses of 2 bytes, every provider and mode: seen whole")
    @Outcome(id = "whole", expect = Expect.ACCEPTABLE, desc = "The value of before or of after.")
    @Outcome(id = "TORN.*", expect = Expect.FORBIDDEN, desc = "A value that nobody wrote.")
    @State
    public static class Width2 {
        private final long[] slots = Slots.takeEach(ALL);

        @Actor
        public void writer() {
            write(slots, 2);
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = read(slots, 2);
        }
    }

    /** 4 bytes. */
    @JCStressTest
    @Description("Aligned accesses of 4 bytes, every provider and mode: seen whole")
    @Outcome(id = "whole", expect = Expect.ACCEPTABLE, desc = "The value of before or of after.")
    @Outcome(id = "TORN.*", expect = Expect.FORBIDDEN, desc = "A value that nobody wrote.")
    @State
    public static class Width4 {
        private final long[] slots = Slots.takeEach(ALL);

        @Actor
        public void writer() {
            write(slots, 4);
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = read(slots, 4);
        }
    }

    /** 8 bytes. */
    @JCStressTest
    @Description("Aligned accesses of 8 bytes, every provider and mode: seen whole")
    @Outcome(id = "whole", expect = Expect.ACCEPTABLE, desc = "The value of before or of after.")
    @Outcome(id = "TORN.*", expect = Expect.FORBIDDEN, desc = "A value that nobody wrote.")
    @State
    public static class Width8 {
        private final long[] slots = Slots.takeEach(ALL);

        @Actor
        public void writer() {
            write(slots, 8);
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = read(slots, 8);
        }
    }

    /** What this test can see. */
    @JCStressTest
    @Description("Control: 8 bytes across two cache lines, by a plain Java access: may be seen torn")
    @Outcome(id = "whole", expect = Expect.ACCEPTABLE, desc = "Not caught.")
    @Outcome(id = "TORN.*", expect = Expect.ACCEPTABLE_INTERESTING, desc = "Half of a value, as expected.")
    @State
    public static class ControlAcrossCacheLines {
        private final long[] slots = Slots.takeEach(ALL[0]);

        @Actor
        public void writer() {
            ALL[0].memory().set(ValueLayout.JAVA_LONG_UNALIGNED, slots[0] + 60, -1);
        }

        @Actor
        public void reader(L_Result r) {
            long value = ALL[0].memory().get(ValueLayout.JAVA_LONG_UNALIGNED, slots[0] + 60);
            r.r1 = value == 0 || value == -1 ? "whole" : "TORN";
        }
    }

    /** 16 bytes, where promised. */
    @JCStressTest
    @Description("compareAndExchange16 of every provider that has it: seen whole")
    @Outcome(id = "whole", expect = Expect.ACCEPTABLE, desc = "The value of before or of after.")
    @Outcome(id = "TORN.*", expect = Expect.FORBIDDEN, desc = "Half of each.")
    @State
    public static class Width16 {
        private final long[] slots = Slots.takeEach(ALL);

        @Actor
        public void writer() {
            for (int i = 0; i < slots.length; i++) {
                if (has16(ALL[i])) {
                    ALL[i].accessor().atomics().compareAndExchange16(slots[i] + 16, new long[] {0, 0, -1, -1});
                }
            }
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = "whole";
            for (int i = slots.length - 1; i >= 0; i--) {
                if (has16(ALL[i])) {
                    long[] words = {1, 2, 3, 4}; // never there: it only reads
                    ALL[i].accessor().atomics().compareAndExchange16(slots[i] + 16, words);
                    if (words[0] != words[1]) {
                        r.r1 = "TORN " + ALL[i].name();
                    }
                }
            }
        }

        private static boolean has16(Slots slots) {
            return !slots.accessor().capabilities().cacheMode().needsExactAccesses()
                    && slots.accessor().atomics().supports(16);
        }
    }
}
