package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.MappedRegion;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an ISA may say of one cache mode: scalars of its own, or that it does not serve it. */
class PerModeTest {

    private static String listing;

    /** The scalars of this host once more, as {@code Odd}; those of reads load one byte, whatever the width. */
    @BeforeAll
    static void read() throws IOException {
        String isa = Host.current().isa();
        Path file = Path.of("..", "arch-" + isa, "src/main/resources/org/hostmem/arch", isa, isa + ".listing");
        assumeTrue(Files.exists(file), () -> "there is no listing for " + isa);
        listing =
                Files.readString(file).replace("\nload1:\n", "\nload1:\nloadOdd1:\nloadOdd2:\nloadOdd4:\nloadOdd8:\n");
        for (int width = 1; width <= 8; width *= 2) {
            listing = listing.replace("\nstore" + width + ":\n", "\nstore" + width + ":\nstoreOdd" + width + ":\n");
        }
    }

    private static final class Provider extends IsaProvider {

        Provider() {
            super(
                    new Isa(
                            Host.current().isa(),
                            List.of(
                                    row(EnumSet.complementOf(EnumSet.of(CacheMode.DEVICE)), ""),
                                    row(Set.of(CacheMode.DEVICE), "Odd")),
                            List.of(),
                            barriers()),
                    () -> new ByteArrayInputStream(listing.getBytes(StandardCharsets.ISO_8859_1)),
                    ByteOrder.nativeOrder());
        }

        private static IsaRow row(Set<CacheMode> modes, String scalars) {
            return new IsaRow(
                    modes, "", Unaligned.ILLEGAL, "fromDevice8", 8, "toDevice8", 8, "fill8", "a test", scalars);
        }

        private static Map<Barrier, String> barriers() {
            Map<Barrier, String> all = new EnumMap<>(Barrier.class);
            for (Barrier purpose : Barrier.values()) {
                all.put(purpose, "");
            }
            return all;
        }

        @Override
        protected Set<String> detect(Host host, Probe probe) {
            return Set.of();
        }

        @Override
        protected Assessment accepts(Host host, RegionCapabilities region) {
            return region.cacheMode() == CacheMode.WRITE_COMBINING
                    ? Assessment.unusable("its devices are not in memory")
                    : Assessment.usable();
        }
    }

    private static RegionCapabilities region(CacheMode mode) {
        return RegionCapabilities.whole(64, mode, CacheModeSource.REPORTED);
    }

    private static long read(CacheMode mode) {
        HostMemoryAccessor accessor = new Provider()
                .open(MappedRegion.borrowed(Arena.global().allocate(64, 8), region(mode), AccessOptions.DEFAULT));
        accessor.writeInt(8, -1);
        return accessor.read(8, 4);
    }

    @Test
    void aRowHasScalarsOfItsOwn() {
        assertThat(read(CacheMode.DEVICE))
                .as("by loadOdd4, which loads one byte")
                .isIn(0xffL, 0xff000000L);
        assertThat(read(CacheMode.NONCACHED)).as("by load4").isEqualTo(0xffffffffL);
    }

    @Test
    void aProviderRefusesOneModeWithItsReason() {
        Provider provider = new Provider();
        assertThat(provider.assess(Host.current(), region(CacheMode.WRITE_COMBINING)))
                .isEqualTo(Assessment.unusable("its devices are not in memory"));
        assertThat(provider.assess(Host.current(), region(CacheMode.DEVICE))).isEqualTo(Assessment.usable());
    }

    @Test
    void signalsHaveTheirGenericNumbersInRecords() {
        LinuxAbi generic = LinuxAbi.GENERIC;
        LinuxAbi mips = new LinuxAbi(10, 11, 4, 8, 0x80000000, 8, 0, 0x10, 0x800, 0x400, "mips");
        assertThat(List.of(mips.generic(10), mips.generic(11), mips.generic(4), mips.generic(9)))
                .containsExactly(7, 11, 4, 9);
        assertThat(generic.withMapNoreserve(0x40, "ppc").mapNoreserve()).isEqualTo(0x40);
    }
}
