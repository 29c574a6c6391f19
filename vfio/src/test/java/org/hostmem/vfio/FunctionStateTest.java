package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.vfio.device.FunctionState;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.region.RegionIo;
import org.junit.jupiter.api.Test;

/** Faults that are foreseen: the memory bit and the power state of a PCI function, on the embedded device. */
class FunctionStateTest {

    /** Where the embedded device has its power register. */
    private static final int POWER_CONTROL = 0x44;

    private static RegionFaultException foreseen(Runnable access, String advice) {
        RegionFaultException[] seen = {null};
        assertThatThrownBy(access::run).isInstanceOfSatisfying(RegionFaultException.class, fault -> {
            assertThat(fault.isForeseen())
                    .as("foreseen: %s", fault.getMessage())
                    .isTrue();
            assertThat(fault).hasMessageContaining(advice);
            assertThat(fault.completed()).isZero();
            assertThat(fault.side()).isEqualTo(RegionFaultException.Side.REGION);
            seen[0] = fault;
        });
        return seen[0];
    }

    @Test
    void withMemoryOffEveryAccessIsRefusedWithWhatToDoAndGoesOnAfterwards() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor bar = device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            device.setMemoryEnabled(false);
            RegionFaultException read = foreseen(() -> bar.readInt(0x10), "Device.setMemoryEnabled(true)");
            assertThat(read.offset()).isEqualTo(0x10);
            assertThat(read.width()).isEqualTo(4);
            assertThat(read.direction()).isEqualTo(Direction.READ);
            assertThat(foreseen(() -> bar.writeLong(0x18, 1), "--memory on").direction())
                    .isEqualTo(Direction.WRITE);
            assertThat(foreseen(() -> bar.writeBytes(0x21, new byte[100], 0, 100), "memory is off")
                            .width())
                    .isEqualTo(1);
            foreseen(() -> bar.readBytes(0, new byte[8], 0, 8), "memory is off");
            foreseen(() -> bar.fill(0, 8, (byte) 1), "memory is off");
            foreseen(() -> bar.check(Direction.READ, 0, 4), "memory is off");
            foreseen(() -> bar.move(0, 64, 32, Transfer.DEFAULT.withBudget(64)), "memory is off");
            device.setMemoryEnabled(true);
            assertThat(bar.readInt(0)).isEqualTo(EmbeddedDevice.ID);
        }
    }

    @Test
    void viewsAreRefusedTooThoseThatAreMadeMeanwhileAsWell() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor bar = device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            HostMemoryAccessor before = bar.slice(0, 16);
            device.setMemoryEnabled(false);
            HostMemoryAccessor meanwhile = bar.readOnly().slice(0, 8);
            foreseen(() -> before.readInt(0), "memory is off");
            foreseen(() -> meanwhile.readInt(0), "memory is off");
            device.setMemoryEnabled(true);
            assertThat(before.readInt(0)).isEqualTo(EmbeddedDevice.ID);
            assertThat(meanwhile.readInt(0)).isEqualTo(EmbeddedDevice.ID);
        }
    }

    @Test
    void aRegionThatIsOpenedWhileMemoryIsOffIsRefusedToo() {
        try (Device device = EmbeddedDevice.open()) {
            device.setMemoryEnabled(false);
            try (HostMemoryAccessor bar = device.region(4).open(AccessOptions.DEFAULT);
                    HostMemoryAccessor holed =
                            device.region(EmbeddedDevice.MSIX).open(AccessOptions.DEFAULT)) {
                foreseen(() -> bar.readLong(8), "memory is off");
                foreseen(() -> bar.asSegment(), "memory is off");
                assertThat(foreseen(() -> holed.readInt(0x30008), "memory is off")
                                .offset())
                        .isEqualTo(0x30008);
                device.setMemoryEnabled(true);
                assertThat(bar.readLong(8)).isZero();
                assertThat(bar.asSegment().byteSize()).isEqualTo(bar.size());
                assertThat(holed.readInt(0x30008)).isZero();
            }
        }
    }

    @Test
    void boundsComeFirst() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor bar = device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            device.setMemoryEnabled(false);
            assertThatThrownBy(() -> bar.readInt(4096)).isInstanceOf(RegionBoundsException.class);
        }
    }

    @Test
    void aFunctionAsleepIsNotAsked() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor bar = device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            assertThat(device.powerState()).isEqualTo(PowerState.D0);
            for (PowerState state : new PowerState[] {PowerState.D3HOT, PowerState.D1, PowerState.D2}) {
                device.setPowerState(state);
                assertThat(device.powerState()).isEqualTo(state);
                foreseen(() -> bar.readInt(0), "sleeps in " + state);
                foreseen(() -> bar.readInt(0), "--power d0");
                device.setPowerState(PowerState.D0);
                assertThat(bar.readInt(0)).isEqualTo(EmbeddedDevice.ID);
            }
        }
    }

    @Test
    void bothAreNeeded() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor bar = device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            device.setPowerState(PowerState.D3HOT);
            device.setMemoryEnabled(false);
            foreseen(() -> bar.readInt(0), "sleeps");
            device.setPowerState(PowerState.D0);
            foreseen(() -> bar.readInt(0), "memory is off");
            device.setMemoryEnabled(true);
            assertThat(bar.readInt(0)).isEqualTo(EmbeddedDevice.ID);
        }
    }

    @Test
    void registersThatAreWrittenAsPartOfTheConfigurationSpaceCountAlike() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor bar = device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT);
                HostMemoryAccessor config = device.region(Region.CONFIG).open(AccessOptions.DEFAULT)) {
            config.writeShort(4, (short) 0x101);
            foreseen(() -> bar.readInt(0), "memory is off");
            config.writeInt(4, 0x103);
            assertThat(bar.readInt(0)).isEqualTo(EmbeddedDevice.ID);
            config.writeByte(POWER_CONTROL, (byte) 0x0b);
            foreseen(() -> bar.readInt(0), "sleeps in D3HOT");
            config.writeByte(POWER_CONTROL, (byte) 0x08);
            assertThat(bar.readInt(0)).isEqualTo(EmbeddedDevice.ID);
            config.writeInt(0x10, -1);
            assertThat(bar.readInt(0))
                    .as("a write to another register changes nothing")
                    .isEqualTo(EmbeddedDevice.ID);
        }
    }

    @Test
    void aResetTurnsMemoryOnAgain() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor bar = device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            device.setMemoryEnabled(false);
            device.setPowerState(PowerState.D3HOT);
            device.reset();
            assertThat(device.powerState()).isEqualTo(PowerState.D0);
            assertThat(bar.readInt(0)).isEqualTo(EmbeddedDevice.ID);
        }
    }

    @Test
    void whereAFaultIsNoErrorNothingIsRefused() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor bar = device.region(EmbeddedDevice.REGISTERS)
                        .open(AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST));
                HostMemoryAccessor holed = device.region(EmbeddedDevice.MSIX)
                        .open(AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST))) {
            device.setMemoryEnabled(false);
            assertThat(bar.readInt(0)).isEqualTo(-1);
            bar.writeInt(0x10, 5);
            assertThat(holed.readInt(0)).isEqualTo(-1);
            device.setMemoryEnabled(true);
            assertThat(bar.readInt(0x10)).isZero();
        }
    }

    @Test
    void whoWantsToSeeTheHardwaresFaultGetsIt() {
        try (Device device = EmbeddedDevice.open(VfioOptions.none().with(VfioOptions.Foresight.TRY));
                HostMemoryAccessor bar = device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            device.setMemoryEnabled(false);
            assertThatThrownBy(() -> bar.readInt(0))
                    .isInstanceOfSatisfying(
                            RegionFaultException.class,
                            fault -> assertThat(fault.isForeseen()).isFalse());
        }
    }

    @Test
    void aSilentFunctionIsToldOfBeforeTheWriteThatMakesItSo() {
        FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
        RegionInfo config = new RegionInfo(7, 3, 256, 7L << 40, List.of());
        List<String> order = kernel.calls;
        RegionIo io = io(kernel);
        FunctionState state =
                new FunctionState("X", io, config, this, silence -> order.add(silence == null ? "answers" : "silent"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(2);
            state.write(config, 4, bytes, 2);
            bytes.set(JAVA_BYTE, 0, (byte) 2);
            state.write(config, 4, bytes, 2);
        }
        assertThat(order).containsExactly("silent", "pwrite 2 at 4", "pwrite 2 at 4", "answers");
    }

    @Test
    void aCapabilityListWithoutEndIsNoPowerRegister() {
        FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
        kernel.config[6] = 0x10;
        kernel.config[0x34] = 0x50;
        kernel.config[0x50] = 9;
        kernel.config[0x51] = 0x50;
        assertThat(powerRegister(kernel)).isZero();
        kernel.config[0x51] = 0x60;
        kernel.config[0x60] = 1;
        assertThat(powerRegister(kernel)).isEqualTo(0x64);
        kernel.config[6] = 0;
        assertThat(powerRegister(kernel)).isZero();
    }

    private static int powerRegister(FakeKernel kernel) {
        RegionInfo config = new RegionInfo(7, 3, 256, 7L << 40, List.of());
        return new FunctionState("X", io(kernel), config, kernel, silence -> {}).powerRegister();
    }

    private static RegionIo io(FakeKernel kernel) {
        return new RegionIo() {
            @Override
            public long read(RegionInfo region, long offset, MemorySegment ram, int count) {
                return kernel.pread(0, ram, count, region.fdOffset() + offset);
            }

            @Override
            public long write(RegionInfo region, long offset, MemorySegment ram, int count) {
                return kernel.pwrite(0, ram, count, region.fdOffset() + offset);
            }
        };
    }
}
