package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** R3: ASCENDING means that device bytes are written (or read) in ascending address order, the last byte last, as another observer sees it. */
interface R03Order extends Kit {

    /** Bytes of a watched transfer: long enough to be caught in the middle. */
    int WATCHED = 2048;

    @TestFactory
    @Tag("R3")
    @DisplayName("R3: whoever looks from the end downwards never sees new bytes behind old ones")
    default Stream<DynamicTest> r3_anAscendingWriteIsSeenAscending() {
        final int enough = 60;
        return eachMode(mode -> {
            try (Subject subject = Subject.ram(provider(), mode, WATCHED)) {
                subject.assumePromised(Guarantee.ASCENDING_ORDER);
                subject.memory().fill((byte) 0);
                MemorySegment ram = MemorySegment.ofArray(new long[WATCHED / 8]);
                long[] round = {0};
                int[] changes = {0};
                Race race = new Race(patience());
                race.run(() -> {
                    number(ram, ++round[0]);
                    subject.accessor().writeBytes(0, ram, 0, WATCHED, TransferOrder.ASCENDING);
                }, () -> {
                    long last = 0;
                    while (changes[0] < enough && !race.isOver()) {
                        long newest = newerTowardsTheStart(subject.memory(), 0, WATCHED);
                        changes[0] += newest == last ? 0 : 1;
                        last = newest;
                    }
                });
                race.assumeEnough(changes[0], enough, "transfers were seen");
            }
        });
    }

    /** Fills a segment with one number. */
    private static void number(MemorySegment ram, long number) {
        for (long at = 0; at < ram.byteSize(); at += 8) {
            ram.set(ValueLayout.JAVA_LONG, at, number);
        }
    }

    /** Looks at each number once, the last first. Every transfer brings a higher number, so a lower one below a higher one was overtaken. Returns the highest. */
    static long newerTowardsTheStart(MemorySegment memory, long from, long to) {
        long above = Long.MIN_VALUE;
        for (long at = to - 8; at >= from; at -= 8) {
            long here = Seen.get(memory, at, 8);
            if (here < above) {
                assertEquals(above, here, "number of the transfer seen at offset " + at + ", after the one at " + (at + 8) + " was seen to be newer");
            }
            above = here;
        }
        return above;
    }

    @TestFactory
    @Tag("R3")
    @DisplayName("R3: who sees the last byte sees all bytes before it")
    default Stream<DynamicTest> r3_theLastByteComesLast() {
        final int length = 57;
        final int rounds = 100;
        return eachMode(mode -> {
            try (Subject subject = Subject.ram(provider(), mode, 64)) {
                subject.assumePromised(Guarantee.ASCENDING_ORDER);
                subject.memory().fill((byte) 0);
                HostMemoryAccessor accessor = subject.accessor();
                MemorySegment ram = MemorySegment.ofArray(new byte[length]);
                AtomicInteger checked = new AtomicInteger();
                int[] round = {0};
                Race race = new Race(patience());
                race.run(() -> {
                    ram.fill((byte) ++round[0]);
                    accessor.writeBytes(0, ram, 0, length, TransferOrder.ASCENDING);
                    race.await(() -> checked.get() == round[0]);
                }, () -> {
                    for (int expected = 1; expected <= rounds && !race.isOver(); expected++) {
                        long number = expected & 0xff;
                        if (!race.await(() -> Seen.get(subject.memory(), length - 1, 1) == number)) {
                            return;
                        }
                        for (int at = length - 2; at >= 0; at--) {
                            assertEquals(number, Seen.get(subject.memory(), at, 1), "byte " + at + ", after byte " + (length - 1) + " was seen to be new");
                        }
                        checked.set(expected);
                    }
                });
                race.assumeEnough(checked.get(), rounds, "transfers were watched");
            }
        });
    }

    @TestFactory
    @Tag("R3")
    @DisplayName("R3: an ascending read of what another thread writes downwards gets nothing older behind")
    default Stream<DynamicTest> r3_anAscendingReadIsAscending() {
        final int enough = 60;
        return eachMode(mode -> {
            try (Subject subject = Subject.ram(provider(), mode, WATCHED)) {
                subject.assumePromised(Guarantee.ASCENDING_ORDER);
                MemorySegment memory = subject.memory().fill((byte) 0);
                MemorySegment ram = MemorySegment.ofArray(new long[WATCHED / 8]);
                int[] changes = {0};
                long[] last = {0};
                Race race = new Race(patience());
                race.run(() -> {
                    subject.accessor().readBytes(0, ram, 0, WATCHED, TransferOrder.ASCENDING);
                    for (long at = 8; at < WATCHED; at += 8) {
                        long before = ram.get(ValueLayout.JAVA_LONG, at - 8);
                        long here = ram.get(ValueLayout.JAVA_LONG, at);
                        long offset = at;
                        assertTrue(here >= before, () -> "the numbers are written from the end downwards, so " + here + " at offset " + offset + " was read before " + before + " in front of it");
                    }
                    long newest = ram.get(ValueLayout.JAVA_LONG, WATCHED - 8);
                    changes[0] += newest == last[0] ? 0 : 1;
                    last[0] = newest;
                    if (changes[0] >= enough) {
                        race.finish();
                    }
                }, () -> {
                    for (long number = 1; !race.isOver(); number++) {
                        for (long at = WATCHED - 8; at >= 0; at -= 8) {
                            Seen.put(memory, at, 8, number);
                        }
                    }
                });
                race.assumeEnough(changes[0], enough, "changes were read");
            }
        });
    }
}
