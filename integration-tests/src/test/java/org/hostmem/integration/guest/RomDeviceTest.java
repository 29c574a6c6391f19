package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.GuestRam;
import org.hostmem.guest.Mapping;
import org.hostmem.guest.RomDevice;
import org.hostmem.guest.RomDevice.Writes;
import org.junit.jupiter.api.Test;

/** A ROM device reads as memory and is written as a device. */
class RomDeviceTest {

    private record Write(long offset, int width, long value) {}

    private final HostMemoryAccessor memory = GuestRam.open(8192);
    private final List<Write> told = new ArrayList<>();
    private final HostMemoryAccessor rom =
            RomDevice.of(memory, (offset, width, value) -> told.add(new Write(offset, width, value)));

    @Test
    void readsAreTheMemorys() {
        memory.writeInt(16, 42);
        assertThat(rom.readInt(16)).isEqualTo(42);
        assertThat(told).isEmpty();
    }

    @Test
    void aWriteIsToldAndChangesNothing() {
        rom.writeShort(0x10, (short) 0x90);
        assertThat(told).containsExactly(new Write(0x10, 2, 0x90));
        assertThat(memory.readShort(0x10)).isZero();
    }

    @Test
    void aTransferIsToldUnitByUnit() {
        rom.writeBytes(6, new byte[] {1, 2, 3, 4}, 0, 4);
        assertThat(told).containsExactly(new Write(6, 2, 0x201), new Write(8, 2, 0x403));
    }

    @Test
    void aCopyIntoItIsToldAndChangesNothing() {
        HostMemoryAccessor source = GuestRam.open(16);
        source.writeLong(0, 7);
        Transfer.DEFAULT.copy(source, 0, rom, 0, 8);
        assertThat(told).containsExactly(new Write(0, 8, 7));
        assertThat(memory.readLong(0)).isZero();
    }

    @Test
    void aCopyFromItIsTheMemorys() {
        memory.writeLong(4096, 7);
        HostMemoryAccessor target = GuestRam.open(8192);
        Transfer.DEFAULT.copy(rom, 0, target, 0, 8192);
        assertThat(target.readLong(4096)).isEqualTo(7);
    }

    @Test
    void ignoredWritesAreDropped() {
        HostMemoryAccessor quiet = RomDevice.of(memory, Writes.IGNORED);
        quiet.writeLong(0, -1);
        quiet.fill(0, 64, (byte) 1);
        assertThat(quiet.readLong(0)).isZero();
    }

    @Test
    void aRefusedWriteIsAFaultOfTheGuest() {
        HostMemoryAccessor refusing = RomDevice.of(memory, (offset, width, value) -> {
            throw RegionFaultException.busError("write-protected");
        });
        assertThatExceptionOfType(RegionFaultException.class)
                .isThrownBy(() -> refusing.writeInt(12, 1))
                .returns(12L, RegionFaultException::offset)
                .returns(4, RegionFaultException::width);
    }

    @Test
    void aClosedOneTellsOfNoWrite() {
        rom.close();
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> rom.writeByte(0, (byte) 1));
        assertThat(told).isEmpty();
    }

    @Test
    void theBusUsesItAsAnyAccessor() {
        AddressSpace bus = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ERROR);
        bus.map(Mapping.of(0x1000, rom));
        bus.write(0x1008, 1, 0xff);
        assertThat(told).containsExactly(new Write(8, 1, 0xff));
        assertThat(bus.read(0x1008, 1)).isZero();
    }
}
