package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToLongFunction;
import org.hostmem.AccessOptions;
import org.hostmem.Atomics;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionClosedException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.guest.GuestRam;
import org.hostmem.integration.faults.Holder;
import org.hostmem.integration.faults.Native;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedAccessor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** R10: how RAM ends while something else is going on. */
@Tag("R10")
class ClosingRamTest {

    private static final int SIZE = 8 << 20;
    private static final byte FILLED = 0x55;
    private static final Path MAPS = Path.of("/proc/self/maps");

    /** A way to read RAM that is filled with one byte: how many bytes of it were something else. */
    private record Reader(String name, ToLongFunction<HostMemoryAccessor> othersIn) {}

    private static List<Reader> readers() {
        MemorySegment ram = MemorySegment.ofArray(new byte[SIZE]);
        byte[] bytes = new byte[SIZE];
        byte[] good = new byte[SIZE];
        Arrays.fill(good, FILLED);
        MemorySegment filled = MemorySegment.ofArray(good);
        long word = 0x5555_5555_5555_5555L;
        return List.of(
                new Reader("readBytes ASCENDING", region -> {
                    region.readBytes(0, ram, 0, SIZE, TransferOrder.ASCENDING);
                    return others(ram, filled);
                }),
                new Reader("readBytes RELAXED", region -> {
                    region.readBytes(0, ram, 0, SIZE, TransferOrder.RELAXED);
                    return others(ram, filled);
                }),
                new Reader("readBytes into an array", region -> {
                    region.readBytes(0, bytes, 0, SIZE);
                    return others(MemorySegment.ofArray(bytes), filled);
                }),
                new Reader("scalars, aligned and not", region -> {
                    for (int at = 0; at < 1 << 16; at += 7) {
                        if (region.readLong(at) != word) {
                            return at;
                        }
                    }
                    return 0;
                }),
                new Reader("atomics", region -> {
                    Atomics atomics = region.atomics();
                    for (int at = 0; at < 1 << 16; at += 8) {
                        if (atomics.getAndAdd(at, 8, 0) != word
                                || atomics.getAcquire(at, 4) != (int) word
                                || atomics.compareAndExchange(at, 2, 0, 0) != (word & 0xffff)) {
                            return at + 1;
                        }
                    }
                    return 0;
                }),
                new Reader("atomics of 16 bytes", region -> {
                    Atomics atomics = region.atomics();
                    for (int at = 0; at < 1 << 16; at += 16) {
                        long[] words = {word, word, word, word};
                        if (atomics.getAcquire(at, 8) != word
                                || atomics.supports(16) && !atomics.compareAndExchange16(at, words)) {
                            return at + 1;
                        }
                    }
                    return 0;
                }),
                new Reader("move", region -> {
                    region.move(0, SIZE / 2, SIZE / 2, Transfer.DEFAULT.withBudget(0));
                    region.readBytes(SIZE / 2, ram, 0, SIZE / 2, TransferOrder.RELAXED);
                    return others(ram.asSlice(0, SIZE / 2), filled.asSlice(0, SIZE / 2));
                }));
    }

    private static long others(MemorySegment read, MemorySegment good) {
        return 1 + read.mismatch(good);
    }

    @TestFactory
    @DisplayName("R10: a read that meets a close gives the true bytes, or says that the region is closed: never zeros")
    List<DynamicTest> aReadThatMeetsACloseNeverGivesZeros() {
        return Regions.providers().stream()
                .flatMap(provider -> readers().stream()
                        .map(reader -> DynamicTest.dynamicTest(provider.name() + ", " + reader.name(), () -> {
                            SplittableRandom random = new SplittableRandom(1);
                            int rounds = provider.priority() > HostMemoryProvider.PRIORITY_FALLBACK
                                    ? 12
                                    : 2; // pure Java is slow, and sees the close at every access
                            for (int round = 0; round < rounds; round++) {
                                closeUnder(provider, reader, random);
                            }
                        })))
                .toList();
    }

