package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hostmem.vfio.PciCapability.Express;
import org.hostmem.vfio.PciCapability.ExtendedVendor;
import org.hostmem.vfio.PciCapability.Link;
import org.hostmem.vfio.PciCapability.Msi;
import org.hostmem.vfio.PciCapability.MsiX;
import org.hostmem.vfio.PciCapability.Other;
import org.hostmem.vfio.PciCapability.Place;
import org.hostmem.vfio.PciCapability.PowerManagement;
import org.hostmem.vfio.PciCapability.Vendor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSpaceTest {

    @Test
    void theHeaderIsDecoded() {
        ConfigSpace config = new ConfigBytes(64)
                .put2(4, 0x406)
                .put(8, 0x12, 0x01, 0x08, 0x02)
                .put(0xe, 0x80)
                .put2(0x2c, 0xabcd)
                .put2(0x2e, 0xef01)
                .put(0x3d, 2)
                .decode();
        assertThat(config.vendor()).isEqualTo(0x1234);
        assertThat(config.device()).isEqualTo(0x5678);
        assertThat(config.command()).isEqualTo(0x406);
        assertThat(config.revision()).isEqualTo(0x12);
        assertThat(config.classCode()).isEqualTo(0x020801);
        assertThat(config.headerType()).isZero();
        assertThat(config.multiFunction()).isTrue();
        assertThat(config.subsystemVendor()).contains(0xabcd);
        assertThat(config.subsystemDevice()).contains(0xef01);
        assertThat(config.interruptPin()).isEqualTo(2);
        assertThat(config.capabilities()).isEmpty();
        assertThat(config.violations()).isEmpty();
    }

    @Test
    void aBridgeHasItsSubsystemInACapability() {
        ConfigBytes bridge = new ConfigBytes(256).put(0xe, 1).put2(0x2c, 0xabcd);
        assertThat(bridge.decode().subsystemVendor()).isEmpty();
        ConfigSpace named = bridge.first(0x40, 0xd).put4(0x44, 0x2222_1111).decode();
        assertThat(named.subsystemVendor()).contains(0x1111);
        assertThat(named.subsystemDevice()).contains(0x2222);
    }

    @Test
    void powerManagementIsDecoded() {
        ConfigSpace config = new ConfigBytes(256)
                .first(0x50, 1)
                .put2(0x52, 0x203)
                .put2(0x54, 0x810b)
                .decode();
        assertThat(config.capability(PowerManagement.class))
                .contains(new PowerManagement(0x50, 3, Set.of(PowerState.D1), PowerState.D3HOT, true, true, true));
    }

    @Test
    void msiIsDecodedWithBothWidthsOfItsAddress() {
        ConfigBytes bytes = new ConfigBytes(256)
                .first(0x60, 5)
                .put2(0x62, 0x1b7)
                .put4(0x64, 0xfee0_0000)
                .put4(0x68, 0x12)
                .put2(0x6c, 0x4041);
        assertThat(bytes.decode().capability(Msi.class))
                .contains(new Msi(0x60, 8, 8, true, true, true, 0x12_fee0_0000L, 0x4041));
        assertThat(bytes.put2(0x62, 0x16).decode().capability(Msi.class))
                .contains(new Msi(0x60, 8, 2, false, false, false, 0xfee0_0000L, 0x12));
    }

    @Test
    void msiXIsDecoded() {
        ConfigSpace config = new ConfigBytes(256)
                .first(0x70, 0x11)
                .put2(0x72, 0xc007)
                .put4(0x74, 0x2003)
                .put4(0x78, 0x8000_0005)
                .decode();
        assertThat(config.capability(MsiX.class))
                .contains(new MsiX(0x70, 8, true, true, new Place(3, 0x2000), new Place(5, 0x8000_0000L)));
    }

    @Test
    void expressIsDecodedWithItsLink() {
        ConfigSpace config = new ConfigBytes(256)
                .first(0x80, 0x10)
                .put2(0x82, 0x2)
                .put4(0x84, 0x1000_8002)
                .put2(0x88, 0x5020)
                .put4(0x8c, 0x104)
                .put2(0x92, 0x83)
                .decode();
        assertThat(config.capability(Express.class))
                .contains(new Express(
                        0x80, 2, 0, 512, 256, 4096, true, Optional.of(new Link(4, 16)), Optional.of(new Link(3, 8))));
        assertThat(new Link(4, 16).speed()).isEqualTo("16");
        assertThat(new Link(0, 0).speed()).isEqualTo("unknown");
    }

    @Test
    void aFunctionOfTheRootComplexHasNoLink() {
        ConfigSpace config =
                new ConfigBytes(256).first(0xf4, 0x10).put2(0xf6, 0x91).decode();
        assertThat(config.capability(Express.class).orElseThrow().link()).isEmpty();
        assertThat(config.violations()).isEmpty();
    }

    @Test
    void capabilitiesOfVendorsAreFoundInBothLists() {
        ConfigSpace config = new ConfigBytes(4096)
                .first(0x90, 9)
                .put(0x92, 16)
                .put4(0x100, 0x1401_000b)
                .put4(0x104, 0x0183_0042)
                .put4(0x140, 0x0002_0003)
                .decode();
        assertThat(config.capabilities())
                .containsExactly(
                        new Vendor(0x90, 16), new ExtendedVendor(0x100, 1, 0x42, 3, 0x18), new Other(3, 0x140, 2));
        assertThat(config.capabilities().getLast().extended()).isTrue();
    }

    @Test
    void withoutTheBitInTheStatusThereAreNoCapabilities() {
        assertThat(new ConfigBytes(256).first(0x40, 1).put2(6, 0).decode().capabilities())
                .isEmpty();
    }

    @Test
    void aListThatComesBackEndsWhereItDoes() {
        ConfigSpace config = new ConfigBytes(256)
                .first(0x40, 3)
                .put(0x41, 0x48)
                .put(0x48, 2, 0x40)
                .decode();
        assertThat(config.capabilities()).containsExactly(new Other(3, 0x40, 0), new Other(2, 0x48, 0));
        assertThat(config.violations()).singleElement().asString().contains("0x40", "twice");
    }

    @Test
    void anExtendedListThatComesBackEndsWhereItDoes() {
        ConfigSpace config = new ConfigBytes(4096)
                .put4(0x100, 0x2001_0003)
                .put4(0x200, 0x1001_0001)
                .decode();
        assertThat(config.capabilities()).extracting(PciCapability::id).containsExactly(3, 1);
        assertThat(config.violations()).singleElement().asString().contains("0x100", "twice");
    }

    @Test
    void aCapabilityInTheHeaderIsImpossible() {
        ConfigSpace config = new ConfigBytes(256).first(0x10, 1).decode();
        assertThat(config.capabilities()).isEmpty();
        assertThat(config.violations()).singleElement().asString().contains("0x10", "before 0x40");
    }

    @Test
    void anExtendedCapabilityAmongTheConventionalOnesIsImpossible() {
        ConfigSpace config = new ConfigBytes(4096).put4(0x100, 0x0401_0003).decode();
        assertThat(config.capabilities()).hasSize(1);
        assertThat(config.violations()).singleElement().asString().contains("0x40", "before 0x100");
    }

    @Test
    void aCapabilityOfOnesIsNone() {
        ConfigSpace config = new ConfigBytes(256)
                .first(0x40, 9)
                .put(0x41, 0x80)
                .put4(0x80, -1)
                .decode();
        assertThat(config.capabilities()).hasSize(1);
        assertThat(config.violations()).singleElement().asString().contains("0x80", "ones");
    }

    @Test
    void aCapabilityBehindTheEndIsImpossible() {
        ConfigSpace config = new ConfigBytes(128).first(0x40, 9).put(0x41, 0xc0).decode();
        assertThat(config.capabilities()).hasSize(1);
        assertThat(config.violations()).singleElement().asString().contains("0xc0", "128 bytes");
    }

    @Test
    void aCapabilityThatIsCutOffKeepsItsNumber() {
        ConfigSpace config = new ConfigBytes(256).first(0xf8, 0x11).decode();
        assertThat(config.capabilities()).containsExactly(new Other(0x11, 0xf8, 0));
        assertThat(config.violations()).singleElement().asString().contains("0xf8", "12 bytes", "8");
    }

    @Test
    void onesAreNoAnswer() {
        byte[] ones = new byte[256];
        Arrays.fill(ones, (byte) -1);
        assertThatThrownBy(() -> ConfigSpace.of(ones)).isInstanceOf(NoAnswerException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 63, 4097})
    void anotherNumberOfBytesIsRefused(int size) {
        assertThatThrownBy(() -> ConfigSpace.of(new byte[size]))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("64 to 4096")
                .hasMessageContaining("" + size);
    }

    @Test
    void registersAreReadUnsignedAndWithinBounds() {
        ConfigSpace config = new ConfigBytes(64).put4(0x20, 0x8182_8384).decode();
        assertThat(List.of(config.read(0x20, 1), config.read(0x21, 2), config.read(0x20, 4)))
                .containsExactly(0x84L, 0x8283L, 0x8182_8384L);
        assertThatThrownBy(() -> config.read(62, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> config.read(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> config.read(0, 8)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theBytesAreACopy() {
        byte[] bytes = new ConfigBytes(64).bytes();
        ConfigSpace config = ConfigSpace.of(bytes);
        bytes[0] = 0;
        assertThat(config.vendor()).isEqualTo(0x1234);
    }

    @Test
    void anEmbeddedDeviceHasOne() {
        try (Device device = EmbeddedDevice.open()) {
            device.setPowerState(PowerState.D3HOT);
            assertThat(device.config()
                            .capability(PowerManagement.class)
                            .orElseThrow()
                            .state())
                    .isEqualTo(PowerState.D3HOT);
            assertThat(device.config().size()).isEqualTo(256);
        }
    }
}
