package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.Test;

class IsaTest {

    private static final Map<Barrier, String> BARRIERS = Map.of(
            Barrier.TO_DEVICE,
            "",
            Barrier.FROM_DEVICE,
            "",
            Barrier.FLUSH_WRITE_COMBINING,
            "",
            Barrier.END_COMBINING,
            "",
            Barrier.ORDER_DEVICE,
            "",
            Barrier.FULL,
            "sync");

    private static final Isa WEAK = new Isa(
            "weak",
            List.of(
                    row(CacheMode.NORMAL, "", 16, 16),
                    row(CacheMode.DEVICE, "", 8, 8),
                    row(CacheMode.DEVICE, "wide", 16, 32)),
            List.of(ascending("", 8), ascending("atomic", 16)),
            BARRIERS);

    @Test
    void theLastRowThatAppliesCounts() {
        assertThat(WEAK.rules(CacheMode.DEVICE, Set.of("wide")).widestWrite()).isEqualTo(32);
    }

    @Test
    void aRowWhoseFeatureIsMissingDoesNotApply() {
        assertThat(WEAK.rules(CacheMode.DEVICE, Set.of()).widestWrite()).isEqualTo(8);
    }

    @Test
    void aMissingFeatureIsToldInTheNotes() {
        assertThat(WEAK.rules(CacheMode.DEVICE, Set.of()).notes())
                .singleElement()
                .asString()
                .contains("wide", "not there", "32-byte writes");
    }

    @Test
    void ascendingTransfersOfNormalMemoryAreNarrowerWhereOrderTakesInstructions() {
        assertThat(WEAK.rules(CacheMode.NORMAL, Set.of()).widest(Direction.WRITE, TransferOrder.ASCENDING))
                .isEqualTo(8);
        assertThat(WEAK.rules(CacheMode.NORMAL, Set.of()).widest(Direction.WRITE, TransferOrder.RELAXED))
                .isEqualTo(16);
    }

    @Test
    void theLastAscendingRowThatAppliesCounts() {
        assertThat(WEAK.rules(CacheMode.NORMAL, Set.of("atomic")).widest(Direction.READ, TransferOrder.ASCENDING))
                .isEqualTo(16);
    }

    @Test
    void whereTheProgramsOrderDoesAscendingUnitsAreAsWideAsAny() {
        assertThat(WEAK.rules(CacheMode.DEVICE, Set.of("wide")).widest(Direction.WRITE, TransferOrder.ASCENDING))
                .isEqualTo(32);
    }

    @Test
    void theSourceOfAnAscendingRowIsOneOfTheRules() {
        assertThat(WEAK.rules(CacheMode.NORMAL, Set.of()).source()).contains("manual of 8");
        assertThat(WEAK.rules(CacheMode.DEVICE, Set.of()).source()).doesNotContain("manual");
    }

    @Test
    void aMissingFeatureOfAnAscendingRowIsToldInTheNotes() {
        assertThat(WEAK.rules(CacheMode.NORMAL, Set.of()).notes())
                .singleElement()
                .asString()
                .contains("atomic", "not there", "16-byte units");
    }

    @Test
    void theFeaturesAreThoseOfBothTables() {
        assertThat(WEAK.features()).containsExactly("wide", "atomic");
    }

    @Test
    void aModeWithoutARowIsAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WEAK.rules(CacheMode.UNKNOWN, Set.of()))
                .withMessageContaining("UNKNOWN");
    }

    private static AscendingRow ascending(String feature, int unit) {
        return new AscendingRow(
                Set.of(CacheMode.NORMAL),
                feature,
                unit,
                "fromDeviceOrdered" + unit,
                "toDeviceOrdered" + unit,
                "copyOrdered" + unit,
                "manual of " + unit);
    }

    private static IsaRow row(CacheMode mode, String feature, int widestRead, int widestWrite) {
        return new IsaRow(
                Set.of(mode),
                feature,
                Unaligned.ILLEGAL,
                "fromDevice" + widestRead,
                widestRead,
                "toDevice" + widestWrite,
                widestWrite,
                "fill" + widestWrite,
                "test");
    }
}
