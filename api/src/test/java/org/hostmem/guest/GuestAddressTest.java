package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.Fake;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.guest.AddressSpace.Holes;
import org.junit.jupiter.api.Test;

/** Where a guest sees what is refused, or faults: two memories of 64 bytes, one behind the other. */
class GuestAddressTest {

    private static final long START = 0x1000;
    private static final int SIZE = 64;

    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ERROR);
    private final Fake low = new Fake(SIZE);
    private final Fake high = new Fake(SIZE);
    private final MemorySegment ram = MemorySegment.ofArray(new byte[2 * SIZE]);

    GuestAddressTest() {
        space.map(Mapping.of(START, low));
        space.map(Mapping.of(START + SIZE, high));
    }

    private static <E extends HostMemoryException> void isAt(
            long address, Class<E> type, ThrowingCallable... requests) {
        for (ThrowingCallable request : requests) {
            E refused = catchThrowableOfType(type, request);
            assertThat(refused.guestAddress()).hasValue(address);
            assertThat(refused).hasMessageContaining("0x" + Long.toHexString(address));
        }
    }

    @Test
    void aFaultOfAScalarIsAtItsAddress() {
        high.broken = 8;
        isAt(
                START + SIZE + 8,
                RegionFaultException.class,
                () -> space.read(START + SIZE + 8, 4),
                () -> space.write(START + SIZE + 8, 4, 1));
    }

    @Test
    void aFaultOfATransferIsAtTheByteThatFailed() {
        high.broken = 8;
        isAt(
                START + SIZE + 8,
                RegionFaultException.class,
                () -> space.readBytes(START + 3, ram, 0, 2 * SIZE - 3, TransferOrder.ASCENDING),
                () -> space.writeBytes(START + 3, ram, 0, 2 * SIZE - 3, TransferOrder.RELAXED),
                () -> space.writeBytes(START + SIZE, new byte[SIZE], 0, SIZE),
                () -> space.fill(START, 2 * SIZE, (byte) 1));
    }

    @Test
    void aRefusalIsWhereTheRefusedPartBegins() {
        high.closed = true;
        isAt(
                START + SIZE,
                RegionClosedException.class,
                () -> space.readBytes(START, ram, 0, 2 * SIZE, TransferOrder.ASCENDING),
                () -> space.fill(START, 2 * SIZE, (byte) 1));
    }

    @Test
    void anAccessOfAHoleIsAtItsAddress() {
        isAt(
                0x9004,
                RegionBoundsException.class,
                () -> space.read(0x9004, 4),
                () -> space.write(0x9004, 4, 1),
                () -> space.atomics().getAcquire(0x9004, 4));
    }

    @Test
    void aScalarThatMayNotCrossIsAtItsFirstByte() {
        high.options = high.options.with(UnalignedPolicy.REJECT);
        isAt(START + SIZE - 2, AccessRejectedException.class, () -> space.read(START + SIZE - 2, 4));
    }

    @Test
    void aRequestPastTheLastAddressIsAtItsFirstByte() {
        isAt(-4, RegionBoundsException.class, () -> space.fill(-4, 8, (byte) 1));
    }

    @Test
    void theCauseOfABusErrorIsKept() {
        RegionFaultException said = RegionFaultException.busError("no register here");
        space.map(Mapping.of(0x2000, 16, refusing(said)));
        RegionFaultException fault = catchThrowableOfType(RegionFaultException.class, () -> space.read(0x2004, 4));
        assertThat(fault.guestAddress()).hasValue(0x2004);
        assertThat(fault).hasCause(said);
    }

    /** The guest's instruction accessed the model, whatever that did. */
    @Test
    void aRefusalWithinAModelIsAtTheAddressOfTheAccessToTheModel() {
        space.map(Mapping.of(0x2000, 16, new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                return space.read(0x9000, width);
            }

            @Override
            public void write(long offset, int width, long value) {}
        }));
        isAt(0x2004, RegionBoundsException.class, () -> space.read(0x2004, 4));
    }

    @Test
    void aTransferOfRangesSaysWhereAModelRefused() {
        space.map(Mapping.of(0x2000, 16, refusing(RegionFaultException.busError("no register here"))));
        isAt(
                0x2000,
                RegionFaultException.class,
                () -> Transfer.DEFAULT.copy(space.ranges(0x2000, 8), space.ranges(START, 8)));
    }

    /** It is one of many accesses that the write is made of, and is mapped nowhere by itself. */
    @Test
    void aRomDeviceSaysNoAddressOfItsOwn() {
        DeviceModel refusing = refusing(RegionFaultException.busError("no register here"));
        ModelAccessor writes = ModelAccessor.unmapped(refusing, 16, AccessOptions.DEFAULT);
        RegionFaultException fault = catchThrowableOfType(RegionFaultException.class, () -> writes.read(4, 4));
        assertThat(fault.guestAddress()).isEmpty();
    }

    @Test
    void whatIsAccessedByOffsetHasNoGuestAddress() {
        low.broken = 8;
        List<RegionFaultException> faults = List.of(
                catchThrowableOfType(RegionFaultException.class, () -> low.read(8, 1)),
                RegionFaultException.busError("no register here"));
        assertThat(faults).allMatch(fault -> fault.guestAddress().isEmpty());
    }

    private static DeviceModel refusing(RegionFaultException refusal) {
        return new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                throw refusal;
            }

            @Override
            public void write(long offset, int width, long value) {
                throw refusal;
            }
        };
    }
}
