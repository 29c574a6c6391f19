package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.linux.Descriptor;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.linux.Syscalls;
import org.junit.jupiter.api.Test;

/** R10: the life of a mapping, as {@code /proc/self} sees it. */
class MappingTest {

    private static final Linux LINUX = Linux.INSTANCE;
    private static final int READ_WRITE = Syscalls.PROT_READ | Syscalls.PROT_WRITE;

    private static Mapping map(long size) {
        int file = LINUX.memoryFile("mapping-test", size);
        long address = LINUX.map(file, 0, size, READ_WRITE);
        LINUX.close(file);
        return new Mapping(LINUX, address, size, READ_WRITE);
    }

    /** The line of {@code /proc/self/maps} with an address, empty if there is none. */
    private static String line(long address) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            String[] range = line.substring(0, line.indexOf(' ')).split("-");
            if (Long.compareUnsigned(address, Long.parseUnsignedLong(range[0], 16)) >= 0
                    && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0) {
                return line;
            }
        }
        return "";
    }

    @Test
    void isLiveThenReservedThenGone() throws IOException {
        Mapping mapping = map(0x10000);
        MemorySegment segment = mapping.segment();
        segment.set(JAVA_INT, 0, 5);
        assertThat(line(segment.address())).contains("rw-s").contains("mapping-test");
        mapping.release();
        mapping.release();
        assertThat(line(segment.address())).contains("---p").doesNotContain("mapping-test");
        assertThat(mapping.isLive()).isFalse();
        assertThatThrownBy(() -> segment.get(JAVA_INT, 0)).isInstanceOf(IllegalStateException.class);
        mapping.free();
        mapping.free();
        assertThat(line(segment.address()))
                .doesNotContain("---p 00000000 00:00 0")
                .doesNotContain("mapping-test");
    }

    @Test
    void aReleasedMappingIsNotMappedAnew() throws IOException {
        Mapping mapping = map(0x10000);
        int other = LINUX.memoryFile("other", 0x10000);
        mapping.remap(other, 0);
        assertThat(line(mapping.segment().address())).contains("other");
        mapping.release();
        mapping.remap(other, 0);
        assertThat(line(mapping.segment().address())).contains("---p");
        LINUX.close(other);
        mapping.free();
    }

    @Test
    void anAccessorThatWasForgottenIsUnmapped() throws Exception {
        try (Device device = EmbeddedDevice.open()) {
            long before = mapped();
            for (int i = 0; i < 20; i++) {
                device.region(0).open(AccessOptions.DEFAULT).writeInt(0, 1);
            }
            assertThat(mapped()).isGreaterThan(before);
            for (int tries = 0; tries < 100 && mapped() > before; tries++) {
                System.gc();
                Thread.sleep(50);
            }
            assertThat(mapped()).isEqualTo(before);
        }
    }

    private static long mapped() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains("hostmem-bar"))
                .count();
    }

    @Test
    void openingAndClosingLeavesNothingBehind() throws IOException {
        cycle();
        long descriptors = descriptors();
        for (int i = 0; i < 50; i++) {
            cycle();
        }
        assertThat(descriptors()).isEqualTo(descriptors);
        assertThat(mapped()).isZero();
    }

    private static void cycle() {
        try (Device device = EmbeddedDevice.open()) {
            for (Region region : device.regions()) {
                region.open(AccessOptions.DEFAULT).readByte(0);
            }
        }
    }

    private static long descriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    @Test
    void closingWhileOthersCopyIsAnExceptionToThem() throws Exception {
        for (int index : new int[] {0, 2, 3, 4, 5}) {
            for (int round = 0; round < 20; round++) {
                closeWhileOthersCopy(index);
            }
        }
    }

    private static void closeWhileOthersCopy(int index) throws InterruptedException {
        AtomicInteger closed = new AtomicInteger();
        List<Throwable> unexpected = new ArrayList<>();
        AtomicInteger running = new AtomicInteger();
        Device device = EmbeddedDevice.open();
        HostMemoryAccessor accessor = device.region(index).open(AccessOptions.DEFAULT);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                byte[] ram = new byte[200];
                try {
                    while (true) {
                        accessor.writeBytes(0, ram, 0, 200);
                        accessor.readBytes(1, ram, 0, 200);
                        accessor.writeInt(0, accessor.readInt(4));
                        running.incrementAndGet();
                    }
                } catch (RegionClosedException | RegionFaultException expected) {
                    closed.incrementAndGet();
                } catch (Throwable other) {
                    synchronized (unexpected) {
                        unexpected.add(other);
                    }
                }
            }));
        }
        while (running.get() < 100) {
            Thread.onSpinWait();
        }
        device.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(unexpected).isEmpty();
        assertThat(closed).hasValue(3);
    }

    @Test
    void aDescriptorIsClosedByWhoeverComesLast() {
        FakeKernel kernel = new FakeKernel(new IoctlNumbers(0));
        Descriptor descriptor = new Descriptor(kernel, 5);
        assertThat(descriptor.acquire()).isEqualTo(5);
        descriptor.close();
        assertThat(descriptor.acquire()).isEqualTo(-1);
        assertThat(kernel.calls).isEmpty();
        descriptor.release();
        assertThat(kernel.calls).containsExactly("close 5");
        descriptor.close();
        assertThat(descriptor.acquire()).isEqualTo(-1);
        assertThat(kernel.calls).hasSize(1);
    }
}
