package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * R6: on device memory, and on NORMAL memory that may vanish, a read happens, once, even if nobody uses its value. Two
 * reads are two reads, on any memory.
 *
 * <p>A thread cannot count the reads of another one. But a read that must fault and does not was left out, and a read
 * that never returns a newer value was not repeated. Only an observer outside the process can count the reads of a
 * device.
 */
interface R06Reads extends Kit {

    /** Enough for C2 to compile the loop and what it calls. */
    int WARM = 25_000;

    @TestFactory
    @Tag("R6")
    @DisplayName("R6: a read whose value nobody uses happens in compiled code too: where it must fault, it faults")
    default Stream<DynamicTest> r6_anUnusedReadHappens() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT)) {
                subject.assumePromised(Guarantee.NEVER_ELIDED);
                subject.assumePromised(Guarantee.PRECISE_FAULTS);
                for (int width : new int[] {1, 2, 4, 8}) {
                    for (int i = 0; i < WARM; i++) {
                        readAndForget(subject.accessor(), i & 0xff8, width);
                    }
                    RegionFaultException fault = assertThrows(
                            RegionFaultException.class,
                            () -> readAndForget(subject.accessor(), RegionUnderTest.EDGE, width),
                            () -> width + " bytes, unused");
                    assertEquals(RegionUnderTest.EDGE, fault.offset());
                }
            }
        });
    }

    private static void readAndForget(HostMemoryAccessor accessor, long offset, int width) {
        switch (width) {
            case 1 -> accessor.readByte(offset);
            case 2 -> accessor.readShort(offset);
            case 4 -> accessor.readInt(offset);
            default -> accessor.readLong(offset);
        }
    }

    @TestFactory
    @Tag("R6")
    @DisplayName("R6: a loop of reads in compiled code sees every newer value: no read stands for the next one")
    default Stream<DynamicTest> r6_aReadInALoopIsMadeAgain() {
        final int rounds = 20;
        final int reads = 20_000;
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                HostMemoryAccessor accessor = subject.accessor();
                MemorySegment memory = subject.memory().fill((byte) 0);
                AtomicLong published = new AtomicLong();
                AtomicLong seen = new AtomicLong();
                Race race = new Race(patience());
                race.run(
                        () -> {
                            long wanted = published.get();
                            long newest = accessor.readLong(8);
                            for (int i = 0; i < reads && newest < wanted; i++) {
                                newest = accessor.readLong(8);
                            }
                            assertFalse(
                                    newest < wanted,
                                    "number still read " + reads + " reads after " + wanted
                                            + " was written by another thread: " + newest);
                            for (int i = 0; i < reads / 10 && accessor.readLong(8) == newest; i++) {
                                Thread.onSpinWait(); // The loop that a compiler would like to read once for.
                            }
                            seen.set(newest);
                        },
                        () -> {
                            for (int number = 1; number <= rounds; number++) {
                                long next = number;
                                Seen.put(memory, 8, 8, swapped(subject, next));
                                published.set(next);
                                if (!race.await(() -> seen.get() == next)) {
                                    return;
                                }
                            }
                        });
                race.assumeEnough(seen.get(), rounds, "writes were seen");
            }
        });
    }

    /** A number in memory such that a little-endian read gives it. */
    private static long swapped(RegionUnderTest subject, long number) {
        return ByteOrder.nativeOrder() == subject.accessor().options().byteOrder() ? number : Long.reverseBytes(number);
    }
}
