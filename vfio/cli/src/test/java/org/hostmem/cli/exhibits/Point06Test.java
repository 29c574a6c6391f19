package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.UnalignedPolicy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Off x86-64 unaligned accesses of uncached memory are illegal; vectors are, against the mail, not. What another ISA
 * does is seen in the lab only.
 */
@Tag("R4")
@Tag("R5")
class Point06Test extends PointTest {

    private final MemorySegment memory = Hosts.memory(64);

    Point06Test() {
        super("6");
    }

    @Test
    void compiledJavaIssuesUnalignedAccessesOnEveryOtherIsa() {
        for (String isa : new String[] {"aarch64", "ppc64le", "riscv64"}) {
            assertThat(Hosts.seenInTheLab("set-unaligned", isa)).as(isa).contains("R5");
        }
    }

    @Test
    void eachIsaHasARuleOfItsOwnForNoncachedMemory() {
        assertThat(Hosts.rules("x86_64", CacheMode.NONCACHED).unaligned(4)).isEqualTo(Unaligned.SINGLE);
        assertThat(Hosts.rules("aarch64", CacheMode.NONCACHED).unaligned(4)).isEqualTo(Unaligned.ILLEGAL);
        assertThat(Hosts.rules("ppc64", CacheMode.NONCACHED).unaligned(4)).isEqualTo(Unaligned.SPLIT);
        assertThat(Hosts.rules("riscv64", CacheMode.NONCACHED).unaligned(4)).isNotEqualTo(Unaligned.SINGLE);
    }

    @Test
    void alignedVectorsAreLegalOnSomeOfThem() {
        assertThat(Hosts.rules("aarch64", CacheMode.NONCACHED).widestWrite()).isEqualTo(16);
        assertThat(Hosts.rules("ppc64", CacheMode.NONCACHED).widestWrite()).isGreaterThan(8);
        assertThat(Hosts.rules("riscv64", CacheMode.NONCACHED).widestWrite()).isEqualTo(8);
    }

    @Test
    void thePlanOfAnotherIsaIsKnownHere() {
        assertThat(AccessPlan.scalar(Hosts.rules("aarch64", CacheMode.NONCACHED), UnalignedPolicy.SPLIT, 3, 3, 4))
                .hasToString("SPLIT 1@3 2@4 1@6");
        assertThat(AccessPlan.scalar(Hosts.rules("aarch64", CacheMode.NONCACHED), UnalignedPolicy.REJECT, 3, 3, 4)
                        .verdict())
                .isEqualTo(Verdict.REJECTED);
        assertThat(AccessPlan.scalar(Hosts.rules("aarch64", CacheMode.NORMAL), UnalignedPolicy.REJECT, 3, 3, 4)
                        .verdict())
                .isEqualTo(Verdict.SINGLE);
    }

    @Test
    void anAccessThatTheRulesForbidIsNotMade() {
        int refused = 0;
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT))) {
            if (region.rules().unaligned(4) != Unaligned.SINGLE) {
                refused++;
                assertThat(Watch.count(
                                STORES,
                                memory,
                                0,
                                8,
                                () -> assertThatExceptionOfType(AccessRejectedException.class)
                                        .isThrownBy(() -> region.writeInt(3, -1))))
                        .as(region.toString())
                        .isZero();
            }
        }
        assertThat(refused).isPositive();
    }
}
