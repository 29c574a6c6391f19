package org.hostmem.jcstress;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.Mapping;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** An address space whose mappings are swapped while another thread finds its way by them. */
public class Swapping {

    private static final int SIZE = 64;
    private static final HostMemoryAccessor ONES = filled(1);
    private static final HostMemoryAccessor TWOS = filled(2);

    private Swapping() {}

    private static HostMemoryAccessor filled(int value) {
        HostMemoryAccessor accessor = Slots.normal()[0].accessor().slice(0, SIZE);
        accessor.fill(0, SIZE, (byte) value);
        return accessor;
    }

    private static List<Mapping> mappings(HostMemoryAccessor first, HostMemoryAccessor second) {
        return List.of(Mapping.of(0, first), Mapping.of(SIZE, second));
    }

    private static AddressSpace onesAndTwos() {
        AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
        space.update(none -> mappings(ONES, TWOS));
        return space;
    }

    /** One look-up. */
    @JCStressTest
    @Description("Two mappings change places in one step, against the reading of an address")
    @Outcome(
            id = {"1", "2"},
            expect = Expect.ACCEPTABLE,
            desc = "What was mapped before or after.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A hole, or something else.")
    @State
    public static class AgainstALookup {
        private final AddressSpace space = onesAndTwos();

        @Actor
        public void swapper() {
            space.update(before -> mappings(TWOS, ONES));
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = space.read(8, 1);
        }
    }

    /** One transfer across both. */
    @JCStressTest
    @Description("The same against a transfer across both")
    @Outcome(
            id = {"1 2", "2 1"},
            expect = Expect.ACCEPTABLE,
            desc = "All of before or all of after.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Some of each.")
    @State
    public static class AgainstATransfer {
        private final AddressSpace space = onesAndTwos();
        private final byte[] ram = new byte[2];

        @Actor
        public void swapper() {
            space.update(before -> mappings(TWOS, ONES));
        }

        @Actor
        public void reader(L_Result r) {
            space.readBytes(SIZE - 1, MemorySegment.ofArray(ram), 0, 2, TransferOrder.ASCENDING);
            r.r1 = ram[0] + " " + ram[1];
        }
    }

    /** Two look-ups are two moments. */
    @JCStressTest
    @Description("Control: two look-ups, one after the other")
    @Outcome(
            id = {"1 2", "2 1"},
            expect = Expect.ACCEPTABLE,
            desc = "Both before or both after.")
    @Outcome(id = "1 1", expect = Expect.ACCEPTABLE_INTERESTING, desc = "Swapped in between, as expected.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Back in time, or a hole.")
    @State
    public static class ControlTwoLookups {
        private final AddressSpace space = onesAndTwos();

        @Actor
        public void swapper() {
            space.update(before -> mappings(TWOS, ONES));
        }

        @Actor
        public void reader(L_Result r) {
            r.r1 = space.read(8, 1) + " " + space.read(SIZE + 8, 1);
        }
    }
}
