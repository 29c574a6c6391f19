package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.hostmem.cli.exhibits.Watch.Kind.ACCESSES;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.UnalignedPolicy;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.Region;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A cache mode for every "directly accessible" region, set when it is made; and functions like readl and writel. */
@Tag("R1")
@Tag("R4")
@Tag("R5")
@Tag("R6")
@Tag("R10")
class PointS1Test extends PointTest {

    private final MemorySegment memory = Hosts.memory(4096);

    PointS1Test() {
        super("S1", "S1.1", "S1.2", "S1.3", "S1.3.normal", "S2.io");
    }

    @Test
    void noModeIsDirectlyAccessibleInEveryWayNorInNone() {
        for (CacheMode mode : new CacheMode[] {CacheMode.NORMAL, CacheMode.WRITE_COMBINING}) {
            assertThat(Stream.of("x86_64", "aarch64", "ppc64", "riscv64")
                            .map(isa -> Hosts.rules(isa, mode))
                            .map(AccessRules::widestWrite)
                            .distinct()
                            .count())
                    .as("not the same widths: %s", mode)
                    .isGreaterThan(1);
        }
        for (AccessRules rules : Hosts.allRules()) {
            assertThat(AccessPlan.scalar(rules, UnalignedPolicy.REJECT, 8, 8, 8).verdict())
                    .as("aligned, %s %s", rules.isa(), rules.cacheMode())
                    .isEqualTo(Verdict.SINGLE);
        }
    }

    /** Guest RAM too: another thread sees halves of what plain bytes wrote, and never of what an accessor wrote. */
    @Test
    void whoeverLooksAtTheSameTimeSeesHalvesOfAPlainCopyIntoRamAndNeverOfAnAccess() {
        MemorySegment ram = Hosts.memory(64);
        MemorySegment source = MemorySegment.ofArray(new byte[9]);
        assertThat(Torn.seen(
                        ram,
                        value -> {
                            source.fill((byte) value);
                            for (int i = 0; i < 8; i++) {
                                ram.set(JAVA_BYTE, i, source.get(JAVA_BYTE, i));
                            }
                        },
                        10_000_000_000L))
                .as("plain bytes, as a memcpy of variable length may be")
                .isTrue();
        for (HostMemoryAccessor region : Hosts.regions(ram, CacheMode.NORMAL, AccessOptions.DEFAULT)) {
            assertThat(Torn.seen(ram, value -> region.writeLong(0, value), 100_000_000))
                    .as(region.toString())
                    .isFalse();
            byte[][] bytes = {new byte[8], {-1, -1, -1, -1, -1, -1, -1, -1}};
            assertThat(Torn.seen(ram, value -> region.writeBytes(0, bytes[value == 0 ? 0 : 1], 0, 8), 100_000_000))
                    .as("in bulk, %s", region)
                    .isFalse();
        }
    }

    /** The mapping does not say it: the ISA does, and of one ISA the CPU. */
    @Test
    void normalMemoryDoesNotBearEveryAccessEverywhere() {
        assertThat(Hosts.rules("riscv64", CacheMode.NORMAL).unaligned(8)).isEqualTo(AccessRules.Unaligned.SPLIT);
        assertThat(Stream.of("x86_64", "aarch64", "ppc64")
                        .map(isa -> Hosts.rules(isa, CacheMode.NORMAL).unaligned(8)))
                .containsOnly(AccessRules.Unaligned.SINGLE);
        assertThat(Stream.of("x86_64", "riscv64")
                        .map(isa -> Hosts.rules(isa, CacheMode.NORMAL).widestWrite())
                        .distinct())
                .as("vectors")
                .hasSize(2);
    }

    @Test
    void onPower8NotEvenWriteCombiningMemoryTakesEveryAccess() {
        assertThat(AccessPlan.scalar(Hosts.rules("ppc64", CacheMode.WRITE_COMBINING), UnalignedPolicy.REJECT, 3, 3, 4)
                        .verdict())
                .isEqualTo(Verdict.REJECTED);
    }

    @Test
    void everyRegionAnswersWithAPlanAlsoOneThatCannotBeMapped() {
        try (Device device = EmbeddedDevice.open()) {
            assertThat(device.regions()).hasSize(7);
            for (Region region : device.regions()) {
                try (HostMemoryAccessor accessor = region.open(AccessOptions.DEFAULT)) {
                    assertThat(accessor.capabilities().cacheMode())
                            .as(region.toString())
                            .isEqualTo(region.capabilities().cacheMode());
                    assertThat(accessor.planScalar(0x10, 4))
                            .as(region.toString())
                            .hasToString("SINGLE 4@16");
                }
            }
        }
    }

