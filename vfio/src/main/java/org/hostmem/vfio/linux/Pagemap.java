package org.hostmem.vfio.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.hostmem.vfio.DmaException;
import org.hostmem.vfio.DmaException.Refusal;

/**
 * {@code /proc/self/pagemap}: the physical addresses of pages of this process
 * (Documentation/admin-guide/mm/pagemap.rst).
 */
public final class Pagemap {

    private static final Path FILE = Path.of("/proc/self/pagemap");
    private static final long FRAME = (1L << 55) - 1;

    private Pagemap() {}

    /**
     * Returns the physical addresses of a block of locked memory.
     *
     * @throws DmaException if the kernel does not tell
     */
    public static PhysicalPages of(long address, long size, int pageSize) {
        PhysicalPages pages = new PhysicalPages();
        try (FileChannel file = FileChannel.open(FILE, StandardOpenOption.READ)) {
            ByteBuffer entry = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
            for (long at = address; at < address + size; at += pageSize) {
                entry.clear();
                if (file.read(entry, at / pageSize * 8) != 8) {
                    throw untold("it ends before the page of 0x" + Long.toHexString(at));
                }
                // Bit 63: present. The frame is 0 if this process may not know it.
                long bits = entry.getLong(0);
                if (bits >= 0 || (bits & FRAME) == 0) {
                    throw untold("it hides the page of 0x" + Long.toHexString(at) + ": CAP_SYS_ADMIN is needed");
                }
                pages.add((bits & FRAME) * pageSize, pageSize);
            }
            return pages;
        } catch (IOException unreadable) {
            throw untold(String.valueOf(unreadable.getMessage()));
        }
    }

    private static DmaException untold(String why) {
        return new DmaException(
                Refusal.UNSUPPORTED,
                "the physical address of memory cannot be read from " + FILE + ": " + why
                        + ". Or open the device by its own node (VfioInterface.NO_IOMMU_CDEV, Linux 7.3)");
    }
}