    private static void closeUnder(HostMemoryProvider provider, Reader reader, SplittableRandom random)
            throws InterruptedException {
        HostMemoryAccessor ram = provider.openRam(SIZE, AccessOptions.DEFAULT);
        ram.fill(0, SIZE, FILLED);
        long start = System.nanoTime();
        assertThat(reader.othersIn().applyAsLong(ram)).isZero();
        long once = Math.min(System.nanoTime() - start, 20_000_000);
        AtomicReference<Object> end = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            try {
                long others;
                do {
                    others = reader.othersIn().applyAsLong(ram);
                } while (others == 0);
                end.set(others + " is the first byte that was never there, and nothing was thrown");
            } catch (Throwable thrown) {
                end.set(thrown);
            }
        });
        Thread.sleep(0, (int) Math.min(999_999, random.nextLong(once + 1)));
        ram.close();
        thread.join(20_000);
        assertThat(end.get()).isInstanceOf(RegionClosedException.class);
    }

    @Test
    @DisplayName("R10: RAM that is locked is closed, and its pages go back")
    void lockedRamCloses() throws IOException {
        HostMemoryAccessor ram = GuestRam.open(SIZE);
        assumeTrue(!ram.rules().isa().equals("generic"), "where the JVM has its memory is its own affair");
        long address = ((MappedAccessor) ram).address();
        assumeTrue((int) Native.call("mlock", address, SIZE) == 0, "this host locks no 8 MiB");
        long locked = lockedKilobytes();
        ram.close();
        assertThat(line(address)).contains("---p");
        assertThat(lockedKilobytes()).as("of this process, in KiB").isLessThanOrEqualTo(locked - SIZE / 1024);
        Reference.reachabilityFence(ram);
    }

    @Test
    @DisplayName(
            "R10: RAM that is opened while all new memory is locked is closed, and does not count as locked any more")
    void ramUnderMlockallCloses() throws IOException {
        final int future = 2;
        long before = lockedKilobytes();
        assumeTrue((int) Native.call("mlockall", future) == 0, "this host does not lock all new memory");
        try {
            HostMemoryAccessor ram = GuestRam.open(64L << 20);
            long address = ((MappedAccessor) ram).address();
            ram.writeByte(0, (byte) 1);
            ram.close();
            assumeTrue(!ram.rules().isa().equals("generic"), "where the JVM has its memory is its own affair");
            assertThat(line(address)).contains("---p");
            assertThat(lockedKilobytes() - before)
                    .as("KiB more than before, some of which are the JVM's")
                    .isLessThan(60 << 10);
            Reference.reachabilityFence(ram);
        } finally {
            Native.call("munlockall");
        }
    }

    private static long lockedKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmLck:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    /** The line of the process's mappings with an address, empty if there is none. */
    private static String line(long address) throws IOException {
        assumeTrue(Files.isReadable(MAPS), "this host does not show what a process has mapped");
        return Files.readAllLines(MAPS).stream()
                .filter(line -> {
                    String[] range = line.substring(0, line.indexOf(' ')).split("-");
                    return Long.parseUnsignedLong(range[0], 16) <= address
                            && address < Long.parseUnsignedLong(range[1], 16);
                })
                .findFirst()
                .orElse("");
    }

    @Test
    @DisplayName("R10: a close that a native call holds up gives up after ten seconds, and can be repeated")
    void aCloseThatIsHeldUpCanBeRepeated() throws Exception {
        HostMemoryAccessor ram = GuestRam.open(SIZE);
        assumeTrue(!ram.rules().isa().equals("generic"), "the fallback's memory stays until it is unreachable");
        long address = ((MappedAccessor) ram).address();
        Holder holder = new Holder(ram.asSegment());
        long start = System.nanoTime();
        assertThatExceptionOfType(HostMemoryException.class)
                .isThrownBy(ram::close)
                .withMessageContaining(Long.toHexString(address));
        assertThat(System.nanoTime() - start).isBetween(9_000_000_000L, 60_000_000_000L);
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> ram.readByte(0));
        assertThat(line(address)).as("while the call runs").contains("rw-p");
        holder.end();
        ram.close();
        assertThat(line(address)).contains("---p");
        ram.close();
        Reference.reachabilityFence(ram);
    }

    @Test
    @DisplayName("R10: where addresses are short, opening waits for RAM that nobody can reach any more")
    void ramThatNobodyReachesMakesRoom() {
        assumeTrue(
                Regions.providers().stream()
                        .anyMatch(provider -> provider.priority() > HostMemoryProvider.PRIORITY_FALLBACK),
                "the fallback touches all its memory");
        long size = 4L << 40; // of 128 TiB, or of as little as 64 on some hosts
        for (int i = 0; i < 100; i++) {
            GuestRam.open(size).writeByte(0, (byte) 1);
        }
        for (int i = 0; i < 100; i++) {
            HostMemoryAccessor ram = GuestRam.open(size);
            ram.writeByte(size - 1, (byte) 1);
            ram.close();
        }
    }
}
