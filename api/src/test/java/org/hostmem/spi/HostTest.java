package org.hostmem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostTest {

    private static final long AT_PAGESZ = 6;

    @AfterEach
    void clearProperties() {
        System.clearProperty(Host.DISABLED_PROPERTY);
        System.clearProperty(Host.REQUESTED_PROPERTY);
    }

    @Test
    void ofNoneNothingIsKnown() {
        assertThat(Host.none().cpuinfoLists("flags", "avx")).isFalse();
        assertThat(Host.none().auxv(Host.AT_HWCAP)).isZero();
        assertThat(Host.none().disabled()).isEmpty();
    }

    @Test
    void thisMachineIsUnderTheKernelsName() {
        assertThat(Host.current().isa())
                .isNotEqualTo("amd64")
                .isNotEqualTo("ppc64le")
                .isNotBlank();
        assertThat(Host.current().byteOrder()).isEqualTo(ByteOrder.nativeOrder());
    }

    @Test
    void linuxTellsOfItsCpu() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "only Linux has /proc");
        assertThat(Host.current().cpuinfo()).isNotEmpty();
        assertThat(Host.current().auxv(AT_PAGESZ)).isGreaterThanOrEqualTo(4096);
    }

    @Test
    void aWordIsListedOnlyAsAWhole() {
        Host host =
                Host.of("Linux", "x86_64", ByteOrder.LITTLE_ENDIAN).withCpuinfo(Map.of("flags", "fpu  avx2\tsse4_1"));
        assertThat(host.cpuinfoLists("flags", "avx2")).isTrue();
        assertThat(host.cpuinfoLists("flags", "sse4_1")).isTrue();
        assertThat(host.cpuinfoLists("flags", "avx")).isFalse();
        assertThat(host.cpuinfoLists("features", "avx2")).isFalse();
    }

    @Test
    void featuresAreNamedWithCommas() {
        assertThat(Host.disabledFeatures()).isEmpty();
        System.setProperty(Host.DISABLED_PROPERTY, "avx,,sse4_1,");
        assertThat(Host.disabledFeatures()).containsExactlyInAnyOrder("avx", "sse4_1");
        assertThat(Host.current().disabled()).containsExactlyInAnyOrder("avx", "sse4_1");
        System.setProperty(Host.REQUESTED_PROPERTY, "ls64");
        assertThat(Host.requestedFeatures()).containsExactly("ls64");
    }

    @Test
    void aHostCannotBeChangedFromOutside() {
        Map<String, String> cpuinfo = new HashMap<>(Map.of("flags", "avx"));
        Host host = Host.of("Linux", "x86_64", ByteOrder.LITTLE_ENDIAN).withCpuinfo(cpuinfo);
        cpuinfo.clear();
        assertThat(host.cpuinfoLists("flags", "avx")).isTrue();
    }

    @Test
    void nullIsRefused() {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> Host.of(null, "x86_64", ByteOrder.LITTLE_ENDIAN));
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> Host.of("Linux", null, ByteOrder.LITTLE_ENDIAN));
        assertThatExceptionOfType(NullPointerException.class).isThrownBy(() -> Host.of("Linux", "x86_64", null));
    }
}
