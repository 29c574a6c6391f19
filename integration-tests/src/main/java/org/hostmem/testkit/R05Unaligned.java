package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.CacheModeSource;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.UnalignedPolicy;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * R5: an unaligned scalar is SINGLE where the rules allow it, else SPLIT or REJECT by policy; the plan tells before the
 * access.
 */
interface R05Unaligned extends Kit {

    @TestFactory
    @Tag("R5")
    @DisplayName(
            "R5: the plan of a scalar says one access, an ascending split, or a refusal, as rules and policy have it")
    default Stream<DynamicTest> r5_thePlanTells() {
        return eachMode(mode -> {
            for (UnalignedPolicy policy : UnalignedPolicy.values()) {
                for (int misaligned : new int[] {0, 3}) {
                    RegionCapabilities region = RegionCapabilities.whole(128, mode, CacheModeSource.REPORTED);
                    try (RegionUnderTest subject = RegionUnderTest.of(
                            provider(), region, AccessOptions.DEFAULT.with(policy), misaligned, () -> {})) {
                        for (int width : new int[] {1, 2, 4, 8}) {
                            for (long offset = 0; offset < 64; offset++) {
                                planTells(subject, policy, offset, width);
                            }
                        }
                    }
                }
            }
        });
    }

    private static void planTells(RegionUnderTest subject, UnalignedPolicy policy, long offset, int width) {
        AccessPlan plan = subject.accessor().planScalar(offset, width);
        boolean single = (subject.memory().address() + offset) % width == 0
                || subject.accessor().rules().unaligned(width) == Unaligned.SINGLE;
        Verdict verdict = single ? Verdict.SINGLE : policy == UnalignedPolicy.REJECT ? Verdict.REJECTED : Verdict.SPLIT;
        String what = policy + ": " + width + " bytes at offset " + offset;
        assertEquals(verdict, plan.verdict(), what);
        long[] at = {offset};
        plan.forEach((where, bytes) -> {
            assertEquals(at[0], where, () -> what + ": next access");
            assertEquals(
                    single ? width : R04Units.unit(subject.memory().address() + at[0], offset + width - at[0], 8),
                    bytes,
                    () -> what + ": its width");
            at[0] += bytes;
        });
        assertEquals(
                verdict == Verdict.REJECTED ? offset : offset + width, at[0], () -> what + ": where the plan ends");
    }

    @TestFactory
    @Tag("R5")
    @DisplayName("R5: an unaligned scalar carries the right bytes, whole or split, in either byte order")
    default Stream<DynamicTest> r5_anUnalignedScalarCarriesTheRightBytes() {
        return eachMode(mode -> {
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                try (RegionUnderTest subject =
                        RegionUnderTest.ram(provider(), mode, 128, AccessOptions.DEFAULT.with(order))) {
                    RegionUnderTest.Expected expected = subject.expected();
                    for (int width : new int[] {2, 4, 8}) {
                        for (long offset = 0; offset < 80; offset++) {
                            if (offset % width == 0) {
                                continue;
                            }
                            assertEquals(
                                    subject.value(offset, width, order),
                                    subject.accessor().read(offset, width),
                                    order + " read of " + width + " bytes at offset " + offset);
                            long value = 0x8182_8384_8586_8788L + offset * 0x0102_0304_0506_0708L;
                            subject.accessor().write(offset, width, value);
                            for (int i = 0; i < width; i++) {
                                Seen.put(
                                        expected.region(),
                                        offset + i,
                                        1,
                                        value >>> (8 * (order == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i)));
                            }
                            expected.check(width, offset, order + " write");
                        }
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R5")
    @DisplayName("R5: what the plan says is rejected is refused before any access")
    default Stream<DynamicTest> r5_aRejectedScalarTouchesNothing() {
        return eachMode(mode -> {
            try (RegionUnderTest subject =
                    RegionUnderTest.ram(provider(), mode, 64, AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT))) {
                HostMemoryAccessor accessor = subject.accessor();
                RegionUnderTest.Expected expected = subject.expected();
                int rejected = 0;
                for (int width : new int[] {2, 4, 8}) {
                    for (long offset = 0; offset < 32; offset++) {
                        long at = offset;
                        if (accessor.planScalar(at, width).verdict() == Verdict.REJECTED) {
                            rejected++;
                            AccessRejectedException refused = assertThrows(
                                    AccessRejectedException.class,
                                    () -> accessor.read(at, width),
                                    () -> "read of " + width + " bytes at offset " + at);
                            assertThrows(
                                    AccessRejectedException.class,
                                    () -> accessor.write(at, width, 0),
                                    () -> "write of " + width + " bytes at offset " + at);
                            assertEquals(Reason.UNALIGNED, refused.reason(), "the reason");
                        } else {
                            accessor.read(at, width);
                        }
                    }
                }
                expected.check("rejected scalars");
                assumeTrue(
                        rejected > 0,
                        () -> "nothing is rejected: " + accessor.rules().isa() + " allows every unaligned scalar on "
                                + mode + " memory");
            }
        });
    }

    /**
     * Whether one instruction is one access is for the ISA to say. x86_64 says so of cached memory, inside 8 aligned
     * bytes (AMD; Intel: inside a cache line).
     */
    @TestFactory
    @Tag("R5")
    @DisplayName("R5: where the ISA makes an unaligned scalar one access, another thread never sees it torn")
    default Stream<DynamicTest> r5_aSingleUnalignedScalarIsNeverTorn() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                subject.assumePromised(Guarantee.UNALIGNED_SINGLE);
                assumeTrue(
                        subject.accessor().rules().isa().equals("x86_64"),
                        "only of x86_64 it is known where an unaligned instruction is one access to the other CPU");
                for (int offset : new int[] {17, 18, 19}) {
                    seenWhole(subject, offset);
                }
            }
        });
    }

    private void seenWhole(RegionUnderTest subject, int offset) throws Exception {
        final int enough = 60;
        HostMemoryAccessor accessor = subject.accessor();
        accessor.writeLong(16, 0);
        long bytes = 0xffff_ffffL << (8 * (offset - 16));
        int[] changes = {0};
        Race race = new Race(patience());
        int[] next = {-1};
        race.run(
                () -> {
                    for (int i = 0; i < 33; i++) {
                        accessor.writeInt(offset, next[0]);
                        next[0] = ~next[0];
                    }
                },
                () -> {
                    long last = 0;
                    while (changes[0] < enough && !race.isOver()) {
                        long now = Seen.get(subject.memory(), 16, 8); // little-endian: this is for x86_64
                        assertTrue(
                                now == 0 || now == bytes,
                                () -> "a 4-byte write at offset " + offset + " was seen half done: "
                                        + Long.toHexString(now));
                        changes[0] += now == last ? 0 : 1;
                        last = now;
                    }
                });
        race.assumeEnough(changes[0], enough, "changes were seen");
    }
}
