package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Consumer;
import org.hostmem.AccessPlan;
import org.hostmem.CacheMode;

/**
 * A range as its observer sees it: 4-byte numbers, and which of them belong to one unit. Units are ordered (R3). On
 * device memory the numbers of one unit may arrive in any order. On NORMAL memory they arrive at once, so each number
 * counts as a unit of its own.
 */
final class Units {

    static final int NUMBER = 4;

    private final long from;
    private final int[] unitOf;

    private Units(long from, int[] unitOf) {
        this.from = from;
        this.unitOf = unitOf;
    }

    /** {@return the units of a range of whole numbers} */
    static Units of(CacheMode mode, long from, long length, Consumer<AccessPlan.Visitor> accesses) {
        int[] unitOf = new int[(int) (length / NUMBER)];
        Arrays.setAll(unitOf, i -> i);
        if (mode != CacheMode.NORMAL) {
            int[] unit = {0};
            accesses.accept((offset, width) -> {
                unit[0]++;
                for (long at = Math.max(offset, from); at < Math.min(offset + width, from + length); at++) {
                    unitOf[(int) (at - from) / NUMBER] = unit[0];
                }
            });
        }
        return new Units(from, unitOf);
    }

    /** {@return the offset of the unit that carries the last number} */
    long last() {
        int first = unitOf.length - 1;
        while (first > 0 && unitOf[first - 1] == unitOf[unitOf.length - 1]) {
            first--;
        }
        return from + (long) first * NUMBER;
    }

    /**
     * Looks at each number once, the last first. Every transfer writes a higher number. So a lower number in a unit
     * below a higher one means that the order was broken.
     *
     * @return the highest
     */
    long newerTowardsTheStart(MemorySegment memory) {
        long above = 0;
        long newest = 0;
        for (int i = unitOf.length - 1; i >= 0; i--) {
            if (i + 1 < unitOf.length && unitOf[i] != unitOf[i + 1]) {
                above = newest;
            }
            long here = Seen.get(memory, from + (long) i * NUMBER, NUMBER);
            if (here < above) {
                long offset = from + (long) i * NUMBER;
                long newer = above;
                assertTrue(
                        here >= above,
                        () -> "transfer " + here + " is seen at offset " + offset + ", after transfer " + newer
                                + " was seen in a unit behind it");
            }
            newest = Math.max(newest, here);
        }
        return newest;
    }

    /**
     * The numbers are written from the end downwards. Fails if one was read before an older one in front of it. Returns
     * the newest.
     */
    long newerTowardsTheEnd(MemorySegment read) {
        long before = 0;
        long newest = 0;
        for (int i = 0; i < unitOf.length; i++) {
            if (i > 0 && unitOf[i] != unitOf[i - 1]) {
                before = newest;
            }
            long here = read.get(ValueLayout.JAVA_INT_UNALIGNED, (long) i * NUMBER);
            if (here < before) {
                long offset = from + (long) i * NUMBER;
                long newer = before;
                assertTrue(
                        here >= before,
                        () -> "the numbers are written from the end downwards, so " + here + " at offset " + offset
                                + " was read before " + newer + " in a unit in front of it");
            }
            newest = Math.max(newest, here);
        }
        return newest;
    }
}