    @Test
    void theModeIsAValueAndNoOptionNamesOne() {
        assertThat(Stream.of(AccessOptions.class.getDeclaredFields()).map(Field::getType))
                .isNotEmpty()
                .doesNotContain(CacheMode.class);
        assertThat(Stream.of(RegionCapabilities.class.getDeclaredFields()).map(Field::getModifiers))
                .isNotEmpty()
                .allMatch(Modifier::isFinal);
        try (Device device = EmbeddedDevice.open()) {
            RegionCapabilities before = device.region(2).capabilities();
            device.region(2).open(AccessOptions.DEFAULT).close();
            assertThat(device.region(2).capabilities()).isEqualTo(before);
        }
    }

    @Test
    void boundsAndLifetimeAreCheckedBeforeTheAccess() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            assertThat(Watch.count(STORES, memory, 4088, 8, () -> {
                        assertThatExceptionOfType(RegionBoundsException.class)
                                .isThrownBy(() -> region.writeLong(4089, -1));
                        assertThatExceptionOfType(RegionBoundsException.class)
                                .isThrownBy(() -> region.writeBytes(Long.MAX_VALUE, new byte[8], 0, 8));
                        region.close();
                        assertThatExceptionOfType(RegionClosedException.class)
                                .isThrownBy(() -> region.writeLong(4088, -1));
                    }))
                    .as(region.toString())
                    .isZero();
        }
    }

    @Test
    void aDmaIntoANoncachedBarGoesStraightThere() {
        try (Device device = EmbeddedDevice.open()) {
            assertThat(device.region(0).capabilities().cacheMode()).isEqualTo(CacheMode.NONCACHED);
            assertThat(device.region(0).capabilities().mappable()).isTrue();
        }
        byte[] ram = new byte[4096];
        for (HostMemoryAccessor region : Hosts.regions(memory, CacheMode.NONCACHED, AccessOptions.DEFAULT)) {
            assertThat(Watch.order(
                            STORES,
                            memory,
                            8,
                            new long[] {0, 1024, 2048, 4088},
                            () -> region.writeBytes(0, ram, 0, ram.length)))
                    .as(region.toString())
                    .containsExactly(0L, 1024L, 2048L, 4088L);
        }
    }

    /** {@code while (times-- > 0) read the register}, for its side effect. */
    private static void poll(MemorySegment memory, int times) {
        for (int i = 0; i < times; i++) {
            int _ = memory.get(JAVA_INT, 0);
        }
    }

    @Test
    void theCompilerDropsPlainReadsThatNobodyUses() {
        Runnable hundred = () -> poll(memory, 100);
        assertThat(Watch.count(ACCESSES, memory, 0, 4, hundred)).as("at first").isEqualTo(100);
        assertThat(Naive.eventually(() -> {
                    poll(memory, 100_000);
                    return Watch.count(ACCESSES, memory, 0, 4, hundred) == 0;
                }))
                .as("compiled, the register is not read at all")
                .isTrue();
    }

    private static void poll(HostMemoryAccessor region, int times) {
        for (int i = 0; i < times; i++) {
            region.readInt(0);
        }
    }

    @Test
    void aReadHappensOnceEachTimeWhetherOrNotItIsUsed() {
        for (CacheMode mode : CacheMode.values()) {
            if (mode.needsExactAccesses()) {
                for (HostMemoryAccessor region : Hosts.regions(memory, mode, AccessOptions.DEFAULT)) {
                    for (int round = 0; round < 3; round++) {
                        assertThat(Watch.count(ACCESSES, memory, 0, 4, () -> poll(region, 100)))
                                .as("%s, round %s", region, round)
                                .isEqualTo(100);
                        poll(region, 30_000);
                    }
                }
            }
        }
    }

    @Test
    void readAndWriteTakeTheWidthAsABusDoes() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int width : WIDTHS) {
                region.write(64, width, -2);
                assertThat(region.read(64, width))
                        .as("%s, %s bytes, zero-extended", region, width)
                        .isEqualTo(-2L & -1L >>> 64 - 8 * width);
            }
            assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> region.read(64, 3));
            assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> region.write(64, 16, 0));
        }
    }
}
