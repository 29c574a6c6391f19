package org.hostmem.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** R10: opening, closing and starting other processes while threads are at work. */
@Tag("R10")
class LifetimesTest {

    private static final int PAGE = 1 << 16;
    private static final byte CANARY = 0x11;

    private static long mapped() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains("hostmem-bar") || line.contains("hostmem-disabled"))
                .count();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString().contains("memfd:hostmem-");
                        } catch (IOException gone) {
                            return false;
                        }
                    })
                    .count();
        }
    }

    private static <T> List<Future<T>> start(int threads, java.util.concurrent.Callable<T> work) {
        List<Future<T>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            FutureTask<T> task = new FutureTask<>(work);
            Thread.ofPlatform().daemon().start(task);
            all.add(task);
        }
        return all;
    }

    @Test
    @DisplayName(
            "R10: regions of one device are opened, used and closed by eight threads at once while its memory goes off"
                    + " and on")
    void concurrentOpens() throws Exception {
        long mappedBefore = mapped();
        long descriptorsBefore = descriptors();
        AtomicInteger next = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        try (Device device = EmbeddedDevice.open()) {
            List<Future<Integer>> users = start(8, () -> {
                long own = 4096L * next.getAndIncrement();
                int done = 0;
                for (int round = 0; round < 100; round++) {
                    try (HostMemoryAccessor region =
                            device.region(round % 2 == 0 ? 0 : 2).open(AccessOptions.DEFAULT)) {
                        region.writeLong(own, round);
                        region.writeBytes(own + 9, new byte[100], 0, 100);
                        assertThat(region.readLong(own)).isEqualTo(round);
                        done++;
                    } catch (RegionFaultException off) {
                        done++;
                    }
                }
                return done;
            });
            List<Future<Integer>> switcher = start(1, () -> {
                int switches = 0;
                while (!over.get()) {
                    device.setMemoryEnabled(switches++ % 2 == 1);
                    Thread.sleep(1);
                }
                return switches;
            });
            for (Future<Integer> user : users) {
                assertThat(user.get()).isEqualTo(100);
            }
            over.set(true);
            assertThat(switcher.getFirst().get()).isPositive();
        }
        for (int tries = 0; tries < 100 && mapped() > mappedBefore; tries++) {
            System.gc();
            Thread.sleep(50);
        }
        assertThat(mapped()).isEqualTo(mappedBefore);
        assertThat(descriptors()).isEqualTo(descriptorsBefore);
    }

    /** New mappings get the addresses that are free, so those of a closed region must not be. */
    @ParameterizedTest
    @DisplayName(
            "R10: a region that is closed while others write to it: they never reach memory that is mapped afterwards,"
                    + " whatever the policy")
    @EnumSource(FaultPolicy.class)
    void neverUseAfterFree(FaultPolicy policy) throws Exception {
        Path file = Files.createTempFile("hostmem-canaries", ".region");
        try (FileChannel canaries = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int round = 0; round < 40; round++) {
                closeUnderWriters(policy, canaries);
            }
        } finally {
            Files.delete(file);
        }
    }

    private static void closeUnderWriters(FaultPolicy policy, FileChannel canaries) throws Exception {
        try (Device device = EmbeddedDevice.open();
                Arena arena = Arena.ofShared()) {
            HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT.with(policy));
            AtomicInteger writes = new AtomicInteger();
            List<Future<Class<?>>> writers = start(3, () -> {
                byte[] bytes = new byte[PAGE];
                try {
                    while (true) {
                        region.writeBytes(0, bytes, 0, PAGE);
                        region.fill(1, 5000, (byte) 0);
                        region.writeInt(64, 0);
                        writes.incrementAndGet();
                    }
                } catch (RegionClosedException | RegionFaultException closed) {
                    return closed.getClass();
                }
            });
            while (writes.get() < 3) {
                Thread.onSpinWait();
            }
            region.close();
            List<MemorySegment> mapped = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                MemorySegment canary = canaries.map(MapMode.PRIVATE, 0, region.size() / 8, arena);
                canary.asSlice(0, 2 * PAGE).fill(CANARY);
                mapped.add(canary);
            }
            for (Future<Class<?>> writer : writers) {
                assertThat(writer.get()).isIn(RegionClosedException.class, RegionFaultException.class);
            }
            for (MemorySegment canary : mapped) {
                for (long i = 0; i < 2 * PAGE; i += 8) {
                    assertThat(canary.get(ValueLayout.JAVA_BYTE, i)).isEqualTo(CANARY);
                }
            }
        }
    }

    @Test
    @DisplayName("R10: processes that are started while regions are mapped and accessed inherit neither descriptors nor"
            + " mappings, and disturb nothing")
    void otherProcessesInheritNothing() throws Exception {
        Device device = EmbeddedDevice.open();
        try {
            HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT);
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger next = new AtomicInteger();
            List<Future<Integer>> users = start(2, () -> {
                long own = 4096L * next.getAndIncrement();
                int rounds = 0;
                for (; !over.get(); rounds++) {
                    region.writeLong(own + 8, rounds);
                    region.fill(own + 64, 1000, (byte) rounds);
                    assertThat(region.readByte(own + 1063)).isEqualTo((byte) rounds);
                }
                return rounds;
            });
            assertThat(descriptors()).as("what there is to be inherited").isPositive();
            for (int i = 0; i < 10; i++) {
                Process child = new ProcessBuilder("sh", "-c", "ls -l /proc/self/fd; cat /proc/self/maps")
                        .redirectErrorStream(true)
                        .start();
                String seen = new String(child.getInputStream().readAllBytes());
                assertThat(child.waitFor()).isZero();
                assertThat(seen)
                        .contains("/proc/")
                        .doesNotContain("hostmem-bar")
                        .doesNotContain("hostmem-disabled")
                        .doesNotContain("hostmem-code");
            }
            Process lasting = new ProcessBuilder("sleep", "60").start();
            over.set(true);
            for (Future<Integer> user : users) {
                assertThat(user.get()).isPositive();
            }
            device.close();
            assertThat(descriptors()).as("with a child that still runs").isZero();
            lasting.destroy();
        } finally {
            device.close();
        }
    }

    @Test
    @DisplayName("R10: nor does a program that native code starts, where Java closes nothing on the way")
    void programsOfNativeCodeInheritNothing() throws Exception {
        Child child = Child.run(Inheritance.class, List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"))
                .assertHeld();
        String control = child.output()
                .lines()
                .filter(line -> line.startsWith("control: "))
                .findFirst()
                .orElseThrow()
                .substring(9);
        assertThat(child.output().lines().filter(line -> line.startsWith("open: ")))
                .singleElement()
                .asString()
                .as("what there is to be inherited")
                .contains("hostmem-bar");
        assertThat(child.output().lines().filter(line -> line.startsWith("inherited: ")))
                .as("a descriptor that is meant to be inherited")
                .anyMatch(line -> line.contains(" " + control + " -> "))
                .noneMatch(line -> line.contains("memfd:hostmem-"));
        assertThat(child.output().lines().filter(line -> line.startsWith("mapped: ")))
                .isNotEmpty()
                .noneMatch(line -> line.contains("memfd:hostmem-"));
    }
}
