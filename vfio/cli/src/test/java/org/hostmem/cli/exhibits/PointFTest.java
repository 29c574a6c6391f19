package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.hostmem.cli.exhibits.Watch.Kind.ACCESSES;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRules;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.UnalignedPolicy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Unaligned device accesses across ISAs are best effort: then that should be asked for, and said. */
@Tag("R5")
class PointFTest extends PointTest {

    private final MemorySegment memory = Hosts.memory(64);

    PointFTest() {
        super("F");
    }

    @Test
    void aPlainAccessDoesSomethingAndDoesNotSayWhat() {
        int accesses = Watch.count(ACCESSES, memory, 0, 8, () -> memory.set(JAVA_INT_UNALIGNED, 3, 7));
        assertThat(accesses).as("one, or three: by tier").isBetween(1, 4);
        assertThat(memory.get(JAVA_INT_UNALIGNED, 3)).isEqualTo(7);
    }

    @Test
    void bestEffortHasANameAndIsAnnounced() {
        for (AccessRules rules : Hosts.allRules()) {
            Verdict split =
                    AccessPlan.scalar(rules, UnalignedPolicy.SPLIT, 5, 5, 4).verdict();
            Verdict reject =
                    AccessPlan.scalar(rules, UnalignedPolicy.REJECT, 5, 5, 4).verdict();
            assertThat(split == Verdict.SPLIT)
                    .as("%s %s", rules.isa(), rules.cacheMode())
                    .isEqualTo(reject == Verdict.REJECTED);
            assertThat(split == Verdict.SINGLE).isEqualTo(reject == Verdict.SINGLE);
        }
        assertThat(AccessOptions.DEFAULT.unaligned()).isEqualTo(UnalignedPolicy.SPLIT);
    }

    @Test
    void refusedMeansThatNothingWasTouched() {
        int refused = 0;
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT))) {
            if (region.planScalar(5, 4).verdict() == Verdict.REJECTED) {
                refused++;
                assertThat(Watch.order(ACCESSES, memory, 8, new long[] {0, 8}, () -> {
                            assertThatExceptionOfType(AccessRejectedException.class)
                                    .isThrownBy(() -> region.writeInt(5, -1));
                            assertThatExceptionOfType(AccessRejectedException.class)
                                    .isThrownBy(() -> region.readLong(5));
                        }))
                        .as(region.toString())
                        .isEmpty();
            }
        }
        assertThat(refused).isPositive();
    }
}
