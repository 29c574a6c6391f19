package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;
import org.junit.jupiter.api.Test;

/** Host ISA x guest ISA x cache mode: what becomes of an unaligned scalar, known before it is made. */
class UnalignedTest {

    private static final Map<String, String> HOSTS =
            Map.of("x86_64", "x86_64", "aarch64", "aarch64", "ppc64", "ppc64le", "riscv64", "riscv64");

    @Test
    void anX86GuestKeepsItsAccessWholeOnAnX86HostAndHasItCutElsewhere() {
        for (HostMemoryProvider host : ProviderSelection.load().providers()) {
            AccessRules rules = host.rules(CacheMode.NONCACHED, Set.of());
            UnalignedPolicy policy = UnalignedPolicy.forGuest("x86_64", rules);
            Verdict expected = host.name().equals("x86_64") ? Verdict.SINGLE : Verdict.SPLIT;
            assertThat(AccessPlan.scalar(rules, policy, 0x1001, 1, 4).verdict())
                    .as(host.name())
                    .isEqualTo(expected);
        }
    }

    @Test
    void aGuestThatFaultsOnDevicesIsRefusedThereWhereTheHostCannotEither() {
        for (HostMemoryProvider host : ProviderSelection.load().providers()) {
            if (host.name().equals("x86_64")) {
                continue;
            }
            for (String guest : HOSTS.values()) {
                if (!guest.equals("x86_64")) {
                    AccessRules device = host.rules(CacheMode.DEVICE, Set.of());
                    assertThat(AccessPlan.scalar(device, UnalignedPolicy.forGuest(guest, device), 0x1001, 1, 4)
                                    .verdict())
                            .isEqualTo(Verdict.REJECTED);
                    AccessRules normal = host.rules(CacheMode.NORMAL, Set.of());
                    assertThat(AccessPlan.scalar(normal, UnalignedPolicy.forGuest(guest, normal), 0x1001, 1, 4)
                                    .verdict())
                            .isNotEqualTo(Verdict.REJECTED);
                }
            }
            AccessRules normal = host.rules(CacheMode.NORMAL, Set.of());
            assertThat(UnalignedPolicy.forGuest("sparc64", normal)).isEqualTo(UnalignedPolicy.REJECT);
        }
    }

    /** So that it can be chosen before the region is opened. */
    @Test
    void thePolicyNeedsTheGuestAndTheCacheModeOnly() {
        for (HostMemoryProvider host : ProviderSelection.load().providers()) {
            for (CacheMode mode : CacheMode.values()) {
                for (String guest :
                        List.of("x86_64", "i386", "aarch64", "arm", "ppc64le", "riscv64", "sparc64", "mips")) {
                    UnalignedPolicy policy = UnalignedPolicy.forGuest(guest, mode);
                    assertThat(policy).isEqualTo(UnalignedPolicy.forGuest(guest, host.rules(mode, Set.of())));
                    boolean faults =
                            guest.matches("sparc64|mips") || !guest.matches("x86_64|i386") && mode != CacheMode.NORMAL;
                    assertThat(policy)
                            .as("%s on %s", guest, mode)
                            .isEqualTo(faults ? UnalignedPolicy.REJECT : UnalignedPolicy.SPLIT);
                }
            }
        }
    }

    /**
     * Every field at every offset under every policy: what is written is the field, and the plan covers it, no more and
     * no less.
     */
    @Test
    void aSubWordFieldIsNeverWidened() {
        for (HostMemoryProvider provider : Regions.providers()) {
            for (CacheMode mode : CacheMode.values()) {
                for (UnalignedPolicy policy : UnalignedPolicy.values()) {
                    MemorySegment memory = Regions.memory(64);
                    HostMemoryAccessor region =
                            Regions.open(provider, memory, mode, AccessOptions.DEFAULT.with(policy));
                    for (int width = 1; width <= 8; width *= 2) {
                        for (int offset = 1; offset < 40; offset++) {
                            memory.fill((byte) 0x55);
                            AccessPlan plan = region.planScalar(offset, width);
                            long[] next = {offset};
                            plan.forEach((at, unit) -> {
                                assertThat(at).isEqualTo(next[0]);
                                next[0] += unit;
                            });
                            int at = offset;
                            int w = width;
                            if (plan.verdict() == Verdict.REJECTED) {
                                assertThatExceptionOfType(AccessRejectedException.class)
                                        .isThrownBy(() -> region.write(at, w, -1));
                                assertThatExceptionOfType(AccessRejectedException.class)
                                        .isThrownBy(() -> region.read(at, w));
                                next[0] = offset;
                            } else {
                                assertThat(next[0]).isEqualTo(offset + width);
                                region.write(offset, width, -1);
                                assertThat(region.read(offset, width)).isEqualTo(-1L >>> 64 - 8 * width);
                            }
                            for (int i = 0; i < 64; i++) {
                                assertThat(memory.get(ValueLayout.JAVA_BYTE, i))
                                        .isEqualTo((byte) (i >= offset && i < next[0] ? -1 : 0x55));
                            }
                        }
                    }
                }
            }
        }
    }
}
