package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
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
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A listing that is missing, cut short or broken: the provider is unusable, with the reason, which was found once; pure
 * Java serves, and nothing stays mapped.
 */
class BrokenListingTest {

    private static final RegionCapabilities REGION =
            RegionCapabilities.whole(64, CacheMode.DEVICE, CacheModeSource.REPORTED);

    private static String good;

    @BeforeAll
    static void read() throws IOException {
        String isa = Host.current().isa();
        Path file = Path.of(
                "..", "arch-" + isa, "src", "main", "resources", "org", "hostmem", "arch", isa, isa + ".listing");
        assumeTrue(Files.exists(file), () -> "there is no listing for " + isa);
        good = Files.readString(file);
    }

    /** Of this host, with a listing of one's own. */
    private static final class Provider extends IsaProvider {

        Provider(Supplier<InputStream> listing) {
            super(
                    new Isa(
                            Host.current().isa(),
                            List.of(new IsaRow(
                                    EnumSet.allOf(CacheMode.class),
                                    "",
                                    Unaligned.ILLEGAL,
                                    "fromDevice8",
                                    8,
                                    "toDevice8",
                                    8,
                                    "fill8",
                                    "a test")),
                            List.of(),
                            barriers()),
                    listing,
                    ByteOrder.nativeOrder());
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
    }

    private static InputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void assertServedByJava(Supplier<InputStream> listing, String reason) {
        AtomicInteger asked = new AtomicInteger();
        Provider provider = new Provider(() -> {
            asked.incrementAndGet();
            return listing.get();
        });
        for (int i = 0; i < 3; i++) {
            assertThat(provider.assess(Host.current(), REGION))
                    .isInstanceOfSatisfying(
                            Assessment.Unusable.class,
                            unusable -> assertThat(unusable.reason()).contains(reason));
            assertThat(provider.refusal()).contains(reason);
            HostMemoryAccessor accessor =
                    provider.open(MappedRegion.borrowed(Arena.global().allocate(64, 8), REGION, AccessOptions.DEFAULT));
            accessor.writeLong(8, 0x0123_4567_89ab_cdefL);
            assertThat(accessor.readLong(8)).isEqualTo(0x0123_4567_89ab_cdefL);
            assertThat(accessor.rules().notes()).anyMatch(note -> note.contains(reason));
            assertThat(accessor.guarantees()).isEqualTo(provider.guarantees(CacheMode.DEVICE));
        }
        assertThat(asked).as("times that the listing was read").hasValue(1);
    }

    private static long mapped() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains(CodePages.NAME))
                .count();
    }

    @Test
    @DisplayName("shows that the others can fail: the listing as it is serves")
    void theGoodListingServes() {
        Provider provider = new Provider(() -> text(good));
        assertThat(provider.assess(Host.current(), REGION)).isEqualTo(Assessment.usable());
        assertThat(provider.refusal()).isEmpty();
    }

    @Test
    @DisplayName("missing, or unreadable")
    void missing() {
        assertServedByJava(() -> null, "their listing is missing");
        assertServedByJava(
                () -> {
                    throw new IllegalStateException("no jar");
                },
                "no jar");
        assertServedByJava(
                () -> {
                    throw new NoClassDefFoundError("no class");
                },
                "no class");
        assertServedByJava(
                () -> new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("damaged jar");
                    }
                },
                "damaged jar");
    }

    @Test
    @DisplayName("cut short, wherever: nothing is mapped")
    void cutShort() throws IOException {
        long before = mapped();
        for (int lines = 1; lines < 30; lines++) {
            String text = good;
            for (int i = 0; i < lines; i++) {
                text = text.substring(0, text.lastIndexOf('\n', text.length() - 2) + 1);
            }
            String cut = text;
            assertServedByJava(() -> text(cut), "its listing has no ");
        }
        for (int length = 0; length < good.length(); length += good.length() / 20) {
            String cut = good.substring(0, length);
            assertServedByJava(() -> text(cut), "");
        }
        assertThat(mapped()).isEqualTo(before);
    }

    @Test
    @DisplayName("of zeros, with a label twice, or with code behind its end")
    void broken() throws IOException {
        long before = mapped();
        assertServedByJava(() -> text("\0".repeat(1000)), "neither a comment");
        assertServedByJava(() -> text(good + "load1:\n"), "twice");
        assertServedByJava(() -> text(good + "  00 00                    more\n"), "goes on");
        assertServedByJava(() -> text(good.replace("\nload2:\n", "\n")), "its listing has no load2");
        assertThat(mapped()).isEqualTo(before);
    }
}
