package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteOrder;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionCapabilities;
import org.hostmem.Transfer;
import org.hostmem.UnalignedPolicy;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.Mapping;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.junit.jupiter.api.Test;

/** An emulator reads why an access was refused from data, not from a message. */
class ReasonsTest {

    private static Reason reason(ThrowingCallable access) {
        AccessRejectedException refused = catchThrowableOfType(AccessRejectedException.class, access);
        assertThat(refused).as("was it refused?").isNotNull();
        return refused.reason();
    }

    @Test
    void eachRefusalHasItsReason() {
        for (HostMemoryProvider provider : Regions.providers()) {
            HostMemoryAccessor ram = Regions.open(provider, Regions.memory(256), CacheMode.NORMAL);
            HostMemoryAccessor device = Regions.open(provider, Regions.memory(256), CacheMode.DEVICE);
            RegionCapabilities mute = RegionCapabilities.whole(256, CacheMode.DEVICE, CacheModeSource.REPORTED)
                    .withRights(false, true);
            HostMemoryAccessor writeOnly =
                    provider.open(MappedRegion.borrowed(Regions.memory(256), mute, AccessOptions.DEFAULT));
            assertThat(reason(() -> device.readOnly().writeInt(0, 1))).isEqualTo(Reason.NOT_WRITABLE);
            assertThat(reason(() -> writeOnly.readInt(0))).isEqualTo(Reason.NOT_READABLE);
            assertThat(reason(() -> device.move(0, 1, 8, Transfer.DEFAULT.with(OverlapPolicy.REJECT))))
                    .isEqualTo(Reason.OVERLAP);
            assertThat(reason(() -> device.move(0, 1, 8, Transfer.DEFAULT.withBudget(0))))
                    .isEqualTo(Reason.BUDGET);
            assertThat(reason(device::atomics)).isEqualTo(Reason.DEVICE_MEMORY);
            assertThat(reason(device::asSegment)).isEqualTo(Reason.DEVICE_MEMORY);
            assertThat(reason(() -> ram.atomics().getAndAdd(1, 4, 1))).isEqualTo(Reason.UNALIGNED);
            if (!ram.atomics().supports(16)) {
                assertThat(reason(() -> ram.atomics().compareAndExchange16(0, new long[4])))
                        .isEqualTo(Reason.UNSUPPORTED);
            }
        }
    }

    @Test
    void anAccessAcrossRangesIsUnaligned() {
        HostMemoryProvider provider = Regions.providers().getFirst();
        AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ERROR);
        AccessOptions reject = AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT);
        space.map(Mapping.of(0, Regions.open(provider, Regions.memory(64), CacheMode.NORMAL, reject)));
        space.map(Mapping.of(64, Regions.open(provider, Regions.memory(64), CacheMode.NORMAL, reject)));
        assertThat(reason(() -> space.read(62, 4))).isEqualTo(Reason.UNALIGNED);
    }

    @Test
    void anUnalignedScalarIsRefusedAsSuchWhereTheHostCannotDoIt() {
        for (HostMemoryProvider provider : Regions.providers()) {
            HostMemoryAccessor device = Regions.open(
                    provider, Regions.memory(64), CacheMode.DEVICE, AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT));
            if (device.planScalar(1, 4).accesses() == 0) {
                assertThat(reason(() -> device.readInt(1))).isEqualTo(Reason.UNALIGNED);
            }
        }
    }
}
