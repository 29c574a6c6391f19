package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.junit.jupiter.api.Test;

/** What a careless author is told, on any host: a good listing, and one mistake. */
class IsaMistakesTest {

    private static final String ISA = "riscv64";
    private static final Host THAT = Host.of("Linux", ISA, ByteOrder.LITTLE_ENDIAN);
    private static final RegionCapabilities REGION =
            RegionCapabilities.whole(64, CacheMode.DEVICE, CacheModeSource.REPORTED);
    private static final IsaRow ROW = row(EnumSet.allOf(CacheMode.class), "fromDevice8", 8, "toDevice8", 8, "fill8");
    private static final List<AscendingRow> ASCENDING = List.of(new AscendingRow(
            Set.of(CacheMode.NORMAL), "", 8, "fromDeviceOrdered8", "toDeviceOrdered8", "copyOrdered8", "a test"));

    private static String good() {
        try {
            return Files.readString(
                    Path.of("..", "arch-" + ISA, "src/main/resources/org/hostmem/arch", ISA, ISA + ".listing"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static IsaRow row(
            Set<CacheMode> modes, String read, int widestRead, String write, int widestWrite, String fill) {
        return new IsaRow(modes, "", Unaligned.ILLEGAL, read, widestRead, write, widestWrite, fill, "a test");
    }

    private static Isa isa(List<IsaRow> rows, List<AscendingRow> ascending, Map<Barrier, String> barriers) {
        return new Isa(ISA, rows, ascending, barriers);
    }

    private static Map<Barrier, String> barriers() {
        Map<Barrier, String> all = new EnumMap<>(Barrier.class);
        for (Barrier purpose : Barrier.values()) {
            all.put(purpose, "");
        }
        return all;
    }

    private static final class Provider extends IsaProvider {
        private final Set<String> detected;

        Provider(Isa isa, String listing, Set<String> detected) {
            super(
                    isa,
                    () -> new ByteArrayInputStream(listing.getBytes(StandardCharsets.ISO_8859_1)),
                    ByteOrder.LITTLE_ENDIAN);
            this.detected = detected;
        }

        @Override
        protected Set<String> detect(Host host, Probe probe) {
            return detected;
        }
    }

    /** Told by the provider's own check and by its verdict on a host of its ISA. */
    private static void assertTold(Isa isa, String listing, String... facts) {
        Provider provider = new Provider(isa, listing, Set.of());
        assertThat(String.join("; ", provider.selfCheck())).contains(facts);
        assertThat(provider.assess(THAT, REGION))
                .isInstanceOfSatisfying(
                        Assessment.Unusable.class,
                        refused -> assertThat(refused.reason()).contains(facts));
    }

    private static void assertListingTold(UnaryOperator<String> mistake, String... facts) {
        String broken = mistake.apply(good());
        assertThat(broken).isNotEqualTo(good());
        assertTold(isa(List.of(ROW), ASCENDING, barriers()), broken, facts);
    }

    private static void assertRowTold(IsaRow row, String... facts) {
        assertTold(isa(List.of(ROW, row), ASCENDING, barriers()), good(), facts);
    }

    @Test
    void nothingIsWrongWithAGoodOne() {
        Provider provider = new Provider(isa(List.of(ROW), ASCENDING, barriers()), good(), Set.of());
        assertThat(provider.selfCheck()).isEmpty();
        assertThat(provider.assess(THAT, REGION)).isEqualTo(Assessment.usable());
    }

    @Test
    void aMissingLabelIsNamed() {
        for (String label : List.of("load2", "viaBulk", "thread", "handler", "faults", "cas8", "casInWord1")) {
            assertListingTold(text -> text.replace("\n" + label + ":", "\n"), "its listing has no ", label);
        }
    }

    @Test
    void aMisspeltLabelIsNamedAsItShouldBeAndAsItIs() {
        assertListingTold(
                text -> text.replace("\nbarrierFull:", "\nbarierFull:"),
                "has no barrierFull",
                "misspelt as barierFull");
    }

    @Test
    void anUnknownRoutineIsNamedWithItsRow() {
        assertRowTold(
                row(Set.of(CacheMode.DEVICE), "fromDevice12", 12, "toDevice8", 8, "fill8"), "[DEVICE]", "fromDevice12");
        assertTold(
                isa(
                        List.of(ROW),
                        List.of(new AscendingRow(
                                Set.of(CacheMode.NORMAL), "", 8, "fromDevice8", "toDevice8", "copy8", "a test")),
                        barriers()),
                good(),
                "ASCENDING",
                "copy8");
    }

    @Test
    void aRowsOwnScalarsAreNamedIfTheyAreMissing() {
        assertRowTold(
                new IsaRow(
                        Set.of(CacheMode.DEVICE),
                        "",
                        Unaligned.ILLEGAL,
                        "fromDevice8",
                        8,
                        "toDevice8",
                        8,
                        "fill8",
                        "a test",
                        "Pci"),
                "loadPci2",
                "storePci8");
    }

    @Test
    void aWidthThatIsNotThatOfTheRoutineIsNamed() {
        assertRowTold(
                row(Set.of(CacheMode.DEVICE), "fromDevice8", 16, "toDevice8", 8, "fill8"), "says 16", "fromDevice8");
        assertRowTold(row(Set.of(CacheMode.DEVICE), "fromDevice8", 8, "toDevice8", 16, "fill8"), "says 16", "fill8");
    }

    @Test
    void aModeWithoutARowAndAPurposeWithoutABarrierAreNamed() {
        assertTold(
                isa(
                        List.of(row(
                                EnumSet.complementOf(EnumSet.of(CacheMode.UNKNOWN)),
                                "fromDevice8",
                                8,
                                "toDevice8",
                                8,
                                "fill8")),
                        ASCENDING,
                        barriers()),
                good(),
                "no row for UNKNOWN");
        Map<Barrier, String> fewer = barriers();
        fewer.remove(Barrier.FULL);
        assertTold(isa(List.of(ROW), ASCENDING, fewer), good(), "no FULL");
    }

    @Test
    void aMisalignedWordIsNamed() {
        assertListingTold(
                text -> text.replace("\nfaults:", "\n  13 00 00 00              nop\nfaults:"),
                "faults",
                "multiple of 8");
        assertListingTold(
                text -> text.replace("\nhandler:", "\n  13 00 00 00              nop\nhandler:"), "handler", "faults");
    }

    @Test
    void aRoutineWhoseFaultsWouldEndTheJvmIsNamed() {
        assertListingTold(
                text -> text.replace("\nend:\n", "\n").replace("\nfill8:", "\nend:\nfill8:"),
                "fill8",
                "between start and end");
    }

    @Test
    void aLineWithoutBytesIsNamed() {
        assertListingTold(text -> text.replaceFirst("\n  [0-9a-f]{2} [0-9a-f ]{8} +ret", "\n  ret"), "ret");
    }

    @Test
    void aFeatureThatNoRowAsksForIsNotAmongTheKnown() {
        Provider provider = new Provider(isa(List.of(ROW), ASCENDING, barriers()), good(), Set.of("wide"));
        assertThat(provider.features(THAT)).as("what the contract finds").containsExactly("wide");
        assertThat(provider.knownFeatures()).isEmpty();
    }
}
