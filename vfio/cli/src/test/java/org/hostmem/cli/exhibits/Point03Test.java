package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An unaligned access that is replayed as aligned ones may break a device. */
@Tag("R5")
class Point03Test extends PointTest {

    private final MemorySegment memory = Hosts.memory(64);

    Point03Test() {
        super("3");
    }

    @Test
    void aLoopReplaysItInPiecesWithoutAWord() {
        assertThat(Watch.count(STORES, memory, 0, 8, () -> Naive.bytewise(memory, 3, Hosts.memory(8), 0, 4)))
                .isEqualTo(4);
    }

    @Test
    void theInterpretersUnalignedLayoutDoesSoToo() {
        for (String isa : new String[] {"x86_64", "aarch64", "ppc64le", "riscv64"}) {
            assertThat(Hosts.seenInTheLab("set-unaligned", isa)).as(isa).contains("R5");
        }
    }

    @Test
    void theAccessIsWhatThePlanSaid() {
        int whole = 0;
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int width : new int[] {2, 4, 8}) {
                for (int offset = 1; offset < 8; offset++) {
                    int at = offset;
                    AccessPlan plan = region.planScalar(at, width);
                    long stores = 0;
                    plan.forEach((start, each) -> assertThat(Watch.count(
                                    STORES,
                                    memory,
                                    start,
                                    each == 1 || start % each != 0 ? 1 : each,
                                    () -> region.write(at, width, -1)))
                            .as("%s: %s", region, plan)
                            .isOne());
                    // An access across two windows is seen in both.
                    for (int window = 0; window < 16; window += 8) {
                        stores += Watch.count(STORES, memory, window, 8, () -> region.write(at, width, -1));
                    }
                    boolean crosses = plan.verdict() == Verdict.SINGLE && at + width > 8;
                    assertThat(stores - (crosses ? 1 : 0))
                            .as("%s: %s", region, plan)
                            .isEqualTo(plan.accesses());
                    whole += plan.verdict() == Verdict.SINGLE
                                    && region.rules().unaligned(width) == Unaligned.SINGLE
                                    && at % width != 0
                            ? 1
                            : 0;
                }
            }
        }
        assertThat(whole).as("unaligned accesses that x86-64 keeps whole").isPositive();
    }
}
