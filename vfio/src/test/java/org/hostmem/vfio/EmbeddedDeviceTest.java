package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.junit.jupiter.api.Test;

class EmbeddedDeviceTest {

    @Test
    void reportsTheRegionsOfAGh100() {
        try (Device device = EmbeddedDevice.open()) {
            assertThat(device.regions()).extracting(Region::index).containsExactly(0, 1, 2, 3, 4, 5, 7);
            assertThat(device.region(0).capabilities().size()).isEqualTo(16L << 20);
            assertThat(device.region(0).capabilities().cacheMode()).isEqualTo(CacheMode.NONCACHED);
            assertThat(device.region(2).capabilities().size()).isEqualTo(2L << 30);
            assertThat(device.region(2).capabilities().cacheMode()).isEqualTo(CacheMode.WRITE_COMBINING);
            assertThat(device.region(4).capabilities().size()).isEqualTo(128L << 30);
            assertThat(device.region(4).capabilities().cacheMode()).isEqualTo(CacheMode.NORMAL);
            assertThat(device.region(4).capabilities().cacheModeSource()).isEqualTo(CacheModeSource.REPORTED);
        }
    }

    @Test
    void withoutADecoderTheModesAreUnknown() {
        try (Device device = EmbeddedDevice.open(VfioOptions.none().asserting(1, CacheMode.DEVICE))) {
            assertThat(device.region(0).capabilities().cacheMode()).isEqualTo(CacheMode.UNKNOWN);
            assertThat(device.region(0).capabilities().cacheModeSource()).isEqualTo(CacheModeSource.UNKNOWN);
            assertThat(device.region(0).info().capabilities())
                    .hasOnlyElementsOfType(InfoCapability.Unknown.class)
                    .hasSize(1);
            assertThat(device.region(1).capabilities().cacheMode()).isEqualTo(CacheMode.DEVICE);
            assertThat(device.region(1).capabilities().cacheModeSource()).isEqualTo(CacheModeSource.ASSERTED);
        }
    }

    @Test
    void everyMappableRegionIsReadAndWrittenAtBothEnds() {
        try (Device device = EmbeddedDevice.open()) {
            for (int index : new int[] {0, 1, 2, 3, 4}) {
                try (HostMemoryAccessor bar = device.region(index).open(AccessOptions.DEFAULT)) {
                    bar.writeLong(bar.size() - 8, 0x0102030405060708L);
                    assertThat(bar.readLong(bar.size() - 8)).isEqualTo(0x0102030405060708L);
                    assertThat(bar.readByte(bar.size() - 8)).isEqualTo((byte) 8);
                    bar.writeInt(8, 42);
                    assertThat(bar.readInt(8)).isEqualTo(42);
                }
            }
        }
    }

