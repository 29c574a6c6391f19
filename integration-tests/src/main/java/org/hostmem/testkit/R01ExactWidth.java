package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** R1: an aligned 1/2/4/8-byte access is exactly one machine access of that width, on exactly those bytes. */
interface R01ExactWidth extends Kit {

    /** Every byte alike, so that a torn value cannot pass for a whole one. */
    long A = 0x1111_1111_1111_1111L;
    /** The other value. */
    long B = 0xeeee_eeee_eeee_eeeeL;

    @TestFactory
    @Tag("R1")
    @DisplayName("R1: another thread never sees an aligned write torn")
    default Stream<DynamicTest> r1_anAlignedWriteIsNeverSeenTorn() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                subject.assumePromised(Guarantee.EXACT_WIDTH);
                for (int width : new int[] {2, 4, 8}) {
                    seenWhole(subject, 16, width);
                }
            }
        });
    }

    /** The observer stops after it saw this many changes. */
    private void seenWhole(RegionUnderTest subject, long offset, int width) throws Exception {
        final int enough = 60;
        HostMemoryAccessor accessor = subject.accessor();
        MemorySegment memory = subject.memory();
        accessor.write(offset, width, A);
        Race race = new Race(patience());
        long[] changes = {0};
        long[] next = {B};
        race.run(
                () -> {
                    for (int i = 0; i < 33; i++) {
                        accessor.write(offset, width, next[0]);
                        next[0] = ~next[0]; // A and B in turn
                    }
                },
                () -> {
                    long last = Seen.low(A, width);
                    while (changes[0] < enough && !race.isOver()) {
                        long now = Seen.get(memory, offset, width);
                        assertTrue(
                                now == Seen.low(A, width) || now == Seen.low(B, width),
                                () -> "a " + width + "-byte write was seen half done: " + Long.toHexString(now));
                        changes[0] += now == last ? 0 : 1;
                        last = now;
                    }
                });
        race.assumeEnough(changes[0], enough, "changes were seen");
    }

    @TestFactory
    @Tag("R1")
    @DisplayName("R1: an aligned read never gets half of another thread's write")
    default Stream<DynamicTest> r1_anAlignedReadIsNeverTorn() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                subject.assumePromised(Guarantee.EXACT_WIDTH);
                for (int width : new int[] {2, 4, 8}) {
                    readWhole(subject, 16, width);
                }
            }
        });
    }

    private void readWhole(RegionUnderTest subject, long offset, int width) throws Exception {
        final int enough = 60;
        HostMemoryAccessor accessor = subject.accessor();
        MemorySegment memory = subject.memory();
        Seen.put(memory, offset, width, A);
        Race race = new Race(patience());
        long[] changes = {0};
        long[] last = {Seen.low(A, width)};
        race.run(
                () -> {
                    long now = accessor.read(offset, width);
                    assertTrue(
                            now == Seen.low(A, width) || now == Seen.low(B, width),
                            () -> "a " + width + "-byte read was half of one write and half of another: "
                                    + Long.toHexString(now));
                    changes[0] += now == last[0] ? 0 : 1;
                    last[0] = now;
                    if (changes[0] >= enough) {
                        race.finish();
                    }
                },
                () -> {
                    for (long next = B; !race.isOver(); next = ~next) {
                        Seen.put(memory, offset, width, next);
                        Race.pause(2);
                    }
                });
        race.assumeEnough(changes[0], enough, "changes were read");
    }

    @TestFactory
    @Tag("R1")
    @DisplayName("R1: an aligned write changes its bytes and no other")
    default Stream<DynamicTest> r1_anAlignedWriteChangesExactlyItsBytes() {
        return eachMode(mode -> {
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                try (RegionUnderTest subject =
                        RegionUnderTest.ram(provider(), mode, 32, AccessOptions.DEFAULT.with(order))) {
                    RegionUnderTest.Expected expected = subject.expected();
                    for (int width : new int[] {1, 2, 4, 8}) {
                        for (long offset = 0; offset < 32; offset += width) {
                            long value = 0x8182_8384_8586_8788L + offset * 0x0102_0304_0506_0708L;
                            subject.accessor().write(offset, width, value);
                            for (int i = 0; i < width; i++) {
                                int from = order == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i;
                                Seen.put(expected.region(), offset + i, 1, value >>> (8 * from));
                            }
                            expected.check(width, offset, order + " write");
                        }
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R1")
    @DisplayName("R1: an aligned read gives the value that is there, zero-extended, in the byte order asked for")
    default Stream<DynamicTest> r1_anAlignedReadGivesWhatIsThere() {
        return eachMode(mode -> {
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                try (RegionUnderTest subject =
                        RegionUnderTest.ram(provider(), mode, 256, AccessOptions.DEFAULT.with(order))) {
                    HostMemoryAccessor accessor = subject.accessor();
                    for (int width : new int[] {1, 2, 4, 8}) {
                        for (long offset = 0; offset < 256; offset += width) {
                            String what = order + " read of " + width + " bytes at offset " + offset;
                            long value = subject.value(offset, width, order);
                            assertEquals(value, accessor.read(offset, width), what);
                            assertEquals(
                                    value,
                                    Seen.low(
                                            switch (width) {
                                                case 1 -> accessor.readByte(offset);
                                                case 2 -> accessor.readShort(offset);
                                                case 4 -> accessor.readInt(offset);
                                                default -> accessor.readLong(offset);
                                            },
                                            width),
                                    what + " by name");
                        }
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R1")
    @DisplayName("R1: a write does not carry its neighbours along: what another thread writes beside it stays")
    default Stream<DynamicTest> r1_aNeighboursWriteIsNotLost() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                subject.assumePromised(Guarantee.EXACT_WIDTH);
                for (int width : new int[] {1, 2, 4}) {
                    neighbourStays(subject, width);
                }
            }
        });
    }

    private void neighbourStays(RegionUnderTest subject, int width) throws Exception {
        final int enough = 60;
        HostMemoryAccessor accessor = subject.accessor();
        MemorySegment memory = subject.memory();
        Race race = new Race(patience());
        AtomicLong writes = new AtomicLong();
        int[] seen = {0};
        race.run(
                () -> {
                    accessor.write(16, width, -1);
                    writes.incrementAndGet();
                },
                () -> {
                    for (; seen[0] < enough; seen[0]++) {
                        long value = seen[0] & 0x7f;
                        long before = writes.get();
                        Seen.put(memory, 16 + width, 1, value);
                        if (!race.await(() -> writes.get() > before)) { // The write that was under way is done.
                            return;
                        }
                        assertEquals(
                                value,
                                Seen.get(memory, 16 + width, 1),
                                "the byte behind a " + width
                                        + "-byte write was written by nobody but this thread, and changed");
                    }
                });
        race.assumeEnough(seen[0], enough, "writes were made");
    }

    @TestFactory
    @Tag("R1")
    @DisplayName("R1: a scalar of another width is refused before any access")
    default Stream<DynamicTest> r1_anotherWidthIsRefused() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                RegionUnderTest.Expected expected = subject.expected();
                for (int width : new int[] {-1, 0, 3, 5, 6, 7, 9, 16}) {
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> subject.accessor().read(0, width),
                            () -> "read of " + width + " bytes");
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> subject.accessor().write(0, width, 0),
                            () -> "write of " + width + " bytes");
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> subject.accessor().planScalar(0, width),
                            () -> "plan of " + width + " bytes");
                }
                expected.check("refused scalars");
            }
        });
    }
}
