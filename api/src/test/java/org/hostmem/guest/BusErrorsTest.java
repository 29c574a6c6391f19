package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.Fake;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.Transfer;
import org.hostmem.Transfer.Span;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace.Holes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a guest sees of a model that refuses: RAM of 8 bytes at 0x1000, and behind it a model that answers 16 bytes and
 * no more.
 */
class BusErrorsTest {

    private static final long RAM = 0x1000;
    private static final long DEVICE = RAM + 8;
    private static final int ANSWERED = 16;

    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
    private final Fake ram = new Fake(new byte[8], 0, 8, CacheMode.NORMAL, 8, Fake.noLog());
    private final Fake other = new Fake(new byte[64], 0, 64, CacheMode.NORMAL, 8, Fake.noLog());
    private final List<String> calls = new ArrayList<>();
    /** What it throws, as a model may say anything of the access. */
    private RuntimeException refusal = RegionFaultException.busError("no register here");

    BusErrorsTest() {
        space.map(Mapping.of(RAM, ram));
        space.map(Mapping.of(DEVICE, 64, new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                answer("r", offset, width);
                return 0x0101_0101_0101_0101L;
            }

            @Override
            public void write(long offset, int width, long value) {
                answer("w", offset, width);
            }
        }));
    }

    private void answer(String what, long offset, int width) {
        calls.add(what + width + "@" + offset);
        if (offset + width > ANSWERED) {
            throw refusal;
        }
    }

    private HostMemoryAccessor device() {
        return space.find(DEVICE).accessor();
    }

    /** What a request is, from where it is, and how many bytes come before the refusal. */
    private record Request(
            String what,
            Direction direction,
            int width,
            long completed,
            java.util.function.Function<BusErrorsTest, ThrowingCallable> made) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static MemorySegment bytes(int n) {
        return MemorySegment.ofArray(new byte[n]);
    }

    static Stream<Request> requests() {
        Transfer how = Transfer.DEFAULT;
        return Stream.of(
                new Request("scalar read", Direction.READ, 4, 0, t -> () -> t.space.read(DEVICE + 16, 4)),
                new Request("scalar write", Direction.WRITE, 4, 0, t -> () -> t.space.write(DEVICE + 16, 4, 1)),
                new Request(
                        "bulk read",
                        Direction.READ,
                        8,
                        16,
                        t -> () -> t.device().readBytes(0, bytes(24), 0, 24, TransferOrder.ASCENDING)),
                new Request(
                        "bulk write",
                        Direction.WRITE,
                        8,
                        16,
                        t -> () -> t.device().writeBytes(0, bytes(24), 0, 24, TransferOrder.RELAXED)),
                new Request(
                        "read into an array",
                        Direction.READ,
                        8,
                        16,
                        t -> () -> t.device().readBytes(0, new byte[24], 0, 24)),
                new Request(
                        "write from an array",
                        Direction.WRITE,
                        8,
                        16,
                        t -> () -> t.device().writeBytes(0, new byte[24], 0, 24)),
                new Request(
                        "fill", Direction.WRITE, 8, 16, t -> () -> t.device().fill(0, 24, (byte) 7)),
                new Request(
                        "fill of a part",
                        Direction.WRITE,
                        8,
                        11,
                        t -> () -> t.device().fill(5, 24, (byte) 7)),
                new Request(
                        "move within",
                        Direction.WRITE,
                        8,
                        8,
                        t -> () -> t.device().move(0, 8, 16, Transfer.DEFAULT.withBudget(100))),
                new Request(
                        "read of a slice",
                        Direction.READ,
                        8,
                        8,
                        t -> () -> t.device().slice(8, 24).readBytes(0, bytes(24))),
                new Request(
                        "bus read",
                        Direction.READ,
                        8,
                        16,
                        t -> () -> t.space.readBytes(DEVICE, bytes(24), 0, 24, TransferOrder.ASCENDING)),
                new Request(
                        "bus read with RAM before it",
                        Direction.READ,
                        8,
                        24,
                        t -> () -> t.space.readBytes(RAM, bytes(40), 0, 40, TransferOrder.ASCENDING)),
                new Request(
                        "bus write with RAM before it",
                        Direction.WRITE,
                        8,
                        24,
                        t -> () -> t.space.writeBytes(RAM, bytes(40), 0, 40, TransferOrder.RELAXED)),
                new Request(
                        "transfer from the device",
                        Direction.READ,
                        8,
                        16,
                        t -> () -> how.copy(t.device(), 0, t.other, 3, 24)),
                new Request(
                        "transfer to the device",
                        Direction.WRITE,
                        8,
                        16,
                        t -> () -> how.copy(t.other, 3, t.device(), 0, 24)),
                new Request(
                        "transfer of ranges from the bus",
                        Direction.READ,
                        8,
                        24,
                        t -> () -> how.copy(t.space.ranges(RAM, 40), List.of(new Span(t.other, 0, 40)))),
                new Request(
                        "transfer of ranges to the bus",
                        Direction.WRITE,
                        8,
                        24,
                        t -> () -> how.copy(List.of(new Span(t.other, 0, 40)), t.space.ranges(RAM, 40))));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void aBusErrorSaysWhereTheRequestWas(Request request) {
        RegionFaultException fault =
                catchThrowableOfType(RegionFaultException.class, request.made().apply(this));
        assertThat(fault.completed()).as("completed").isEqualTo(request.completed());
        assertThat(fault.direction()).isEqualTo(request.direction());
        assertThat(fault.width()).isEqualTo(request.width());
        assertThat(fault.side()).isEqualTo(Side.REGION);
        long slice = request.what().contains("slice") ? 8 : 0;
        assertThat(fault.offset()).as("offset").isEqualTo(ANSWERED - slice);
        assertThat(fault).hasMessageContaining("no register here").hasMessageContaining("0x1018");
        assertThat(calls.getLast())
                .as("nothing after it")
                .isEqualTo((request.direction() == Direction.READ ? "r" : "w") + request.width() + "@16");
    }

    @ParameterizedTest
    @MethodSource("requests")
    void whatTheModelSaysOfTheAccessDoesNotCount(Request request) {
        refusal = new RegionFaultException(0x7777, Direction.WRITE, 1, 99, Side.RAM, "no register here");
        aBusErrorSaysWhereTheRequestWas(request);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void anythingElseComesOutAsItIs(Request request) {
        refusal = new IllegalStateException("a bug");
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(request.made().apply(this))
                .isSameAs(refusal);
        space.write(RAM, 8, 0x0807_0605_0403_0201L);
        assertThat(Transfer.DEFAULT
                        .copy(space.ranges(RAM, 8), List.of(new Span(other, 0, 8)))
                        .isComplete())
                .isTrue();
        assertThat(other.memory).startsWith(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(space.read(DEVICE - 3, 4)).isEqualTo(0x0108_0706);
    }

    @Test
    void whatWasReadBeforeIsThere() {
        byte[] read = new byte[40];
        ram.memory[7] = 9;
        assertThatExceptionOfType(RegionFaultException.class)
                .isThrownBy(() -> space.readBytes(RAM, MemorySegment.ofArray(read), 0, 40, TransferOrder.ASCENDING));
        assertThat(read)
                .startsWith(0, 0, 0, 0, 0, 0, 0, 9, 1, 1)
                .endsWith(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** A scalar that crosses: RAM's bytes count. */
    @Test
    void aScalarThatCrossesCountsItsBytes() {
        AddressSpace some = new AddressSpace(ByteOrder.BIG_ENDIAN, Holes.ALL_ONES);
        some.map(Mapping.of(0, new Fake(6)));
        some.map(Mapping.of(6, 10, new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                throw RegionFaultException.busError("gone");
            }

            @Override
            public void write(long offset, int width, long value) {
                throw RegionFaultException.busError("gone");
            }
        }));
        RegionFaultException read = catchThrowableOfType(RegionFaultException.class, () -> some.read(3, 8));
        RegionFaultException write = catchThrowableOfType(RegionFaultException.class, () -> some.write(3, 8, 0));
        assertThat(List.of(read.completed(), write.completed())).containsExactly(3L, 3L);
        assertThat(List.of(read.direction(), write.direction())).containsExactly(Direction.READ, Direction.WRITE);
    }

    /** As a device does that follows a pointer to memory that is gone. */
    @Test
    void aFaultOfMemoryThatTheModelUsesIsItsBusError() {
        Fake gone = new Fake(64);
        gone.broken = 40;
        space.map(Mapping.of(0x2000, 16, new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                return gone.read(40, 1);
            }

            @Override
            public void write(long offset, int width, long value) {
                gone.write(40, 1, value);
            }
        }));
        RegionFaultException fault = catchThrowableOfType(
                RegionFaultException.class, () -> space.readBytes(0x2000, bytes(16), 0, 16, TransferOrder.ASCENDING));
        assertThat(fault.offset()).isZero();
        assertThat(fault.width()).isEqualTo(8);
        assertThat(fault).hasMessageContaining("0x2000").hasCauseInstanceOf(RegionFaultException.class);
        assertThat(((RegionFaultException) fault.getCause()).offset()).isEqualTo(40);
    }
}