    @Test
    void theFirstRegisterIdentifiesTheDevice() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor registers =
                        device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            assertThat(registers.readInt(0)).isEqualTo(EmbeddedDevice.ID);
        }
    }

    @Test
    void theHoleReadsAsOnesAndDropsWrites() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor bar = device.region(EmbeddedDevice.MSIX).open(AccessOptions.DEFAULT)) {
            bar.writeInt(0x20000, 5);
            assertThat(bar.readInt(0x20000)).isEqualTo(-1);
            bar.writeInt(0x1fffc, 5);
            assertThat(bar.readInt(0x1fffc)).isEqualTo(5);
            bar.writeInt(0x30000, 6);
            assertThat(bar.readInt(0x30000)).isEqualTo(6);
            assertThat(bar.planScalar(0x1fffe, 4)).hasToString("SPLIT 2@131070 2@131072");
            assertThat(bar.readInt(0x1fffe)).isEqualTo(0xffff0000);
        }
    }

    @Test
    void anUnmappableRegionIsReachedBySystemCalls() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor ports = device.region(EmbeddedDevice.PORTS).open(AccessOptions.DEFAULT)) {
            ports.writeLong(8, 0x0102030405060708L);
            assertThat(ports.readLong(8)).isEqualTo(0x0102030405060708L);
            assertThat(ports.readShort(9)).isEqualTo((short) 0x0607);
            assertThat(ports.planScalar(8, 8).verdict()).isEqualTo(AccessPlan.Verdict.SPLIT);
            assertThat(ports.planScalar(8, 8)).hasToString("SPLIT 4@8 4@12");
        }
    }

    @Test
    void withMemoryDisabledAnAccessIsAFaultAndAfterwardsTheContentsAreThere() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor registers =
                        device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT);
                HostMemoryAccessor ports = device.region(EmbeddedDevice.PORTS).open(AccessOptions.DEFAULT)) {
            assumeTrue(
                    registers.guarantees().contains(Guarantee.PRECISE_FAULTS),
                    "the provider on this host reports no precise faults");
            registers.writeInt(0x10, 7);
            device.setMemoryEnabled(false);
            assertThat(device.memoryEnabled()).isFalse();
            assertThatThrownBy(() -> registers.readInt(0x10))
                    .isInstanceOf(RegionFaultException.class)
                    .hasMessageContaining("0x10");
            assertThatThrownBy(() -> registers.writeInt(0x10, 8)).isInstanceOf(RegionFaultException.class);
            assertThatThrownBy(() -> ports.readInt(0))
                    .isInstanceOf(RegionFaultException.class)
                    .hasMessageContaining("pread: EIO");
            try (HostMemoryAccessor openedLater =
                    device.region(0).open(AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST))) {
                assertThat(openedLater.readInt(0)).isEqualTo(-1);
                openedLater.writeInt(0, 1);
                device.setMemoryEnabled(true);
                assertThat(openedLater.readInt(0)).isZero();
            }
            assertThat(registers.readInt(0x10)).isEqualTo(7);
        }
    }

    @Test
    void theCommandRegisterStandsInTheConfigurationSpace() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor config = device.region(Region.CONFIG).open(AccessOptions.DEFAULT)) {
            assertThat(config.readShort(4)).isEqualTo((short) 0x103);
            assertThat(device.busMaster()).isFalse();
            device.setBusMaster(true);
            assertThat(config.readShort(4)).isEqualTo((short) 0x107);
            device.reset();
            assertThat(config.readShort(4)).isEqualTo((short) 0x103);
        }
    }

    @Test
    void closingTheDeviceClosesItsAccessors() {
        Device device = EmbeddedDevice.open();
        HostMemoryAccessor mapped = device.region(0).open(AccessOptions.DEFAULT);
        HostMemoryAccessor sparse = device.region(EmbeddedDevice.MSIX).open(AccessOptions.DEFAULT);
        HostMemoryAccessor ports = device.region(EmbeddedDevice.PORTS).open(AccessOptions.DEFAULT);
        device.close();
        device.close();
        for (HostMemoryAccessor accessor : new HostMemoryAccessor[] {mapped, sparse, ports}) {
            assertThatThrownBy(() -> accessor.readInt(0)).isInstanceOf(RegionClosedException.class);
            accessor.close();
        }
        assertThatThrownBy(() -> device.region(0).open(AccessOptions.DEFAULT))
                .isInstanceOf(RegionClosedException.class);
        assertThatThrownBy(() -> device.region(7).open(AccessOptions.DEFAULT))
                .isInstanceOf(RegionClosedException.class);
        assertThatThrownBy(device::reset).isInstanceOf(RegionClosedException.class);
        assertThatThrownBy(device::memoryEnabled).isInstanceOf(RegionClosedException.class);
    }

    @Test
    void anAbsentRegionIsAnErrorThatListsThoseThereAre() {
        try (Device device = EmbeddedDevice.open()) {
            assertThatThrownBy(() -> device.region(6))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("0 (BAR0, 16777216 bytes)")
                    .hasMessageContaining("7 (CONFIG");
        }
    }

    @Test
    void bigEndianScalarsAreSwappedInHolesAndAreasAlike() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor ports =
                        device.region(EmbeddedDevice.PORTS).open(AccessOptions.DEFAULT.with(ByteOrder.BIG_ENDIAN))) {
            ports.writeInt(0, 0x01020304);
            assertThat(ports.readByte(0)).isEqualTo((byte) 1);
            assertThat(ports.readInt(1)).isEqualTo(0x02030400);
        }
    }
}
