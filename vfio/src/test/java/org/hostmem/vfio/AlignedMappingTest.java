package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Syscalls;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a file is mapped, so that the kernel can use huge pages. None of its pages is touched but one. */
class AlignedMappingTest {

    private static final int READ_WRITE = Syscalls.PROT_READ | Syscalls.PROT_WRITE;

    /** A BAR begins at a multiple of its size, and an area of it where it lies in the BAR. */
    @ParameterizedTest
    @CsvSource({
        "0, 0x4000, 0x4000",
        "0, 0x200000, 0x200000",
        "0, 0x300000, 0x200000",
        "0x10000, 0x200000, 0x200000",
        "0, 0x40000000, 0x40000000",
        "0, 0x80000000, 0x40000000"
    })
    void theAddressHasTheLowBitsOfTheOffset(String offset, String size, String alignment) {
        long from = Long.decode(offset);
        long length = Long.decode(size);
        int fd = Linux.INSTANCE.memoryFile("hostmem-aligned", from + length);
        assertThat(fd).isNotNegative();
        try (Arena arena = Arena.ofConfined()) {
            long address = Linux.INSTANCE.map(fd, from, length, READ_WRITE);
            assertThat(address).isPositive();
            assertThat((address - from) % Long.decode(alignment)).isZero();
            Linux.INSTANCE.segment(address, length, arena).set(ValueLayout.JAVA_BYTE, length - 1, (byte) 7);
            assertThat(Linux.INSTANCE.unmap(address, length)).isZero();
            assertThat(lastByte(fd, from + length)).isEqualTo((byte) 7);
        } finally {
            Linux.INSTANCE.close(fd);
        }
    }

    private static byte lastByte(int fd, long size) {
        try (Arena arena = Arena.ofConfined()) {
            var one = arena.allocate(1);
            assertThat(Linux.INSTANCE.pread(fd, one, 1, size - 1)).isEqualTo(1);
            return one.get(ValueLayout.JAVA_BYTE, 0);
        }
    }
}
