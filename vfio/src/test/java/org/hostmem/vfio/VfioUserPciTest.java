package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.vfio.VfioOptions.WideAccess;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Linux;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server's device that says it is PCI: its configuration space decides as a kernel device's does, and what cannot be
 * mapped goes by messages.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VfioUserPciTest {

    private static final int K64 = 1 << 16;
    private static final int POWER_CONTROL = 0x54;
    private static final long[][] NO_AREAS = {};
    private static final int[] NO_FDS = {};

    @TempDir
    private Path folder;

    private final byte[] config = new byte[256];
    private VfioUserServer server;

    @BeforeEach
    void serve() {
        server = new VfioUserServer(folder.resolve("s"));
        byte[] registers = {0x34, 0x12, 0x78, 0x56, 0x03, 0x01, 0x10, 0};
        System.arraycopy(registers, 0, config, 0, registers.length);
        config[0x34] = 0x40;
        config[0x40] = 5;
        config[0x41] = 0x50;
        config[0x50] = 1;
        server.bars.put(
                0, new Bar(K64, 7, 0, new int[] {Linux.INSTANCE.memoryFile("bar", K64)}, NO_AREAS, new byte[K64]));
        server.bars.put(2, new Bar(4096, 3, 0, NO_FDS, NO_AREAS, new byte[4096]));
        server.bars.put(7, new Bar(256, 3, 0, NO_FDS, NO_AREAS, config));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Device open() {
        return open(VfioOptions.none());
    }

    private Device open(VfioOptions options) {
        return Vfio.open("unix:" + folder.resolve("s"), options);
    }

    private static void assertForeseen(Runnable access, String why) {
        assertThatThrownBy(access::run)
                .isInstanceOfSatisfying(
                        RegionFaultException.class,
                        fault -> assertThat(fault.isForeseen()).isTrue())
                .hasMessageContaining(why);
    }

    @Test
    void aDeviceThatSleepsIsKnownToAndIsWoken() {
        config[POWER_CONTROL] = 0x0b;
        try (Device device = open();
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(device.powerState()).isEqualTo(PowerState.D3HOT);
            assertForeseen(() -> bar.readInt(0), "sleeps in D3HOT");
            device.setPowerState(PowerState.D0);
            assertThat(device.powerState()).isEqualTo(PowerState.D0);
            assertThat(config[POWER_CONTROL]).isEqualTo((byte) 8);
            assertThat(bar.readInt(0)).isZero();
            device.setPowerState(PowerState.D3HOT);
            assertForeseen(() -> bar.writeInt(0, 1), "sleeps in D3HOT");
        }
    }

    @Test
    void memoryThatIsTurnedOffIsForeseen() {
        try (Device device = open();
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(device.memoryEnabled()).isTrue();
            device.setMemoryEnabled(false);
            assertForeseen(() -> bar.readInt(0), "memory is off");
            device.setMemoryEnabled(true);
            assertThat(bar.readInt(0)).isZero();
        }
    }

    /** No kernel has turned it on, and most servers do not look at it. */
    @Test
    void memoryThatNobodyEverTurnedOnIsLeftToTheServer() {
        config[4] = 0;
        try (Device device = open();
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(device.memoryEnabled()).isFalse();
            device.setBusMaster(true);
            assertThat(bar.readInt(0)).isZero();
            device.setMemoryEnabled(false);
            assertForeseen(() -> bar.readInt(0), "memory is off");
        }
    }

    @Test
    void aDeviceThatIsNotPciIsNotFollowed() {
        server.deviceFlags = 1;
        config[POWER_CONTROL] = 0x0b;
        try (Device device = open();
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(device.powerState()).isEqualTo(PowerState.D0);
            assertThat(bar.readInt(0)).isZero();
        }
    }

    @Test
    void aServerWhoseConfigurationSpaceGivesOneByteOrNoneSaysSoAndIsOpen() {
        server.answers.put(VfioUserServer.READ, command -> {
            byte[] reply = Arrays.copyOf(command.payload().array(), 17);
            reply[12] = 1;
            server.reply(command, reply);
        });
        try (Device device = open();
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThatThrownBy(device::powerState)
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("1 of 2 bytes");
            assertThatThrownBy(device::memoryEnabled)
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("1 of 2 bytes");
            assertThat(bar.readInt(0)).isZero();
            server.answers.put(VfioUserServer.READ, command -> server.error(command, 95));
            assertThatThrownBy(() -> device.setPowerState(PowerState.D0))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining(Errno.name(-95));
            server.answers.clear();
            assertThat(device.powerState()).as("asked again").isEqualTo(PowerState.D0);
        }
        assertThat(server.accesses).noneMatch(access -> access.startsWith("write"));
    }

    @Test
    void noAccessToConfigurationSpaceIsWiderThanFourBytes() {
        for (WideAccess wide : List.of(WideAccess.SPLIT, WideAccess.KERNEL)) {
            try (Device device = open(VfioOptions.none().with(wide));
                    HostMemoryAccessor space = device.region(Region.CONFIG).open(AccessOptions.DEFAULT);
                    HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
                server.accesses.clear();
                AccessPlan plan = space.planBulk(Direction.READ, 0x61, 31, TransferOrder.RELAXED);
                byte[] ram = new byte[31];
                space.readBytes(0x61, ram, 0, 31);
                assertThat(server.accesses)
                        .hasSize((int) plan.accesses())
                        .startsWith("read 1@0x61 of 7", "read 2@0x62 of 7", "read 4@0x64 of 7")
                        .endsWith("read 4@0x7c of 7");
                space.writeBytes(0x61, ram, 0, 31);
                space.fill(0x60, 32, (byte) 3);
                space.move(0x60, 0x68, 16, Transfer.DEFAULT.withBudget(16));
                space.move(0x60, 0x68, 16, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
                Transfer.DEFAULT.copy(space, 0x60, bar, 0x100, 32);
                Transfer.DEFAULT.copy(bar, 0x100, space, 0x60, 32);
                assertThat(space.planScalar(0x60, 8)).hasToString("SPLIT 4@96 4@100");
                space.writeLong(0x60, space.readLong(0x60));
                assertThat(server.accesses)
                        .filteredOn(access -> access.endsWith(" of 7"))
                        .noneMatch(access -> access.contains(" 8@"));
            }
        }
        try (Device device = open(VfioOptions.none().with(WideAccess.REFUSE));
                HostMemoryAccessor space = device.region(Region.CONFIG).open(AccessOptions.DEFAULT)) {
            server.accesses.clear();
            assertThat(space.planScalar(0x60, 8)).hasToString("REJECTED");
            assertThatThrownBy(() -> space.readLong(0x60)).hasMessageContaining("8 bytes");
            assertThat(server.accesses).isEmpty();
        }
    }

    @Test
    void aServerOfTwoBytesAtOnceGetsThePlansItsScalarsHave() {
        server.capabilities = "{\"capabilities\":{\"max_data_xfer_size\":2}}";
        try (Device device = open();
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            assertThat(bar.planScalar(0x20, 8)).hasToString("SPLIT 2@32 2@34 2@36 2@38");
            assertThat(bar.planScalar(0x21, 4)).hasToString("SPLIT 1@33 2@34 1@36");
            server.accesses.clear();
            bar.writeLong(0x20, -1);
            bar.readInt(0x21);
            assertThat(server.accesses)
                    .containsExactly(
                            "write 2@0x20 of 2",
                            "write 2@0x22 of 2",
                            "write 2@0x24 of 2",
                            "write 2@0x26 of 2",
                            "read 1@0x21 of 2",
                            "read 2@0x22 of 2",
                            "read 1@0x24 of 2");
        }
    }

    @Test
    void aDescriptorThatCannotBeMappedLeavesTheRegionToMessages() throws IOException {
        Path file = Files.write(folder.resolve("f"), new byte[K64]);
        int forReading = Linux.INSTANCE.openForReading(file.toString());
        int noMemory = Linux.INSTANCE.openForReading("/proc/self/stat");
        server.bars.put(1, new Bar(K64, 7, 0, new int[] {forReading}, NO_AREAS, new byte[K64]));
        server.bars.put(3, new Bar(K64, 7, 0, new int[] {noMemory}, NO_AREAS, new byte[K64]));
        server.bars.put(4, new Bar(K64, 5, 0, new int[] {forReading}, NO_AREAS, new byte[K64]));
        try (Device device = open()) {
            assertThat(device.region(1).notes())
                    .anyMatch(note ->
                            note.contains("[0x0, 0x10000)") && note.contains("EACCES") && note.contains("messages"));
            assertThat(device.region(3).notes())
                    .anyMatch(note -> note.contains("[0x0, 0x10000)") && note.contains("messages"));
            assertThat(device.region(4).capabilities().areas())
                    .as("for reading it can be")
                    .containsExactly(new Area(0, K64));
            server.accesses.clear();
            for (int index : new int[] {1, 3}) {
                try (HostMemoryAccessor bar = device.region(index).open(AccessOptions.DEFAULT)) {
                    assertThat(bar.planScalar(8, 8)).hasToString("SINGLE 8@8");
                    bar.writeLong(8, 5);
                    assertThat(bar.readLong(8)).isEqualTo(5);
                }
            }
            assertThat(server.accesses)
                    .containsExactly("write 8@0x8 of 1", "read 8@0x8 of 1", "write 8@0x8 of 3", "read 8@0x8 of 3");
        }
    }

    @Test
    void oneAreaThatCannotBeMappedLeavesTheOthers() throws IOException {
        Path file = Files.write(folder.resolve("f"), new byte[2 * K64]);
        int forReading = Linux.INSTANCE.openForReading(file.toString());
        int both = Linux.INSTANCE.memoryFile("both", 2 * K64);
        server.bars.put(
                1,
                new Bar(
                        2 * K64,
                        7,
                        0,
                        new int[] {forReading, both},
                        new long[][] {{0, K64}, {K64, K64}},
                        new byte[2 * K64]));
        try (Device device = open();
                HostMemoryAccessor bar = device.region(1).open(AccessOptions.DEFAULT)) {
            assertThat(device.region(1).capabilities().areas()).containsExactly(new Area(K64, K64));
            server.accesses.clear();
            bar.writeLong(K64, 1);
            bar.writeLong(K64 - 8, 1);
            assertThat(server.accesses).containsExactly("write 8@0xfff8 of 1");
        }
    }

    @Test
    void anAreaOutOfStepWithThePagesGoesByMessages() {
        server.bars.put(
                1,
                new Bar(
                        K64,
                        7,
                        0,
                        new int[] {Linux.INSTANCE.memoryFile("m", K64)},
                        new long[][] {{0x800, 0x1000}},
                        new byte[K64]));
        try (Device device = open();
                HostMemoryAccessor bar = device.region(1).open(AccessOptions.DEFAULT)) {
            server.accesses.clear();
            bar.writeInt(0x800, 1);
            assertThat(server.accesses).containsExactly("write 4@0x800 of 1");
        }
    }

    @Test
    void aConfigurationSpaceOfOnesIsNoAnswer() {
        Arrays.fill(config, (byte) -1);
        try (Device device = open();
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThatThrownBy(() -> device.setMemoryEnabled(true)).isInstanceOf(NoAnswerException.class);
            assertForeseen(() -> bar.readInt(0), "0xffff");
        }
        assertThat(server.accesses).noneMatch(access -> access.startsWith("write"));
    }
}
