package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.RegionInfoException.Violation;
import org.hostmem.vfio.region.Report;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class RegionInfoParserTest {

    private static final int PAGE = 4096;
    private static final int FLAGS = RegionInfo.FLAG_READ | RegionInfo.FLAG_WRITE | RegionInfo.FLAG_MMAP;
    private static final List<Area> AREAS = List.of(new Area(0, 0x1000), new Area(0x2000, 0xe000));

    private static Report report() {
        return new Report(1, FLAGS, 0x10000, 1L << 40);
    }

    /** Three capabilities: sparse at 32 (48 bytes), cache mode at 80, MSI-X at 96. */
    private static ByteBuffer full() {
        return report().sparse(AREAS)
                .cacheMode(0x8001, 1)
                .capability(3, 1, Report.buffer(0))
                .bytes();
    }

    private static RegionInfo parse(ByteBuffer bytes) {
        return RegionInfoParser.parse(bytes, PAGE);
    }

    private static void assertViolates(ByteBuffer bytes, Violation violation) {
        assertThatThrownBy(() -> parse(bytes))
                .isInstanceOf(RegionInfoException.class)
                .hasMessageStartingWith(violation.name())
                .extracting(thrown -> ((RegionInfoException) thrown).violation())
                .isEqualTo(violation);
    }

    private static ByteBuffer littleEndian(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    @Test
    void readsWhatARealKernelReportedForAnNvmeBar() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
        RegionInfo info = parse(littleEndian(
                "28000000 0f000000 00000000 20000000 0040000000000000 0000000000000000 0300 0100 00000000"));
        assertThat(info).isEqualTo(new RegionInfo(0, 0xf, 0x4000, 0, List.of(new InfoCapability.MsixMappable())));
        assertThat(info.areas()).containsExactly(new Area(0, 0x4000));
        assertThat(info.flagNames()).isEqualTo("READ WRITE MMAP CAPS");
    }

    @Test
    void readsWhatARealKernelReportedForADeviceSpecificRegion() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
        RegionInfo info = parse(
                littleEndian("30000000 0b000000 09000000 20000000 0010000000000000 0090000000000000 0200 0100 00000000"
                        + " 01000000 01000000"));
        assertThat(info.capability(InfoCapability.Type.class)).contains(new InfoCapability.Type(1, 1));
        assertThat(info.areas()).isEmpty();
    }

    @Test
    void readsAChainAndKeepsWhatItDoesNotKnow() {
        RegionInfo info = parse(full());
        assertThat(info.index()).isEqualTo(1);
        assertThat(info.fdOffset()).isEqualTo(1L << 40);
        assertThat(info.areas()).isEqualTo(AREAS);
        assertThat(info.capabilities()).hasSize(3);
        assertThat(info.capabilities().get(1))
                .hasToString(
                        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
                                ? "Unknown[id=0x8001, version=1, body=0100000000000000]"
                                : "Unknown[id=0x8001, version=1, body=0000000100000000]");
        assertThat(info).isEqualTo(parse(full())).hasSameHashCodeAs(parse(full()));
    }

    @Test
    void aKnownCapabilityOfAnUnknownVersionIsUnknown() {
        RegionInfo info = parse(report().capability(1, 2, Report.buffer(8)).bytes());
        assertThat(info.capabilities()).hasOnlyElementsOfType(InfoCapability.Unknown.class);
        assertThat(info.areas()).containsExactly(new Area(0, 0x10000));
    }

    @Test
    void withoutTheFlagThereIsNoChain() {
        ByteBuffer bytes = full();
        bytes.putInt(4, FLAGS);
        assertThat(parse(bytes).capabilities()).isEmpty();
        assertThat(parse(full().putInt(12, 0)).capabilities()).isEmpty();
    }

    @Test
    void areasAreSortedAndEmptyOnesLeftOutAndTheLastMayEndWithTheRegion() {
        ByteBuffer bytes = new Report(0, FLAGS, 0x3100, 0)
                .sparse(List.of(new Area(0x2000, 0x1100), new Area(0, 0x1000), new Area(0x1000, 1)))
                .bytes();
        bytes.putLong(32 + 16 + 2 * 16 + 8, 0);
        assertThat(parse(bytes).areas()).containsExactly(new Area(0, 0x1000), new Area(0x2000, 0x1100));
    }

    @Test
    void aSparseRegionWithoutAreasCannotBeMapped() {
        assertThat(parse(report().sparse(List.of()).bytes()).areas()).isEmpty();
    }

    @Test
    void theBytesAreNotChangedAndTheirPositionCounts() {
        ByteBuffer shifted = ByteBuffer.allocate(200).position(8);
        shifted.put(full()).flip().position(8);
        assertThat(parse(shifted)).isEqualTo(parse(full()));
        assertThat(shifted.position()).isEqualTo(8);
    }

    @Test
    void namesWhatIsWrongWithTheReport() {
        assertViolates(ByteBuffer.allocate(31), Violation.INFO_TRUNCATED);
        assertViolates(ByteBuffer.allocate(RegionInfoParser.MAX_SIZE + 1), Violation.INFO_TOO_LARGE);
        assertViolates(full().putInt(0, 31), Violation.ARGSZ);
        assertViolates(full().putInt(0, 105), Violation.ARGSZ);
        assertViolates(full().putInt(0, -1), Violation.ARGSZ);
        assertViolates(full().putLong(16, -1), Violation.SIZE_OVERFLOW);
        assertViolates(full().putLong(24, Long.MIN_VALUE), Violation.SIZE_OVERFLOW);
        assertViolates(full().putLong(24, Long.MAX_VALUE - 5), Violation.SIZE_OVERFLOW);
    }

    @Test
    void namesWhatIsWrongWithTheChain() {
        assertViolates(full().putInt(12, 24), Violation.CAPABILITY_IN_INFO);
        assertViolates(full().putInt(12, 36), Violation.CAPABILITY_MISALIGNED);
        assertViolates(full().putInt(12, 104), Violation.CAPABILITY_TRUNCATED);
        assertViolates(full().putInt(12, 0xfffffff8), Violation.CAPABILITY_TRUNCATED);
        assertViolates(full().putInt(84, 81), Violation.CAPABILITY_OVERLAP);
        assertViolates(full().putInt(84, 92), Violation.CAPABILITY_MISALIGNED);
        assertViolates(full().putInt(84, 4096), Violation.CAPABILITY_TRUNCATED);
        assertViolates(full().putInt(84, 80), Violation.CAPABILITY_CYCLE);
        assertViolates(full().putInt(100, 32), Violation.CAPABILITY_CYCLE);
        assertViolates(full().putInt(84, 40), Violation.CAPABILITY_BACKWARDS);
        assertViolates(full().putInt(84, 8), Violation.CAPABILITY_BACKWARDS);
        assertViolates(full().putInt(36, 56), Violation.CAPABILITY_OVERLAP);
        assertViolates(report().capability(2, 1, Report.buffer(0)).bytes(), Violation.CAPABILITY_TRUNCATED);
        assertViolates(
                report().capability(3, 1, Report.buffer(0))
                        .capability(3, 1, Report.buffer(0))
                        .bytes(),
                Violation.CAPABILITY_DUPLICATE);
    }

    @Test
    void namesWhatIsWrongWithTheAreas() {
        assertViolates(full().putInt(40, 5), Violation.AREA_COUNT);
        assertViolates(full().putInt(40, -1), Violation.AREA_COUNT);
        assertViolates(full().putInt(40, 3), Violation.CAPABILITY_OVERLAP);
        assertViolates(full().putLong(72, 0xf000), Violation.AREA_OUTSIDE);
        assertViolates(full().putLong(64, -0x1000), Violation.AREA_OUTSIDE);
        assertViolates(full().putLong(64, 0x7fff_ffff_ffff_f000L), Violation.AREA_OUTSIDE);
        assertViolates(full().putLong(56, 0x3000), Violation.AREA_OVERLAP);
    }

    @Test
    void anAreaThatIsNotMadeOfPagesIsPossibleAndNotMapped() {
        RegionInfo cut = parse(full().putLong(48, 0x800));
        assertThat(cut.unmappable())
                .extracting(RegionInfo.Unmappable::area)
                .hasSize(1)
                .allMatch(area -> area.offset() == 0x800);
        assertThat(cut.unmappable().getFirst().reason()).contains("0x1000");
        assertThat(cut.areas())
                .hasSize(1)
                .doesNotContain(cut.unmappable().getFirst().area());
        assertThat(cut.reportedAreas()).hasSize(2);
        assertThat(parse(full().putLong(56, 0x800)).unmappable()).hasSize(1);
        RegionInfo off = parse(full().putLong(24, 0x800));
        assertThat(off.areas()).isEmpty();
        assertThat(off.unmappable()).hasSize(2).allMatch(one -> one.reason().contains("0x800"));
    }

    @Test
    void everyTruncationIsAnErrorOrAShorterReport() {
        ByteBuffer whole = full();
        for (int length = 0; length < whole.limit(); length++) {
            ByteBuffer cut = full().limit(length);
            assertThat(catchThrowable(() -> parse(cut)))
                    .as("cut to %d", length)
                    .isInstanceOf(RegionInfoException.class);
            if (length >= 32) {
                ByteBuffer consistent = full().putInt(0, length).limit(length);
                assertThat(catchThrowable(() -> parse(consistent)))
                        .as("cut to %d, argsz too", length)
                        .isInstanceOf(RegionInfoException.class);
            }
        }
    }

    @Test
    void noMutationGivesAnythingButTheTypedError() {
        Random random = new Random(20261124);
        int[] lively = {
            0,
            1,
            4,
            8,
            16,
            24,
            32,
            40,
            48,
            80,
            96,
            104,
            0x1000,
            0xffff,
            -1,
            Integer.MIN_VALUE,
            Integer.MAX_VALUE,
            0x10000
        };
        Set<Violation> seen = EnumSet.noneOf(Violation.class);
        for (int round = 0; round < 200_000; round++) {
            ByteBuffer bytes = full();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                int at = random.nextInt(bytes.limit() / 4) * 4;
                switch (random.nextInt(3)) {
                    case 0 -> bytes.putInt(at, lively[random.nextInt(lively.length)]);
                    case 1 -> bytes.put(at + random.nextInt(4), (byte) random.nextInt());
                    default -> bytes.putInt(at, random.nextInt());
                }
            }
            if (random.nextInt(4) == 0) {
                bytes.limit(random.nextInt(bytes.limit() + 1));
            }
            try {
                parse(bytes);
            } catch (RegionInfoException typed) {
                seen.add(typed.violation());
            }
        }
        assertThat(seen).hasSizeGreaterThan(12);
    }

    @Test
    void theLongestPossibleChainTakesNoTime() {
        Report report = report();
        for (int at = 32; at + 8 <= RegionInfoParser.MAX_SIZE; at += 8) {
            report.capability(9, 1, Report.buffer(0));
        }
        ByteBuffer bytes = report.bytes();
        RegionInfo info = Assertions.assertTimeout(Duration.ofSeconds(2), () -> parse(bytes));
        assertThat(info.capabilities()).hasSize((RegionInfoParser.MAX_SIZE - 32) / 8);
    }
}
