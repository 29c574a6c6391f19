package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * R3: ASCENDING means that the units of the plan are written (or read) in ascending address order, the last unit last,
 * as another observer sees it, on both sides of a copy.
 */
interface R03Order extends Kit {

    /** Bytes of a watched transfer: long enough to be caught in the middle. */
    int WATCHED = 2048;
    /** Another length, of copies between two regions. */
    int COPIED = 1536;
    /** What was seen to change so often was watched. */
    int ENOUGH = 60;

    @TestFactory
    @Tag("R3")
    @DisplayName("R3: whoever looks from the end downwards never sees new units behind old ones")
    default Stream<DynamicTest> r3_anAscendingWriteIsSeenAscending() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, WATCHED)) {
                subject.assumePromised(Guarantee.ASCENDING_ORDER);
                MemorySegment ram = MemorySegment.ofArray(new int[WATCHED / Units.NUMBER]);
                seenAscending(
                        subject,
                        mode,
                        WATCHED,
                        ram,
                        () -> subject.accessor().writeBytes(0, ram, 0, WATCHED, TransferOrder.ASCENDING));
            }
        });
    }

    /**
     * Brings new numbers to a region's first bytes, again and again, while another thread looks at them from the end.
     */
    private void seenAscending(
            RegionUnderTest subject, CacheMode mode, long length, MemorySegment numbers, Race.Part bring)
            throws Exception {
        MemorySegment memory = subject.memory().fill((byte) 0);
        Units units = Units.of(
                mode,
                0,
                length,
                visitor -> subject.accessor()
                        .planBulk(Direction.WRITE, 0, length, TransferOrder.ASCENDING)
                        .forEach(visitor));
        int[] round = {0};
        int[] changes = {0};
        Race race = new Race(patience());
        race.run(
                () -> {
                    round[0]++;
                    for (long at = 0; at < length; at += Units.NUMBER) {
                        numbers.set(ValueLayout.JAVA_INT_UNALIGNED, at, round[0]);
                    }
                    bring.run();
                },
                () -> {
                    long last = 0;
                    while (changes[0] < ENOUGH && !race.isOver()) {
                        long newest = units.newerTowardsTheStart(memory);
                        changes[0] += newest == last ? 0 : 1;
                        last = newest;
                    }
                });
        race.assumeEnough(changes[0], ENOUGH, "transfers were seen");
    }

    @TestFactory
    @Tag("R3")
    @DisplayName("R3: who sees the last byte sees all bytes before it")
    default Stream<DynamicTest> r3_theLastByteComesLast() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                subject.assumePromised(Guarantee.ASCENDING_ORDER);
                flagComesLast(subject, 57, 56, 1, 56);
            }
        });
    }

    /**
     * The last unit is the widest there is, and the flag its last bytes. On device memory the rest of that unit is the
     * bus's business.
     */
    @TestFactory
    @Tag("R3")
    @DisplayName(
            "R3: who sees a flag in the last bytes of the last unit sees all before it, on NORMAL memory the rest of"
                    + " that unit too")
    default Stream<DynamicTest> r3_aFlagInTheLastUnitComesLast() {
        final int length = 192;
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, length)) {
                subject.assumePromised(Guarantee.ASCENDING_ORDER);
                HostMemoryAccessor accessor = subject.accessor();
                Units units = Units.of(
                        mode,
                        0,
                        length,
                        visitor -> accessor.planBulk(Direction.WRITE, 0, length, TransferOrder.ASCENDING)
                                .forEach(visitor));
                for (int width : new int[] {1, 2, 4}) {
                    int flag = length - width;
                    flagComesLast(subject, length, flag, width, mode == CacheMode.NORMAL ? flag : (int) units.last());
                }
            }
        });
    }

    /**
     * Writes one number to all bytes. Another thread waits for it in the flag. Then it reads the first bytes, from the
     * last to the first.
     */
    private void flagComesLast(RegionUnderTest subject, int length, int flag, int width, int before) throws Exception {
        final int rounds = 100;
        MemorySegment memory = subject.memory().fill((byte) 0);
        MemorySegment ram = MemorySegment.ofArray(new byte[length]);
        AtomicInteger checked = new AtomicInteger();
        int[] round = {0};
        Race race = new Race(patience());
        race.run(
                () -> {
                    ram.fill((byte) ++round[0]);
                    subject.accessor().writeBytes(0, ram, 0, length, TransferOrder.ASCENDING);
                    race.await(() -> checked.get() == round[0]);
                },
                () -> {
                    for (int expected = 1; expected <= rounds && !race.isOver(); expected++) {
                        long number = expected & 0xff;
                        long flagged = Seen.low(number * 0x0101_0101_0101_0101L, width);
                        if (!race.await(() -> Seen.get(memory, flag, width) == flagged)) {
                            return;
                        }
                        for (int at = before - 1; at >= 0; at--) {
                            assertEquals(
                                    number,
                                    Seen.get(memory, at, 1),
                                    "byte " + at + ", after the " + width + " bytes at " + flag
                                            + " were seen to be new");
                        }
                        checked.set(expected);
                    }
                });
        race.assumeEnough(checked.get(), rounds, "transfers were watched");
    }

    @TestFactory
    @Tag("R3")
    @DisplayName("R3: an ascending read of what another thread writes downwards gets nothing older behind")
    default Stream<DynamicTest> r3_anAscendingReadIsAscending() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, WATCHED)) {
                subject.assumePromised(Guarantee.ASCENDING_ORDER);
                MemorySegment ram = MemorySegment.ofArray(new int[WATCHED / Units.NUMBER]);
                readAscending(
                        subject,
                        mode,
                        WATCHED,
                        ram,
                        () -> subject.accessor().readBytes(0, ram, 0, WATCHED, TransferOrder.ASCENDING));
            }
        });
    }

    /**
     * Fetches a region's first bytes, again and again, while another thread writes new numbers there, from the end
     * downwards.
     */
    private void readAscending(
            RegionUnderTest subject, CacheMode mode, long length, MemorySegment fetched, Race.Part fetch)
            throws Exception {
        MemorySegment memory = subject.memory().fill((byte) 0);
        Units units = Units.of(
                mode,
                0,
                length,
                visitor -> subject.accessor()
                        .planBulk(Direction.READ, 0, length, TransferOrder.ASCENDING)
                        .forEach(visitor));
        int[] changes = {0};
        long[] last = {0};
        Race race = new Race(patience());
        race.run(
                () -> {
                    fetch.run();
                    long newest = units.newerTowardsTheEnd(fetched);
                    changes[0] += newest == last[0] ? 0 : 1;
                    last[0] = newest;
                    if (changes[0] >= ENOUGH) {
                        race.finish();
                    }
                },
                () -> {
                    for (int number = 1; !race.isOver(); number++) {
                        for (long place = length - Units.NUMBER; place >= 0; place -= Units.NUMBER) {
                            Seen.put(memory, place, Units.NUMBER, number);
                        }
                    }
                });
        race.assumeEnough(changes[0], ENOUGH, "changes were read");
    }

    /**
     * With sides that have the same place in every unit, so that bytes may go straight from one to the other, and with
     * sides that have not.
     */
    @TestFactory
    @Tag("R3")
    @DisplayName("R3: a transfer between two regions is seen ascending in its target")
    default Stream<DynamicTest> r3_aTransferIsSeenAscendingInItsTarget() {
        return eachMode(mode -> {
            for (int misaligned : new int[] {0, Units.NUMBER}) {
                try (RegionUnderTest source = region(mode, misaligned);
                        RegionUnderTest target = region(mode, 0)) {
                    target.assumePromised(Guarantee.ASCENDING_ORDER);
                    seenAscending(
                            target,
                            mode,
                            COPIED,
                            source.memory(),
                            () -> Transfer.DEFAULT.copy(source.accessor(), 0, target.accessor(), 0, COPIED));
                }
            }
        });
    }

    @TestFactory
    @Tag("R3")
    @DisplayName("R3: a transfer between two regions reads its source in ascending order")
    default Stream<DynamicTest> r3_aTransferReadsItsSourceAscending() {
        return eachMode(mode -> {
            for (int misaligned : new int[] {0, Units.NUMBER}) {
                try (RegionUnderTest source = region(mode, 0);
                        RegionUnderTest target = region(mode, misaligned)) {
                    source.assumePromised(Guarantee.ASCENDING_ORDER);
                    readAscending(
                            source,
                            mode,
                            COPIED,
                            target.memory(),
                            () -> Transfer.DEFAULT.copy(source.accessor(), 0, target.accessor(), 0, COPIED));
                }
            }
        });
    }

    private RegionUnderTest region(CacheMode mode, int misaligned) {
        return RegionUnderTest.of(
                provider(),
                RegionCapabilities.whole(COPIED, mode, CacheModeSource.REPORTED),
                AccessOptions.DEFAULT,
                misaligned,
                () -> {});
    }
}
