package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.hostmem.RegionCapabilities.Area;
import org.junit.jupiter.api.Test;

class RegionCapabilitiesTest {

    private static RegionCapabilities of(long size, Area... areas) {
        return RegionCapabilities.whole(size, CacheMode.DEVICE, CacheModeSource.REPORTED)
                .withAreas(List.of(areas));
    }

    @Test
    void areasAscendAndStayApartAndInside() {
        assertThat(of(100, new Area(0, 10), new Area(10, 20), new Area(40, 60)).areas())
                .hasSize(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(100, new Area(0, 10), new Area(9, 20)))
                .withMessageContaining("0xa");
        assertThatIllegalArgumentException().isThrownBy(() -> of(100, new Area(50, 10), new Area(0, 10)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(100, new Area(90, 11)))
                .withMessageContaining("100 bytes");
    }

    @Test
    void anAreaIsNotEmptyAndDoesNotOverflow() {
        for (long[] area : new long[][] {{-1, 1}, {0, 0}, {0, -1}, {Long.MAX_VALUE, 1}, {1, Long.MAX_VALUE}}) {
            assertThatIllegalArgumentException().isThrownBy(() -> new Area(area[0], area[1]));
        }
        assertThat(new Area(0, Long.MAX_VALUE).end()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void theSizeIsNotNegative() {
        assertThatIllegalArgumentException().isThrownBy(() -> of(-1)).withMessageContaining("-1");
    }

    @Test
    void aSizeThatIsNegativeIsSaidToBeTheSize() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RegionCapabilities.whole(-1, CacheMode.NORMAL, CacheModeSource.BY_CONSTRUCTION))
                .withMessageContaining("-1 bytes");
    }

    /** As in a message: no address is decimal, and none negative. */
    @Test
    void anAreaIsWrittenInHexadecimal() {
        assertThat(new Area(0x1000, 0x2000)).hasToString("[0x1000, 0x3000)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Area(-4096, 1))
                .withMessageContaining("0xfffffffffffff000")
                .withMessageNotContaining("-4096");
    }

    @Test
    void nullIsRefused() {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> RegionCapabilities.whole(1, null, CacheModeSource.REPORTED)
                        .withAreas(List.of()));
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() ->
                        RegionCapabilities.whole(1, CacheMode.DEVICE, null).withAreas(List.of()));
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> RegionCapabilities.whole(1, CacheMode.DEVICE, CacheModeSource.REPORTED)
                        .withAreas(null));
    }

    @Test
    void theAreasCannotBeChangedFromOutside() {
        List<Area> areas = new ArrayList<>(List.of(new Area(0, 1)));
        RegionCapabilities region = RegionCapabilities.whole(10, CacheMode.DEVICE, CacheModeSource.REPORTED)
                .withAreas(areas);
        areas.add(new Area(0, 1));
        assertThat(region.areas()).hasSize(1);
    }

    @Test
    void aWholeRegionIsOneAreaUnlessItIsEmpty() {
        assertThat(RegionCapabilities.whole(10, CacheMode.NORMAL, CacheModeSource.ASSERTED)
                        .areas())
                .containsExactly(new Area(0, 10));
        assertThat(RegionCapabilities.whole(0, CacheMode.NORMAL, CacheModeSource.ASSERTED)
                        .mappable())
                .isFalse();
    }

    @Test
    void readOnlyTakesTheRightToWriteAndNothingElse() {
        RegionCapabilities region = of(10, new Area(2, 3));
        assertThat(region.readOnly().writable()).isFalse();
        assertThat(region.readOnly())
                .isEqualTo(RegionCapabilities.whole(10, CacheMode.DEVICE, CacheModeSource.REPORTED)
                        .withAreas(region.areas())
                        .withRights(true, false));
    }

    /** Byte by byte: a slice maps what the region maps there. */
    @Test
    void aSliceMapsWhatTheRegionMapsThere() {
        RegionCapabilities region = of(24, new Area(2, 5), new Area(7, 1), new Area(12, 6));
        for (int from = 0; from <= 24; from++) {
            for (int length = 0; from + length <= 24; length++) {
                RegionCapabilities slice = region.slice(from, length);
                assertThat(slice.size()).isEqualTo(length);
                for (int at = 0; at < length; at++) {
                    assertThat(mapped(slice, at))
                            .as("byte %d of [%d, +%d)", at, from, length)
                            .isEqualTo(mapped(region, from + at));
                }
            }
        }
    }

    private static boolean mapped(RegionCapabilities region, long offset) {
        return region.areas().stream().anyMatch(area -> area.offset() <= offset && offset < area.end());
    }
}
