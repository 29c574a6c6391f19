package org.hostmem.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.hostmem.HostMemoryException;

/**
 * Finds the pages that the host holds, in memory or in swap, by {@code /proc/self/pagemap}. {@code mincore} does not
 * know the pages in swap, and there is no file whose holes {@code lseek} could find.
 */
final class TouchedPages {

    private static final Path PAGEMAP = Path.of("/proc/self/pagemap");
    private static final long PRESENT_OR_SWAPPED = 3L << 62;
    private static final int PAGES_AT_ONCE = 8192;

    /** Gets pages in a row, in ascending order. */
    @FunctionalInterface
    interface Run {
        void visit(long address, long length);
    }

    private TouchedPages() {}

    /** Visits runs of whole pages, which may begin before the range and end behind it. */
    static void forEach(long address, long length, long pageSize, Run run) {
        ByteBuffer entries =
                ByteBuffer.allocateDirect(PAGES_AT_ONCE * Long.BYTES).order(ByteOrder.nativeOrder());
        long page = Long.divideUnsigned(address, pageSize);
        long end = Long.divideUnsigned(address + length + pageSize - 1, pageSize);
        long first = -1; // of the run, or -1
        try (FileChannel pagemap = FileChannel.open(PAGEMAP)) {
            while (page < end) {
                LongBuffer some = read(pagemap, entries, page, (int) Math.min(end - page, PAGES_AT_ONCE));
                while (some.hasRemaining()) {
                    boolean isTouched = (some.get() & PRESENT_OR_SWAPPED) != 0;
                    if (isTouched && first < 0) {
                        first = page;
                    } else if (!isTouched && first >= 0) {
                        run.visit(first * pageSize, (page - first) * pageSize);
                        first = -1;
                    }
                    page++;
                }
            }
        } catch (IOException refused) {
            throw new HostMemoryException(
                    "the host does not report which pages were touched, because " + PAGEMAP + " cannot be read: "
                            + refused,
                    refused);
        }
        if (first >= 0) {
            run.visit(first * pageSize, (end - first) * pageSize);
        }
    }

    private static LongBuffer read(FileChannel pagemap, ByteBuffer entries, long page, int count) throws IOException {
        entries.clear().limit(count * Long.BYTES);
        while (entries.hasRemaining()) {
            if (pagemap.read(entries, page * Long.BYTES + entries.position()) < 0) {
                throw new IOException("it ends before page " + page);
            }
        }
        return entries.flip().asLongBuffer();
    }
}
