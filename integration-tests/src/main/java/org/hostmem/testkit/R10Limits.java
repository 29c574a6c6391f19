package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/**
 * R10: bounds, lifetime, read-only, overflow of offset + length: refused before any access. Closing while another
 * thread copies is safe.
 */
interface R10Limits extends Kit {

    /** Bytes of the region. */
    int SIZE = 64;

    /** A request, by its name. */
    record Request(String name, Executable access) {}

    /** {@return every way to read at an offset} */
    static List<Request> reads(HostMemoryAccessor accessor, long offset, long length) {
        MemorySegment ram = MemorySegment.ofArray(new byte[256]);
        return List.of(
                new Request("readByte", () -> accessor.readByte(offset)),
                new Request("readShort", () -> accessor.readShort(offset)),
                new Request("readInt", () -> accessor.readInt(offset)),
                new Request("readLong", () -> accessor.readLong(offset)),
                new Request(
                        "readBytes ASCENDING",
                        () -> accessor.readBytes(offset, ram, 0, length, TransferOrder.ASCENDING)),
                new Request(
                        "readBytes RELAXED", () -> accessor.readBytes(offset, ram, 0, length, TransferOrder.RELAXED)),
                new Request(
                        "move from there",
                        () -> accessor.move(offset, 0, length, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER))));
    }

    /** {@return every way to write at an offset} */
    static List<Request> writes(HostMemoryAccessor accessor, long offset, long length) {
        MemorySegment ram = MemorySegment.ofArray(new byte[256]);
        return List.of(
                new Request("writeByte", () -> accessor.writeByte(offset, (byte) 0)),
                new Request("writeShort", () -> accessor.writeShort(offset, (short) 0)),
                new Request("writeInt", () -> accessor.writeInt(offset, 0)),
                new Request("writeLong", () -> accessor.writeLong(offset, 0)),
                new Request(
                        "writeBytes ASCENDING",
                        () -> accessor.writeBytes(offset, ram, 0, length, TransferOrder.ASCENDING)),
                new Request(
                        "writeBytes RELAXED", () -> accessor.writeBytes(offset, ram, 0, length, TransferOrder.RELAXED)),
                new Request("fill", () -> accessor.fill(offset, length, (byte) 0)),
                new Request(
                        "move to there",
                        () -> accessor.move(0, offset, length, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER))));
    }

    private static void allThrow(Class<? extends Throwable> type, List<Request> requests, String why) {
        for (Request request : requests) {
            assertThrows(type, request.access(), () -> request.name() + " " + why);
        }
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: an access that leaves the region is refused before it is made")
    default Stream<DynamicTest> r10_outsideTheRegionIsRefused() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, SIZE)) {
                HostMemoryAccessor accessor = subject.accessor();
                RegionUnderTest.Expected expected = subject.expected();
                for (long offset : new long[] {
                    -1, -8, Integer.MIN_VALUE, Long.MIN_VALUE, SIZE, SIZE + 8, 1L << 32, Long.MAX_VALUE - 16
                }) {
                    allThrow(RegionBoundsException.class, reads(accessor, offset, 8), "at offset " + offset);
                    allThrow(RegionBoundsException.class, writes(accessor, offset, 8), "at offset " + offset);
                    assertThrows(RegionBoundsException.class, () -> accessor.planScalar(offset, 4));
                    assertThrows(
                            RegionBoundsException.class,
                            () -> accessor.planBulk(Direction.READ, offset, 8, TransferOrder.ASCENDING));
                }
                for (int width : new int[] {2, 4, 8}) {
                    for (long offset = SIZE - (width - 1L); offset < SIZE; offset++) {
                        long at = offset;
                        assertThrows(
                                RegionBoundsException.class,
                                () -> accessor.read(at, width),
                                () -> "read of " + width + " bytes at offset " + at);
                        assertThrows(
                                RegionBoundsException.class,
                                () -> accessor.write(at, width, 0),
                                () -> "write of " + width + " bytes at offset " + at);
                    }
                }
                MemorySegment ram = MemorySegment.ofArray(new byte[256]);
                for (long length : new long[] {SIZE + 1, 100, -1, Long.MIN_VALUE}) {
                    allThrow(
                            RegionBoundsException.class,
                            List.of(
                                    new Request(
                                            "readBytes",
                                            () -> accessor.readBytes(0, ram, 0, length, TransferOrder.ASCENDING)),
                                    new Request(
                                            "writeBytes",
                                            () -> accessor.writeBytes(0, ram, 0, length, TransferOrder.RELAXED)),
                                    new Request("fill", () -> accessor.fill(0, length, (byte) 0)),
                                    new Request(
                                            "move",
                                            () -> accessor.move(0, 0, length, Transfer.DEFAULT.withBudget(1000)))),
                            "of " + length + " bytes");
                }
                expected.check("refused accesses");
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: offset + length that overflows is refused, not wrapped round")
    default Stream<DynamicTest> r10_anOverflowIsRefused() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, SIZE)) {
                HostMemoryAccessor accessor = subject.accessor();
                RegionUnderTest.Expected expected = subject.expected();
                MemorySegment ram = MemorySegment.ofArray(new byte[256]);
                for (long offset : new long[] {1, 8, SIZE, Long.MAX_VALUE}) {
                    long length = Long.MAX_VALUE - offset + 1 < 0 ? Long.MAX_VALUE : Long.MAX_VALUE - offset + 1;
                    for (long n : new long[] {length, Long.MAX_VALUE, Long.MAX_VALUE - 7}) {
                        allThrow(
                                RegionBoundsException.class,
                                List.of(
                                        new Request(
                                                "readBytes",
                                                () -> accessor.readBytes(offset, ram, 0, n, TransferOrder.ASCENDING)),
                                        new Request(
                                                "writeBytes",
                                                () -> accessor.writeBytes(offset, ram, 0, n, TransferOrder.ASCENDING)),
                                        new Request("fill", () -> accessor.fill(offset, n, (byte) 0)),
                                        new Request(
                                                "move from",
                                                () -> accessor.move(
                                                        offset,
                                                        0,
                                                        n,
                                                        Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER))),
                                        new Request(
                                                "move to",
                                                () -> accessor.move(
                                                        0,
                                                        offset,
                                                        n,
                                                        Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER))),
                                        new Request(
                                                "planBulk",
                                                () -> accessor.planBulk(
                                                        Direction.WRITE, offset, n, TransferOrder.ASCENDING))),
                                "of " + n + " bytes at offset " + offset);
                    }
                }
                expected.check("refused accesses");
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: a read-only region is read and never written")
    default Stream<DynamicTest> r10_aReadOnlyRegionIsNeverWritten() {
        return eachMode(mode -> {
            RegionCapabilities capabilities = RegionCapabilities.whole(SIZE, mode, CacheModeSource.REPORTED)
                    .readOnly();
            try (RegionUnderTest subject =
                    RegionUnderTest.of(provider(), capabilities, AccessOptions.DEFAULT, 0, () -> {})) {
                RegionUnderTest.Expected expected = subject.expected();
                allThrow(AccessRejectedException.class, writes(subject.accessor(), 8, 8), "to a read-only region");
                assertEquals(
                        Reason.NOT_WRITABLE,
                        assertThrows(
                                        AccessRejectedException.class,
                                        () -> subject.accessor().writeByte(0, (byte) 0))
                                .reason(),
                        "the reason");
                expected.check("refused writes");
                for (Request read : reads(subject.accessor(), 8, 8).subList(0, 6)) {
                    assertDoesNotThrow(read.access(), read::name);
                }
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: a region without the right to read is written and never read")
    default Stream<DynamicTest> r10_anUnreadableRegionIsNeverRead() {
        return eachMode(mode -> {
            RegionCapabilities capabilities = RegionCapabilities.whole(SIZE, mode, CacheModeSource.REPORTED)
                    .withRights(false, true);
            try (RegionUnderTest subject =
                    RegionUnderTest.of(provider(), capabilities, AccessOptions.DEFAULT, 0, () -> {})) {
                allThrow(
                        AccessRejectedException.class,
                        reads(subject.accessor(), 8, 8),
                        "from a region that may not be read");
                assertEquals(
                        Reason.NOT_READABLE,
                        assertThrows(
                                        AccessRejectedException.class,
                                        () -> subject.accessor().readByte(0))
                                .reason(),
                        "the reason");
                for (Request write : writes(subject.accessor(), 8, 8).subList(0, 7)) {
                    assertDoesNotThrow(write.access(), write::name);
                }
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: a closed region is refused, an empty transfer too")
    default Stream<DynamicTest> r10_aClosedRegionIsRefused() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, SIZE)) {
                RegionUnderTest.Expected expected = subject.expected();
                subject.accessor().close();
                for (long length : new long[] {8, 0}) {
                    allThrow(
                            RegionClosedException.class,
                            reads(subject.accessor(), 0, length),
                            "of " + length + " bytes after the close");
                    allThrow(
                            RegionClosedException.class,
                            writes(subject.accessor(), 0, length),
                            "of " + length + " bytes after the close");
                }
                expected.check("accesses after the close");
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: what is checked first is told first: closed, then bounds, then direction")
    default Stream<DynamicTest> r10_checksComeInTheirOrder() {
        return eachMode(mode -> {
            RegionCapabilities capabilities = RegionCapabilities.whole(SIZE, mode, CacheModeSource.REPORTED)
                    .readOnly();
            try (RegionUnderTest subject =
                    RegionUnderTest.of(provider(), capabilities, AccessOptions.DEFAULT, 0, () -> {})) {
                allThrow(
                        RegionBoundsException.class, writes(subject.accessor(), SIZE, 8), "outside a read-only region");
                subject.accessor().close();
                allThrow(
                        RegionClosedException.class,
                        writes(subject.accessor(), SIZE, 8),
                        "outside a closed read-only region");
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: the memory is released once, however often and from however many threads the accessor is closed")
    default Stream<DynamicTest> r10_theMemoryIsReleasedOnce() {
        return eachMode(mode -> {
            AtomicInteger released = new AtomicInteger();
            RegionCapabilities capabilities = RegionCapabilities.whole(SIZE, mode, CacheModeSource.REPORTED);
            RegionUnderTest subject =
                    RegionUnderTest.of(provider(), capabilities, AccessOptions.DEFAULT, 0, released::incrementAndGet);
            assertEquals(0, released.get(), "released before the close");
            List<Thread> threads =
                    Stream.generate(() -> new Thread(subject::close)).limit(3).toList();
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            subject.close();
            assertEquals(1, released.get(), "times released");
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName(
            "R10: closing while another thread copies is safe: the copy completes, or says that the region is closed")
    default Stream<DynamicTest> r10_closingWhileAnotherThreadCopiesIsSafe() {
        final int rounds = 12;
        final int size = 1 << 16;
        return eachMode(mode -> {
            SplittableRandom random = new SplittableRandom(10);
            for (int round = 0; round < rounds; round++) {
                boolean writing = (round & 1) == 0;
                RegionUnderTest subject = RegionUnderTest.gone(provider(), mode, size);
                AtomicInteger copies = new AtomicInteger();
                AtomicReference<Throwable> end = new AtomicReference<>();
                Thread copier = new Thread(
                        () -> {
                            MemorySegment ram = MemorySegment.ofArray(new byte[size]);
                            try {
                                while (true) {
                                    if (writing) {
                                        subject.accessor().writeBytes(0, ram);
                                    } else {
                                        subject.accessor().readBytes(0, ram);
                                    }
                                    copies.incrementAndGet();
                                }
                            } catch (Throwable t) {
                                end.set(t);
                            }
                        },
                        "copier");
                copier.setDaemon(true);
                copier.start();
                while (copies.get() == 0 && end.get() == null) {
                    Thread.onSpinWait();
                }
                Race.pause(random.nextInt(2000));
                subject.close();
                copier.join(10_000);
                assertTrue(!copier.isAlive(), "the copying thread never noticed the close");
                Throwable thrown = end.get();
                boolean late = thrown instanceof InternalError
                        && !subject.accessor().guarantees().contains(Guarantee.PRECISE_FAULTS);
                assertTrue(
                        thrown instanceof RegionClosedException || thrown instanceof RegionFaultException || late,
                        () -> "the copying thread got " + thrown);
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: null is refused with NullPointerException before any access")
    @SuppressWarnings("NullAway") // null is what it passes
    default Stream<DynamicTest> r10_nullIsRefused() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, SIZE)) {
                HostMemoryAccessor accessor = subject.accessor();
                RegionUnderTest.Expected expected = subject.expected();
                MemorySegment ram = MemorySegment.ofArray(new byte[16]);
                allThrow(
                        NullPointerException.class,
                        List.of(
                                new Request(
                                        "readBytes(.., null ram)",
                                        () -> accessor.readBytes(0, null, 0, 8, TransferOrder.ASCENDING)),
                                new Request("readBytes(.., null order)", () -> accessor.readBytes(0, ram, 0, 8, null)),
                                new Request(
                                        "writeBytes(.., null ram)",
                                        () -> accessor.writeBytes(0, null, 0, 8, TransferOrder.ASCENDING)),
                                new Request(
                                        "writeBytes(.., null order)", () -> accessor.writeBytes(0, ram, 0, 8, null)),
                                new Request(
                                        "readBytes(.., null array)", () -> accessor.readBytes(0, (byte[]) null, 0, 8)),
                                new Request(
                                        "writeBytes(.., null array)",
                                        () -> accessor.writeBytes(0, (byte[]) null, 0, 8)),
                                new Request("move(.., null policy)", () -> accessor.move(0, 32, 8, null)),
                                new Request("barrier(null)", () -> accessor.barrier(null)),
                                new Request(
                                        "planBulk(null direction)",
                                        () -> accessor.planBulk(null, 0, 8, TransferOrder.ASCENDING)),
                                new Request(
                                        "planBulk(.., null order)",
                                        () -> accessor.planBulk(Direction.READ, 0, 8, null))),
                        "");
                expected.check("refused accesses");
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: RAM that is too short, or may not be written, is refused before any access")
    default Stream<DynamicTest> r10_unsuitableRamIsRefused() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, SIZE)) {
                HostMemoryAccessor accessor = subject.accessor();
                RegionUnderTest.Expected expected = subject.expected();
                MemorySegment ram = MemorySegment.ofArray(new byte[16]);
                for (long[] at : new long[][] {{0, 17}, {10, 7}, {17, 0}, {-1, 8}, {Long.MAX_VALUE, 8}}) {
                    allThrow(
                            IndexOutOfBoundsException.class,
                            List.of(
                                    new Request(
                                            "readBytes",
                                            () -> accessor.readBytes(0, ram, at[0], at[1], TransferOrder.ASCENDING)),
                                    new Request(
                                            "writeBytes",
                                            () -> accessor.writeBytes(0, ram, at[0], at[1], TransferOrder.ASCENDING))),
                            at[1] + " bytes from offset " + at[0] + " of 16");
                }
                assertThrows(IndexOutOfBoundsException.class, () -> accessor.readBytes(0, new byte[16], 9, 8));
                assertThrows(IndexOutOfBoundsException.class, () -> accessor.writeBytes(0, new byte[16], 9, 8));
                assertThrows(
                        IllegalArgumentException.class,
                        () -> accessor.readBytes(0, ram.asReadOnly(), 0, 8, TransferOrder.ASCENDING),
                        "reading into read-only RAM");
                expected.check("refused accesses");
            }
        });
    }
}
