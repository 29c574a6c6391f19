package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionClosedException;
import org.hostmem.TransferOrder;
import org.hostmem.guest.GuestRam;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedAccessor;
import org.junit.jupiter.api.Test;

/** RAM in one line, and how it ends. */
class GuestRamTest {

    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final Path PAGEMAP = Path.of("/proc/self/pagemap");
    private static final int PAGE = 4096;

    @Test
    void isZeroedNormalMemoryWithAllThatOnlySuchMemoryHas() {
        for (HostMemoryProvider provider : Regions.providers()) {
            try (HostMemoryAccessor ram = provider.openRam(3 * PAGE + 5, AccessOptions.DEFAULT)) {
                assertThat(ram.size()).isEqualTo(3 * PAGE + 5);
                assertThat(ram.capabilities().cacheMode()).isEqualTo(CacheMode.NORMAL);
                byte[] all = new byte[(int) ram.size()];
                ram.readBytes(0, all, 0, all.length);
                assertThat(all).containsOnly(0);
                ram.write(3 * PAGE + 1, 4, 0x12345678);
                assertThat(ram.read(3 * PAGE + 1, 4)).isEqualTo(0x12345678);
                assertThat(ram.asSegment().get(ValueLayout.JAVA_INT_UNALIGNED, 3 * PAGE + 1))
                        .isEqualTo(0x12345678);
                assertThat(ram.atomics().getAndAdd(8, 8, 3)).isZero();
                assertThat(ram.readLong(8)).isEqualTo(3);
                assertThat(((MappedAccessor) ram).address() % PAGE).isZero();
            }
        }
    }

    @Test
    void isOpenedByTheProviderOfThisHost() {
        try (HostMemoryAccessor ram = GuestRam.open(PAGE)) {
            assertThat(ram.rules().isa())
                    .isEqualTo(Regions.providers().stream()
                            .max((a, b) -> a.priority() - b.priority())
                            .orElseThrow()
                            .name());
        }
    }

    @Test
    void closingEndsViewsAndSegments() {
        HostMemoryAccessor ram = GuestRam.open(PAGE);
        assumeTrue(!ram.rules().isa().equals("generic"), "the fallback's memory stays until it is unreachable");
        HostMemoryAccessor view = ram.slice(16, 16);
        MemorySegment segment = ram.asSegment();
        ram.close();
        ram.close();
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> view.readByte(0));
        assertThatIllegalStateException().isThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void sizesThatCannotBeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> GuestRam.open(-1)).withMessageContaining("-1 bytes");
        try (HostMemoryAccessor empty = GuestRam.open(0)) {
            assertThat(empty.size()).isZero();
        }
        for (HostMemoryProvider provider : Regions.providers()) {
            assertThatExceptionOfType(HostMemoryException.class)
                    .isThrownBy(() -> provider.openRam(1L << 62, AccessOptions.DEFAULT))
                    .withMessageContaining("" + (1L << 62));
        }
    }

    /** What a guest of 256 GiB costs is what it touches. */
    @Test
    void aLargeAndEmptyGuestIsCheapAndGivesBackWhatItTouched() throws IOException {
        assumeTrue(
                Regions.providers().stream()
                        .anyMatch(provider -> provider.priority() > HostMemoryProvider.PRIORITY_FALLBACK),
                "the fallback touches all its memory");
        assumeTrue(Files.isReadable(PAGEMAP), "this host does not show which pages a process has");
        long size = 256L << 30;
        long touched = 48L << 20;
        HostMemoryAccessor ram = GuestRam.open(size);
        long address = ((MappedAccessor) ram).address();
        try (ram) {
            for (long at = 0; at < touched; at += PAGE) {
                ram.writeByte(size - touched + at, (byte) 1);
            }
            assertThat(ram.readByte(size - PAGE)).isEqualTo((byte) 1);
            assertThat(ram.readByte(size / 2)).isZero();
            assertThat(present(address + size - touched, touched))
                    .as("of what was touched")
                    .isEqualTo(touched);
            assertThat(present(address, 1L << 30)).as("of what was not").isZero();
        }
        assertThat(present(address + size - touched, touched))
                .as("after the close")
                .isZero();
        Reference.reachabilityFence(ram); // till then nobody else is given the addresses
    }

    /**
     * How many of the bytes at an address are in memory, page by page: a line of {@code smaps} may be of a neighbour's
     * memory, too.
     */
    private static long present(long address, long length) throws IOException {
        long pageSize = Files.readAllLines(Path.of("/proc/self/smaps")).stream()
                .filter(line -> line.startsWith("KernelPageSize:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                .findFirst()
                .orElseThrow();
        byte[] entries = new byte[(int) (length / pageSize) * Long.BYTES];
        try (RandomAccessFile pagemap = new RandomAccessFile(PAGEMAP.toFile(), "r")) {
            pagemap.seek(address / pageSize * Long.BYTES);
            pagemap.readFully(entries);
        }
        LongBuffer pages =
                ByteBuffer.wrap(entries).order(ByteOrder.nativeOrder()).asLongBuffer();
        return LongStream.generate(pages::get)
                        .limit(pages.limit())
                        .filter(entry -> entry < 0)
                        .count()
                * pageSize; // bit 63: present
    }

    @Test
    void whatIsNeverClosedGoesWhenNothingThatCameFromItIsReachable() throws Exception {
        assumeTrue(Files.isReadable(MAPS), "this host does not show what a process has mapped");
        HostMemoryAccessor view = GuestRam.open(77L * PAGE).slice(PAGE, PAGE);
        assumeTrue(!view.rules().isa().equals("generic"), "where the JVM has its memory is its own affair");
        long address = ((MappedAccessor) view).address();
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(isMapped(address)).as("while a view is reachable").isTrue();
        view.writeByte(0, (byte) 1);
        view = null;
        long patience = System.nanoTime() + 20_000_000_000L;
        while (isMapped(address) && System.nanoTime() < patience) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(isMapped(address)).isFalse();
    }

    private static boolean isMapped(long address) throws IOException {
        return Files.readAllLines(MAPS).stream()
                .map(line -> line.substring(0, line.indexOf(' ')).split("-"))
                .anyMatch(range -> Long.parseUnsignedLong(range[0], 16) <= address
                        && address < Long.parseUnsignedLong(range[1], 16));
    }

    /** R10. */
    @Test
    void closingWhileAnotherThreadCopiesIsSafe() throws Exception {
        for (int round = 0; round < 50; round++) {
            HostMemoryAccessor ram = GuestRam.open(1 << 20);
            MemorySegment bytes = MemorySegment.ofArray(new byte[1 << 20]);
            AtomicReference<Throwable> end = new AtomicReference<>();
            Thread copier = Thread.ofPlatform().start(() -> {
                try {
                    while (true) {
                        ram.writeBytes(0, bytes, 0, bytes.byteSize(), TransferOrder.ASCENDING);
                        ram.readInt(64);
                    }
                } catch (Throwable thrown) {
                    end.set(thrown);
                }
            });
            Thread.sleep(0, round * 20_000);
            ram.close();
            copier.join(20_000);
            assertThat(end.get()).isInstanceOf(RegionClosedException.class);
        }
    }
}
