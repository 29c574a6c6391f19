package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** R2: a bulk transfer touches every device byte exactly once and nothing outside [offset, offset + n). */
interface R02Coverage extends Kit {

    /**
     * Sizes from 0 to this, at offsets from 0 to {@link #OFFSETS}: every head, body and tail of a ladder of up to 64
     * bytes.
     */
    int SIZES = 130;
    /** Offsets below this. */
    int OFFSETS = 64;

    @TestFactory
    @Tag("R2")
    @DisplayName("R2: a bulk write is exact and changes nothing else, for every small size and offset")
    default Stream<DynamicTest> r2_aBulkWriteIsExact() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, OFFSETS + SIZES)) {
                RegionUnderTest.Expected expected = subject.expected();
                for (TransferOrder order : TransferOrder.values()) {
                    for (int offset = 0; offset < OFFSETS; offset++) {
                        for (int size = 0; size <= SIZES; size++) {
                            MemorySegment ram = RegionUnderTest.noise(offset * SIZES + size, size + 8);
                            int ramOffset = size + offset & 7;
                            subject.accessor().writeBytes(offset, ram, ramOffset, size, order);
                            MemorySegment.copy(ram, ramOffset, expected.region(), offset, size);
                            expected.check(size, offset, order + " bulk write");
                        }
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R2")
    @DisplayName("R2: a bulk read is exact and changes nothing else, for every small size and offset")
    default Stream<DynamicTest> r2_aBulkReadIsExact() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, OFFSETS + SIZES)) {
                RegionUnderTest.Expected expected = subject.expected();
                MemorySegment ram = MemorySegment.ofArray(new byte[SIZES + 24]);
                MemorySegment wanted = MemorySegment.ofArray(new byte[SIZES + 24]);
                for (TransferOrder order : TransferOrder.values()) {
                    for (int offset = 0; offset < OFFSETS; offset++) {
                        for (int size = 0; size <= SIZES; size++) {
                            int ramOffset = 8 + (size + offset & 7);
                            ram.fill((byte) size);
                            wanted.fill((byte) size);
                            MemorySegment.copy(subject.memory(), offset, wanted, ramOffset, size);
                            subject.accessor().readBytes(offset, ram, ramOffset, size, order);
                            if (ram.mismatch(wanted) >= 0) {
                                assertEquals(
                                        -1,
                                        ram.mismatch(wanted) - ramOffset,
                                        order + " bulk read of " + size + " bytes at offset " + offset
                                                + ": first wrong byte, from the start of the transfer");
                            }
                        }
                    }
                }
                expected.check("bulk reads");
            }
        });
    }

    @TestFactory
    @Tag("R2")
    @DisplayName("R2: a fill is exact and changes nothing else, for every small size and offset")
    default Stream<DynamicTest> r2_aFillIsExact() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, OFFSETS + SIZES)) {
                RegionUnderTest.Expected expected = subject.expected();
                for (int offset = 0; offset < OFFSETS; offset++) {
                    for (int size = 0; size <= SIZES; size++) {
                        byte value = (byte) (offset * 37 + size);
                        subject.accessor().fill(offset, size, value);
                        expected.region().asSlice(offset, size).fill(value);
                        expected.check(size, offset, "fill");
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R2")
    @DisplayName("R2: the RAM side may be heap or native memory, at any alignment")
    default Stream<DynamicTest> r2_theRamSideMayBeAnyMemory() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 256)) {
                RegionUnderTest.Expected expected = subject.expected();
                for (MemorySegment ram : List.of(
                        MemorySegment.ofArray(new byte[256]),
                        MemorySegment.ofArray(new long[32]),
                        MemorySegment.ofArray(new short[128]),
                        Arena.ofAuto().allocate(256, 64))) {
                    for (int ramOffset = 0; ramOffset < 16; ramOffset++) {
                        for (int size : new int[] {1, 7, 15, 64, 101}) {
                            ram.copyFrom(RegionUnderTest.noise(ramOffset * 256 + size, 256));
                            subject.accessor()
                                    .writeBytes(8, ram.asReadOnly(), ramOffset, size, TransferOrder.ASCENDING);
                            MemorySegment.copy(ram, ramOffset, expected.region(), 8, size);
                            expected.check(size, 8, "write from offset " + ramOffset + " of " + ram);
                            ram.fill((byte) 0);
                            subject.accessor().readBytes(8, ram, ramOffset, size, TransferOrder.ASCENDING);
                            assertEquals(
                                    -1,
                                    MemorySegment.mismatch(
                                            ram, ramOffset, ramOffset + size, expected.region(), 8, 8 + size),
                                    () -> "read into " + ram);
                        }
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R2")
    @DisplayName("R2: long transfers and fills are exact: cutting them into pieces loses and repeats nothing")
    default Stream<DynamicTest> r2_longTransfersAreExact() {
        final int size = 1 << 20;
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, size)) {
                HostMemoryAccessor accessor = subject.accessor();
                RegionUnderTest.Expected expected = subject.expected();
                MemorySegment ram = MemorySegment.ofArray(new byte[size + 8]);
                SplittableRandom random = new SplittableRandom(1);
                for (int i = 0; i < 12; i++) {
                    long offset = random.nextLong(size);
                    long length = i == 0 ? size - offset : random.nextLong(size - offset + 1);
                    MemorySegment source = RegionUnderTest.noise(i, size);
                    TransferOrder order = TransferOrder.values()[i % 3];
                    accessor.writeBytes(offset, source, i, Math.min(length, size - i), order);
                    MemorySegment.copy(source, i, expected.region(), offset, Math.min(length, size - i));
                    expected.check("long " + order + " write of " + length + " bytes at offset " + offset);
                    accessor.readBytes(offset, ram, i & 7, length, order);
                    assertEquals(
                            -1,
                            MemorySegment.mismatch(
                                    ram, i & 7, length + (i & 7), expected.region(), offset, offset + length),
                            "long " + order + " read");
                    byte[] array = source.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                    accessor.writeBytes(
                            offset, array, Math.min(i, array.length), array.length - Math.min(i, array.length));
                    MemorySegment.copy(
                            MemorySegment.ofArray(array),
                            Math.min(i, length),
                            expected.region(),
                            offset,
                            length - Math.min(i, length));
                    expected.check("long write from an array, at offset " + offset);
                    Arrays.fill(array, (byte) 0);
                    accessor.readBytes(offset, array, 0, array.length);
                    assertEquals(
                            -1,
                            MemorySegment.ofArray(array)
                                    .mismatch(expected.region().asSlice(offset, length)),
                            "long read into an array");
                    accessor.fill(offset, length, (byte) i);
                    expected.region().asSlice(offset, length).fill((byte) i);
                    expected.check("long fill of " + length + " bytes at offset " + offset);
                }
            }
        });
    }

    /** As soon as the other thread sees a new byte it marks it. Whoever writes that byte again wipes the mark out. */
    @TestFactory
    @Tag("R2")
    @DisplayName("R2: no byte is written twice: another thread marks a byte as soon as it is there, and the mark stays")
    default Stream<DynamicTest> r2_noByteIsWrittenTwice() {
        final int size = 4096;
        final int rounds = 30;
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, size)) {
                subject.assumePromised(Guarantee.EXACTLY_ONCE);
                MemorySegment ram = MemorySegment.ofArray(new byte[size]).fill((byte) 0x11);
                SplittableRandom random = new SplittableRandom(2);
                Race race = new Race(patience());
                AtomicInteger asked = new AtomicInteger(-1);
                AtomicInteger marked = new AtomicInteger(-1);
                int[] round = {0};
                race.run(
                        () -> {
                            int at = random.nextInt(size);
                            subject.memory().fill((byte) 0);
                            asked.set(at);
                            switch (round[0] % 3) {
                                case 0 -> subject.accessor().writeBytes(0, ram, 0, size, TransferOrder.ASCENDING);
                                case 1 -> subject.accessor().writeBytes(0, ram, 0, size, TransferOrder.RELAXED);
                                default -> subject.accessor().fill(0, size, (byte) 0x11);
                            }
                            if (!race.await(() -> marked.get() == at)) {
                                return;
                            }
                            assertEquals(
                                    0x77,
                                    Seen.get(subject.memory(), at, 1),
                                    "the mark that another thread put on byte " + at
                                            + " after it was written was overwritten");
                            asked.set(-1);
                            marked.set(-1);
                            if (++round[0] == rounds) {
                                race.finish();
                            }
                        },
                        () -> {
                            while (!race.isOver()) {
                                int at = asked.get();
                                if (at >= 0 && marked.get() != at && Seen.get(subject.memory(), at, 1) == 0x11) {
                                    Seen.put(subject.memory(), at, 1, 0x77);
                                    marked.set(at);
                                }
                            }
                        });
                race.assumeEnough(round[0], rounds, "transfers were watched");
            }
        });
    }
}
