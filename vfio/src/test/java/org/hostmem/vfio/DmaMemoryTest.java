package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.PhysicalPages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memory for devices: of the size and pages that the host grants, and gone when it is closed. */
class DmaMemoryTest {

    @ParameterizedTest
    @EnumSource
    void itIsZeroedAlignedAndAsLargeAsAskedForWhateverPagesAreGranted(PageSize wanted) {
        try (DmaMemory memory = DmaMemory.allocate(5 << 20, wanted, AccessOptions.DEFAULT)) {
            assertThat(memory.pages()).isLessThanOrEqualTo(wanted);
            assertThat(memory.size()).isGreaterThanOrEqualTo(5 << 20);
            assertThat(memory.size() % memory.pages().bytes()).isZero();
            assertThat(memory.ram().size()).isEqualTo(memory.size());
            assertThat(memory.ram().asSegment().address() % memory.pages().bytes())
                    .isZero();
            assertThat(memory.ram().capabilities().cacheMode()).isEqualTo(CacheMode.NORMAL);
            assertThat(memory.ram().asSegment().mismatch(MemorySegment.ofArray(new byte[(int) memory.size()])))
                    .isEqualTo(-1);
            memory.ram().writeLong(memory.size() - 8, 7);
            assertThat(memory.ram().atomics().getAndAdd(memory.size() - 8, 8, 1))
                    .isEqualTo(7);
            assertThat(memory.descriptor()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void byItsDescriptorAnotherMapsTheSameMemory(PageSize wanted) throws IOException {
        try (DmaMemory memory = DmaMemory.shared(3 << 20, wanted, AccessOptions.DEFAULT)) {
            memory.ram().writeInt(0x2000, 0x12345678);
            try (Device other = Vfio.duplicate(memory.descriptor().orElseThrow(), VfioOptions.none());
                    HostMemoryAccessor same = other.region(0).open(AccessOptions.DEFAULT)) {
                assertThat(same.readInt(0x2000)).isEqualTo(0x12345678);
                same.writeInt(0x2004, 0x9abcdef0);
            }
            assertThat(memory.ram().readInt(0x2004)).isEqualTo(0x9abcdef0);
            assertThat(memory.toString()).endsWith("shared");
        }
    }

    @Test
    void theOptionsAreThoseOfItsAccessor() {
        try (DmaMemory memory =
                DmaMemory.allocate(1, PageSize.BASE, AccessOptions.DEFAULT.with(ByteOrder.BIG_ENDIAN))) {
            memory.ram().writeInt(0, 0x01020304);
            assertThat(memory.ram().readByte(0)).isEqualTo((byte) 1);
            assertThat(memory.size()).isEqualTo(PageSize.BASE.bytes());
        }
    }

    @Test
    void closingItTwiceIsClosingItOnce() {
        DmaMemory memory = DmaMemory.shared(4096, PageSize.BASE, AccessOptions.DEFAULT);
        memory.close();
        memory.close();
        assertThat(memory.descriptor()).isEmpty();
        assertThatThrownBy(() -> memory.ram().readInt(0)).isInstanceOf(RegionClosedException.class);
    }

    @Test
    void noMemoryAndMoreThanThereIsAreRefused() {
        assertThatThrownBy(() -> DmaMemory.allocate(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DmaMemory.allocate(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DmaMemory.allocate(Long.MAX_VALUE - 100)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DmaMemory.allocate(1L << 60))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("ENOMEM");
        assertThatThrownBy(() -> DmaMemory.shared(1L << 60, PageSize.BASE, AccessOptions.DEFAULT))
                .isInstanceOf(VfioException.class);
    }

    @Test
    void itsPagesGoBackToTheHostWhenItIsClosed() throws IOException {
        long before = resident();
        for (int i = 0; i < 64; i++) {
            DmaMemory memory = DmaMemory.allocate(8 << 20);
            memory.ram().fill(0, memory.size(), (byte) 1);
            memory.close();
        }
        assertThat(resident() - before).isLessThan(256L << 20);
    }

    private static long resident() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * Linux.INSTANCE.pageSize();
    }

    @Test
    void piecesOfPhysicalMemoryThatFollowEachOtherAreOne() {
        PhysicalPages pages = new PhysicalPages();
        pages.add(0x5000, 0x1000);
        pages.add(0x6000, 0x1000);
        for (int i = 0; i < 100; i++) {
            pages.add(0x100000 - i * 0x2000, 0x1000);
        }
        assertThat(pages.address(0x1fff)).isEqualTo(0x6fff);
        assertThat(pages.contiguous(0)).isEqualTo(0x2000);
        assertThat(pages.contiguous(0x2001)).isEqualTo(0xfff);
        assertThat(pages.address(0x2000 + 99 * 0x1000 + 5)).isEqualTo(0x100000 - 99 * 0x2000 + 5);
    }
}
