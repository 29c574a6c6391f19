package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.VfioOptions.WideAccess;
import org.hostmem.vfio.VfioUserException.Failure;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.hostmem.vfio.linux.Linux;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A device behind a socket, through the same regions as one behind the kernel: against a server of the tests' own. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VfioUserDeviceTest {

    private static final int K64 = 1 << 16;
    private static final int READ_WRITE = 3;
    private static final int MAPPABLE = 7;
    private static final long[][] NO_AREAS = {};
    private static final int[] NO_FDS = {};

    @TempDir
    private Path folder;

    private VfioUserServer server;
    private int wholeFile;
    private int sparseFile;

    @BeforeEach
    void serve() {
        server = new VfioUserServer(folder.resolve("s"));
        server.deviceFlags = 1; // whose configuration space nobody follows: VfioUserPciTest is about those that are
        wholeFile = Linux.INSTANCE.memoryFile("whole", 2 * K64);
        sparseFile = Linux.INSTANCE.memoryFile("sparse", 4 * K64);
        server.bars.put(0, new Bar(K64, MAPPABLE, K64, new int[] {wholeFile}, NO_AREAS, new byte[K64]));
        server.bars.put(2, new Bar(4096, READ_WRITE, 0, NO_FDS, NO_AREAS, new byte[4096]));
        server.bars.put(
                3,
                new Bar(
                        4 * K64,
                        MAPPABLE,
                        0,
                        new int[] {sparseFile},
                        new long[][] {{3 * K64, K64}, {0, 0}, {0, 2 * K64}},
                        new byte[4 * K64]));
        server.bars.put(7, new Bar(256, READ_WRITE, 0, NO_FDS, NO_AREAS, new byte[256]));
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

    private static int word(int fd, long offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(4, 4);
            assertThat(Linux.INSTANCE.pread(fd, bytes, 4, offset)).isEqualTo(4);
            return bytes.get(JAVA_INT, 0);
        }
    }

    private static long openDescriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    @Test
    void theRegionsAreThoseTheServerReports() {
        try (Device device = open()) {
            assertThat(device.driver()).isEqualTo("vfio-user");
            assertThat(device.resettable()).isTrue();
            assertThat(device.regions()).extracting(Region::index).containsExactly(0, 2, 3, 7);
            assertThat(device.region(0).info().areas()).containsExactly(new Area(0, K64));
            assertThat(device.region(3).info().areas()).containsExactly(new Area(0, 2 * K64), new Area(3 * K64, K64));
            assertThat(device.region(0).capabilities().cacheMode())
                    .as("who owns the file may truncate it")
                    .isEqualTo(CacheMode.UNKNOWN);
            assertThat(device.region(0).notes()).anyMatch(note -> note.contains("file") && note.contains("server"));
            assertThat(device.region(2).notes()).anyMatch(note -> note.contains("messages"));
        }
    }

    @Test
    void aMappedRegionIsTheServersFileFromTheOffsetOfTheReport() {
        try (Device device = open();
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            bar.writeInt(0x10, 0x12345678);
            assertThat(word(wholeFile, K64 + 0x10)).isEqualTo(0x12345678);
        }
        assertThat(server.accesses).isEmpty();
    }

    @Test
    void areasAreMappedAndHolesAreMessages() {
        try (Device device = open();
                HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
            bar.writeInt(4, 1);
            bar.writeInt(3 * K64 + 4, 2);
            assertThat(server.accesses).isEmpty();
            assertThat(word(sparseFile, 4)).isEqualTo(1);
            assertThat(word(sparseFile, 3 * K64 + 4)).isEqualTo(2);
            bar.writeShort(2 * K64 + 6, (short) 3);
            bar.writeLong(2 * K64 - 4, 0x5555555544444444L);
        }
        assertThat(server.accesses).containsExactly("write 2@0x20006 of 3", "write 4@0x20000 of 3");
        assertThat(word(sparseFile, 2 * K64 - 4)).isEqualTo(0x44444444);
    }

    @Test
    void oneDescriptorForEachAreaIsInTheOrderOfTheReport() {
        int first = Linux.INSTANCE.memoryFile("first", 4 * K64);
        int none = Linux.INSTANCE.memoryFile("none", 4 * K64);
        int last = Linux.INSTANCE.memoryFile("last", 4 * K64);
        server.bars.put(
                4,
                new Bar(
                        4 * K64,
                        MAPPABLE,
                        0,
                        new int[] {first, none, last},
                        new long[][] {{3 * K64, K64}, {0, 0}, {0, K64}},
                        new byte[0]));
        try (Device device = open();
                HostMemoryAccessor bar = device.region(4).open(AccessOptions.DEFAULT)) {
            bar.writeInt(8, 1);
            bar.writeInt(3 * K64 + 8, 2);
            assertThat(word(last, 8)).isEqualTo(1);
            assertThat(word(first, 3 * K64 + 8)).isEqualTo(2);
        }
    }

    @Test
    void anotherNumberOfDescriptorsThanAreasIsRefused() {
        server.bars.put(
                4,
                new Bar(
                        4 * K64,
                        MAPPABLE,
                        0,
                        new int[] {sparseFile, sparseFile},
                        new long[][] {{3 * K64, K64}, {K64, K64}, {0, K64}},
                        new byte[0]));
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        VfioUserException.class, e -> assertThat(e.failure()).isEqualTo(Failure.DESCRIPTORS))
                .hasMessageContaining("2 descriptors")
                .hasMessageContaining("region 4")
                .hasMessageContaining("3 areas");
        server.bars.remove(4);
    }

    @Test
    void aRegionWithoutItsDescriptorIsReachedByMessages() {
        server.bars.put(1, new Bar(4096, MAPPABLE, 0, NO_FDS, NO_AREAS, new byte[4096]));
        try (Device device = open();
                HostMemoryAccessor bar = device.region(1).open(AccessOptions.DEFAULT)) {
            assertThat(device.region(1).info().areas()).isEmpty();
            bar.writeInt(0, 1);
        }
        assertThat(server.accesses).containsExactly("write 4@0x0 of 1");
    }

    @Test
    void aDescriptorThatComesWithTheFirstHalfOfAReportIsKept() {
        Bar sparse = server.bars.get(3);
        server.answers.put(VfioUserServer.GET_REGION_INFO, command -> {
            if (command.payload().getInt(8) != 3) {
                server.answer(command);
            } else {
                byte[] report = sparse.report(3).array();
                boolean whole = command.payload().getInt(0) >= report.length;
                server.reply(command, whole ? report : Arrays.copyOf(report, 32), whole ? NO_FDS : sparse.fds());
            }
        });
        try (Device device = open();
                HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
            bar.writeInt(4, 1);
            assertThat(word(sparseFile, 4)).isEqualTo(1);
        }
        assertThat(server.accesses).isEmpty();
    }

    @Test
    void everyScalarIsOneMessageOfItsWidth() {
        try (Device device = open();
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            assertThat(bar.guarantees())
                    .contains(Guarantee.EXACT_WIDTH, Guarantee.EXACTLY_ONCE, Guarantee.NEVER_ELIDED);
            assertThat(bar.planScalar(0x20, 8).verdict()).isEqualTo(AccessPlan.Verdict.SINGLE);
            bar.writeByte(0x11, (byte) 1);
            bar.writeShort(0x12, (short) 2);
            bar.writeInt(0x14, 3);
            bar.writeLong(0x18, 0x0102030405060708L);
            assertThat(bar.readLong(0x18)).isEqualTo(0x0102030405060708L);
            assertThat(bar.readInt(0x14)).isEqualTo(3);
            assertThat(bar.readShort(0x12)).isEqualTo((short) 2);
            assertThat(bar.readByte(0x11)).isEqualTo((byte) 1);
        }
        assertThat(server.accesses)
                .containsExactly(
                        "write 1@0x11 of 2",
                        "write 2@0x12 of 2",
                        "write 4@0x14 of 2",
                        "write 8@0x18 of 2",
                        "read 8@0x18 of 2",
                        "read 4@0x14 of 2",
                        "read 2@0x12 of 2",
                        "read 1@0x11 of 2");
    }

    @Test
    void aBulkTransferIsTheMessagesOfItsPlan() {
        try (Device device = open();
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            bar.readBytes(0x11, new byte[15], 0, 15);
        }
        assertThat(server.accesses)
                .containsExactly("read 1@0x11 of 2", "read 2@0x12 of 2", "read 4@0x14 of 2", "read 8@0x18 of 2");
    }

    @Test
    void aServerThatTakesFewBytesMakesThePlanNarrowerBeforeTheAccess() {
        server.capabilities = "{\"capabilities\":{\"max_data_xfer_size\":7}}";
        try (Device device = open();
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            assertThat(bar.guarantees()).doesNotContain(Guarantee.EXACT_WIDTH);
            AccessPlan plan = bar.planScalar(0x20, 8);
            assertThat(plan.verdict()).isEqualTo(AccessPlan.Verdict.SPLIT);
            bar.writeLong(0x20, 1);
        }
        assertThat(server.accesses).containsExactly("write 4@0x20 of 2", "write 4@0x24 of 2");
    }

    @Test
    void anAccessThatWouldBeSplitCanBeRefused() {
        server.capabilities = "{\"capabilities\":{\"max_data_xfer_size\":4}}";
        try (Device device = open(VfioOptions.none().with(WideAccess.REFUSE));
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            assertThat(bar.guarantees()).contains(Guarantee.EXACT_WIDTH);
            assertThatThrownBy(() -> bar.readLong(0))
                    .isInstanceOfSatisfying(
                            AccessRejectedException.class,
                            e -> assertThat(e.reason()).isEqualTo(AccessRejectedException.Reason.DEVICE_LIMITS))
                    .hasMessageContaining("REGION_READ");
        }
        assertThat(server.accesses).isEmpty();
    }

    @Test
    void anErrorOfTheServerIsAFaultOfThatAccess() {
        server.answers.put(VfioUserServer.READ, command -> server.error(command, 5));
        try (Device device = open();
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            assertThatThrownBy(() -> bar.readInt(8))
                    .isInstanceOfSatisfying(RegionFaultException.class, fault -> {
                        assertThat(fault.offset()).isEqualTo(8);
                        assertThat(fault.width()).isEqualTo(4);
                    })
                    .hasMessageContaining("REGION_READ")
                    .hasMessageContaining("EIO");
            // libvfio-user sends the payload of the reply even so.
            server.answers.put(
                    VfioUserServer.READ,
                    command -> server.send(command.id(), VfioUserServer.READ, 0x21, 0, new byte[20]));
            assertThatThrownBy(() -> bar.readInt(8))
                    .as("no number is an I/O error")
                    .isInstanceOf(RegionFaultException.class)
                    .hasMessageContaining("EIO");
            server.answers.put(VfioUserServer.READ, command -> server.error(command, 22));
            assertThatThrownBy(() -> bar.readInt(8))
                    .isInstanceOf(RegionFaultException.class)
                    .hasMessageContaining("EINVAL");
            server.answers.put(VfioUserServer.READ, command -> server.error(command, 9));
            assertThatThrownBy(() -> bar.readInt(8))
                    .as("the server's EBADF is not ours")
                    .isInstanceOf(RegionFaultException.class);
            server.answers.clear();
            assertThat(bar.readInt(8)).isZero();
        }
    }

    @Test
    void fewerBytesThanAskedForAreAFault() {
        server.answers.put(
                VfioUserServer.READ,
                command -> server.reply(
                        command, Arrays.copyOf(new byte[] {8, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 5}, 17)));
        try (Device device = open();
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            assertThatThrownBy(() -> bar.readInt(8))
                    .isInstanceOf(RegionFaultException.class)
                    .hasMessageContaining("1 bytes");
        }
    }

    @Test
    void theCommandRegisterAndResetAreMessages() {
        try (Device device = open()) {
            device.setMemoryEnabled(true);
            assertThat(device.memoryEnabled()).isTrue();
            device.reset();
        }
        assertThat(server.accesses)
                .as("read, written, and verified; then asked")
                .containsExactly("read 2@0x4 of 7", "write 2@0x4 of 7", "read 2@0x4 of 7", "read 2@0x4 of 7");
        assertThat(server.received.getLast())
                .as("a header alone")
                .hasSize(32)
                .contains("0d00" + "10000000" + "00000000" + "00000000");
    }

    @Test
    void aResetThatFailsSaysWhy() {
        server.answers.put(VfioUserServer.RESET, command -> server.error(command, 25));
        try (Device device = open()) {
            assertThatThrownBy(device::reset).isInstanceOf(VfioException.class).hasMessageContaining("ENOTTY");
        }
    }

    @Test
    void aServerThatHangsUpIsAFaultAndStaysOne() {
        server.answers.put(VfioUserServer.READ, command -> server.hangUp());
        try (Device device = open();
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT);
                HostMemoryAccessor dropping =
                        device.region(2).open(AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST))) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> bar.readInt(8))
                        .isInstanceOf(RegionFaultException.class)
                        .hasMessageContaining("REGION_READ")
                        .hasMessageContaining("CLOSED");
            }
            assertThat(dropping.readInt(8)).isEqualTo(-1);
            dropping.writeInt(8, 1);
        }
    }

    @Test
    void aCommandOfAnIdleServerIsAnswered() throws InterruptedException {
        try (Device device = open()) {
            int before = server.received.size();
            server.send(77, 11, 0, 0, VfioUserServer.words(0x1000, 0, 8, 0));
            server.awaitReceived(before + 1);
            assertThat(server.received.getLast()).isEqualTo("4d00" + "0b00" + "10000000" + "21000000" + "0e000000");
            assertThat(device.region(2).index()).isEqualTo(2);
        }
    }

    @Test
    void closingEndsAnAccessThatWaitsForTheServer() throws Exception {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        server.answers.put(VfioUserServer.READ, command -> asked.complete(null));
        Device device = open();
        HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT);
        CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(() -> bar.readInt(0));
        asked.get(30, TimeUnit.SECONDS);
        device.close();
        assertThatThrownBy(reading::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(RegionClosedException.class);
    }

    @Test
    void nothingIsLeftOpen() throws IOException {
        open().close();
        long before = openDescriptors();
        for (int i = 0; i < 5; i++) {
            try (Device device = open();
                    HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
                bar.writeInt(0, 1);
            }
        }
        // The server notices each client's end a little later.
        for (int i = 0; openDescriptors() > before && i < 500; i++) {
            LockSupport.parkNanos(10_000_000);
        }
        assertThat(openDescriptors()).isLessThanOrEqualTo(before);
    }

    @Test
    void aFileThatIsTruncatedUnderTheMappingIsAFault() {
        try (Device device = open();
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            bar.writeInt(0, 1);
            Linux.callInt(Linux.function("ftruncate"), wholeFile, 0, 0, 0);
            assertThatThrownBy(() -> bar.readInt(0)).isInstanceOf(RegionFaultException.class);
        }
    }

    @Test
    void anAddressNamesASocketThatIsThere() {
        for (String bad : List.of("unix:", "unix:" + folder.resolve("none"), "unix:" + "x".repeat(200), "unix:a\0b")) {
            assertThatThrownBy(() -> Vfio.open(bad))
                    .isInstanceOf(VfioException.class)
                    .hasMessageNotContaining("\0");
        }
    }
}
