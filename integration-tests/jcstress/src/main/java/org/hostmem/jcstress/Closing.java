package org.hostmem.jcstress;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/** R10: closing while another thread copies. */
public class Closing {

    private static final Slots NORMAL = Slots.normal()[0];
    private static final HostMemoryProvider PROVIDER = Slots.first(CacheMode.NONCACHED);
    private static final byte[] ONES = ones();
    private static final Device DEVICE = EmbeddedDevice.open();

    private Closing() {}

    private static byte[] ones() {
        byte[] ones = new byte[4096];
        Arrays.fill(ones, (byte) 1);
        return ones;
    }

    /** Of memory that stays. */
    @JCStressTest
    @Description("A bulk write against the closing of its region, on memory that stays")
    @Outcome(id = "complete, all", expect = Expect.ACCEPTABLE, desc = "The write came first.")
    @Outcome(id = "closed, (none|prefix|all)", expect = Expect.ACCEPTABLE, desc = "Refused, or ended early.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Anything else.")
    @State
    public static class AgainstACopy {
        private static final int LENGTH = 191;

        private final long slot = NORMAL.take();
        private final HostMemoryAccessor region =
                Slots.open(PROVIDER, CacheMode.NONCACHED, NORMAL.memory().asSlice(slot, LENGTH));

        @Actor
        public void writer(LL_Result r) {
            r.r1 = write(region, LENGTH);
        }

        @Actor
        public void closer() {
            region.close();
        }

        @Arbiter
        public void after(LL_Result r) {
            MemorySegment memory = NORMAL.memory().asSlice(slot, Slots.SIZE);
            int written = 0;
            while (written < Slots.SIZE && memory.get(ValueLayout.JAVA_BYTE, written) == 1) {
                written++;
            }
            boolean rest = memory.asSlice(written).toArray(ValueLayout.JAVA_BYTE).length == Slots.SIZE - written
                    && isZero(memory.asSlice(written));
            r.r2 = !rest
                    ? "SCATTERED"
                    : written == 0 ? "none" : written == LENGTH ? "all" : written < LENGTH ? "prefix" : "BEYOND";
        }

        private static boolean isZero(MemorySegment memory) {
            for (byte b : memory.toArray(ValueLayout.JAVA_BYTE)) {
                if (b != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Of a mapping that goes. */
    @JCStressTest
    @Description("A bulk write and a read against the closing of a mapped region: its memory goes away under them")
    @Outcome(
            id = "(complete|closed|fault)",
            expect = Expect.ACCEPTABLE,
            desc = "Done, refused, or ended by a typed exception. A crash ends the JVM, and jcstress says so.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Anything else.")
    @State
    public static class AgainstACopyOfAMapping {
        private final HostMemoryAccessor region =
                DEVICE.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT);

        @Actor
        public void writer(L_Result r) {
            r.r1 = write(region, ONES.length);
        }

        @Actor
        public void closer() {
            region.close();
        }
    }

    private static String write(HostMemoryAccessor region, int length) {
        try {
            region.writeBytes(0, ONES, 0, length);
            return "complete";
        } catch (RegionClosedException closed) {
            return "closed";
        } catch (RegionFaultException fault) {
            return "fault";
        } catch (RuntimeException | Error other) {
            return other.toString();
        }
    }
}
