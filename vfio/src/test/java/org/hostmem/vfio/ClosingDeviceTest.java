package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionClosedException;
import org.junit.jupiter.api.Test;

/** R10: the end of a device, whatever one of its regions does. */
class ClosingDeviceTest {

    /** A native call that was given a segment, and returns when it is told to. */
    private static final class Holder {
        private final Pipe pipe = Pipe.open();
        private final Thread reader;

        Holder(HostMemoryAccessor region) throws Exception {
            ByteBuffer buffer = region.asSegment().asSlice(0, 1).asByteBuffer();
            reader = Thread.ofPlatform().daemon().start(() -> {
                try {
                    pipe.source().read(buffer);
                } catch (IOException over) {
                    // the pipe was closed
                }
            });
            while (reader.isAlive()
                    && (reader.getStackTrace().length == 0
                            || !reader.getStackTrace()[0].getMethodName().equals("read0"))) {
                Thread.sleep(1);
            }
        }

        void end() throws Exception {
            pipe.sink().write(ByteBuffer.allocate(1));
            reader.join();
        }
    }

    private static List<HostMemoryAccessor> openAll(Device device) {
        return device.regions().stream()
                .map(region -> region.open(AccessOptions.DEFAULT))
                .toList();
    }

    private static HostMemoryAccessor normal(List<HostMemoryAccessor> regions) {
        return regions.stream()
                .filter(region -> region.capabilities().cacheMode() == CacheMode.NORMAL
                        && region.capabilities().mappable())
                .findFirst()
                .orElseThrow();
    }

    /** The files of the device that this process still has open. */
    private static long files() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString().contains("memfd:hostmem-");
                        } catch (IOException gone) {
                            return false;
                        }
                    })
                    .count();
        }
    }

    private static void assertClosed(List<HostMemoryAccessor> regions) {
        for (HostMemoryAccessor region : regions) {
            assertThatExceptionOfType(RegionClosedException.class)
                    .as(region.toString())
                    .isThrownBy(() -> region.readByte(0));
            assertThatExceptionOfType(RegionClosedException.class)
                    .as(region.toString())
                    .isThrownBy(() -> region.check(Direction.READ, 0, 0));
            assertThatExceptionOfType(RegionClosedException.class)
                    .as(region.toString())
                    .isThrownBy(() -> region.planScalar(0, 1));
        }
    }

    @Test
    void aRegionThatIsHeldKeepsNoOtherOpenAndTheCloseCanBeRepeated() throws Exception {
        final long before = files();
        Device device = EmbeddedDevice.open();
        List<HostMemoryAccessor> regions = openAll(device);
        Holder holder = new Holder(normal(regions));
        assertThatExceptionOfType(HostMemoryException.class)
                .isThrownBy(device::close)
                .withMessageContaining(" ms");
        assertClosed(regions);
        assertThat(files()).as("as long as it is mapped").isGreaterThan(before);
        holder.end();
        device.close();
        device.close();
        assertThat(files()).isEqualTo(before);
    }

    /** Whoever closed a region that is held waits for it still. */
    @Test
    void aRegionThatAnotherThreadWaitsForKeepsNoOtherOpen() throws Exception {
        Device device = EmbeddedDevice.open();
        List<HostMemoryAccessor> regions = openAll(device);
        HostMemoryAccessor held = normal(regions);
        Holder holder = new Holder(held);
        Thread closing = Thread.ofPlatform().start(held::close);
        while (!waits(closing)) {
            Thread.sleep(1);
        }
        Thread all = Thread.ofPlatform().start(device::close);
        long start = System.nanoTime();
        while (regions.stream().anyMatch(region -> region != held && isOpen(region))) {
            assertThat(System.nanoTime() - start).as("while one region is held").isLessThan(3_000_000_000L);
            Thread.sleep(1);
        }
        assertThat(closing.isAlive()).isTrue();
        holder.end();
        closing.join();
        all.join();
        device.close();
    }

    private static boolean waits(Thread closing) {
        return Stream.of(closing.getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith(".Patience"));
    }

    private static boolean isOpen(HostMemoryAccessor region) {
        try {
            region.check(Direction.READ, 0, 0);
            return true;
        } catch (RegionClosedException closed) {
            return false;
        }
    }

    @Test
    void severalRegionsThatAreHeldAreOneExceptionWithTheOthersSuppressed() throws Exception {
        final long before = files();
        Device device = EmbeddedDevice.open();
        HostMemoryAccessor one = normal(openAll(device));
        HostMemoryAccessor two = normal(openAll(device));
        Holder first = new Holder(one);
        Holder second = new Holder(two);
        assertThatExceptionOfType(HostMemoryException.class)
                .isThrownBy(device::close)
                .satisfies(failed -> assertThat(failed.getSuppressed()).hasSize(1));
        first.end();
        second.end();
        one.close();
        assertThat(files()).as("while the last is mapped").isGreaterThan(before);
        two.close();
        assertThat(files()).as("the last one's own close lets go of the device").isEqualTo(before);
        device.close();
    }

    /** The accessor of a device that is closed meanwhile is closed, or was never there. */
    @Test
    void openingWhileTheDeviceIsClosedGivesAClosedRegionOrNone() throws Exception {
        try (ExecutorService others = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 1500; round++) {
                Device device = EmbeddedDevice.open();
                List<Future<HostMemoryAccessor>> openings = new ArrayList<>();
                for (int index : new int[] {0, round % 2 == 0 ? 2 : 3}) {
                    Callable<HostMemoryAccessor> opening =
                            () -> device.region(index).open(AccessOptions.DEFAULT);
                    openings.add(others.submit(opening));
                }
                for (int spin = 0; spin < round % 100 * 40; spin++) {
                    Thread.onSpinWait();
                }
                device.close();
                for (Future<HostMemoryAccessor> opening : openings) {
                    checkClosed(opening);
                }
            }
        }
    }

    private static void checkClosed(Future<HostMemoryAccessor> opening) throws InterruptedException {
        HostMemoryAccessor region;
        try {
            region = opening.get();
        } catch (java.util.concurrent.ExecutionException refused) {
            assertThat(refused).hasCauseInstanceOf(RegionClosedException.class);
            return;
        }
        assertClosed(List.of(region));
    }
}
