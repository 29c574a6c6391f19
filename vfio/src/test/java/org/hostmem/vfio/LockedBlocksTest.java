package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.LockedBlocks;
import org.junit.jupiter.api.Test;

/** Memory that is locked for several mappings, as the kernel lists it. */
class LockedBlocksTest {

    private static final long PAGE = Linux.INSTANCE.pageSize();

    /** The kernel's flag of the mapping that has the address. */
    private static boolean isLocked(long address) throws IOException {
        boolean here = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                String[] ends = line.substring(0, line.indexOf(' ')).split("-");
                here = Long.compareUnsigned(Long.parseUnsignedLong(ends[0], 16), address) <= 0
                        && Long.compareUnsigned(address, Long.parseUnsignedLong(ends[1], 16)) < 0;
            } else if (here && line.startsWith("VmFlags:")) {
                return (line + " ").contains(" lo ");
            }
        }
        throw new AssertionError("nothing is mapped at 0x" + Long.toHexString(address));
    }

    @Test
    void aPageStaysLockedUntilItsLastBlockEnds() throws IOException {
        try (DmaMemory memory = DmaMemory.allocate(PAGE)) {
            long address = ((MappedAccessor) memory.ram()).address();
            assertThat(LockedBlocks.lock(address, PAGE)).isZero();
            assertThat(LockedBlocks.lock(address, PAGE)).isZero();
            assertThat(LockedBlocks.unlock(address, PAGE)).isZero();
            assertThat(isLocked(address)).isTrue();
            assertThat(LockedBlocks.unlock(address, PAGE)).isZero();
            assertThat(isLocked(address)).isFalse();
        }
    }

    @Test
    void pagesThatNoOtherBlockHasAreUnlocked() throws IOException {
        try (DmaMemory memory = DmaMemory.allocate(5 * PAGE)) {
            long address = ((MappedAccessor) memory.ram()).address();
            LockedBlocks.lock(address, 5 * PAGE);
            LockedBlocks.lock(address + 3 * PAGE, PAGE);
            LockedBlocks.lock(address + PAGE, PAGE);
            assertThat(LockedBlocks.unlock(address, 5 * PAGE)).isZero();
            for (int page = 0; page < 5; page++) {
                assertThat(isLocked(address + page * PAGE)).as("page " + page).isEqualTo(page % 2 == 1);
            }
            LockedBlocks.unlock(address + PAGE, PAGE);
            LockedBlocks.unlock(address + 3 * PAGE, PAGE);
            assertThat(isLocked(address + PAGE) || isLocked(address + 3 * PAGE)).isFalse();
        }
    }
}
