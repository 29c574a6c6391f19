package org.hostmem.vfio.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.hostmem.engine.MappingRetry;
import org.hostmem.vfio.VfioException;
import org.jspecify.annotations.Nullable;

/**
 * Maps new memory, of large pages if the host grants them. All pages are present at once, so no later access can fail.
 */
public final class HugePages {

    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MAP_HUGETLB = 0x40000;
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_HUGETLB = 4;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_POPULATE_WRITE = 23;
    private static final int READ_WRITE = Syscalls.PROT_READ | Syscalls.PROT_WRITE;

    private static final MemorySegment MADVISE = Linux.function("madvise");
    private static final MemorySegment MEMFD_CREATE = Linux.function("memfd_create");
    private static final MemorySegment FTRUNCATE = Linux.function("ftruncate");

    /** The logarithm that stands for the host's base page, whatever its size is. */
    private static final int BASE = 0;

    private static final int MIB_2 = 21;
    private static final int GIB_1 = 30;
    private static final int[] LARGE = {GIB_1, MIB_2};

    private HugePages() {}

    /**
     * The size of pages in bytes.
     *
     * @param log the logarithm of it; 0 for the host's base page
     */
    public static long bytes(int log) {
        return log == BASE ? Linux.INSTANCE.pageSize() : 1L << log;
    }

    /** The logarithm in the flags of {@code mmap} and {@code memfd_create}, from bit 26 on. */
    private static int flag(int log) {
        return log << 26;
    }

    /**
     * The memory that was granted.
     *
     * @param address of the first page
     * @param size the size that was asked for, rounded up to whole pages
     * @param log of the size of its pages; 0 for base pages
     * @param descriptor of its file; -1 if the memory is of this process alone
     */
    public record Block(long address, long size, int log, int descriptor) {}

    /**
     * Maps memory.
     *
     * @param wanted the logarithm of the size of the largest pages to try; 0 for base pages
     * @param shared whether the memory is a file without a name
     * @throws VfioException if the host does not have that much
     */
    public static Block map(long size, int wanted, boolean shared) {
        for (int log : LARGE) {
            Block block = log <= wanted ? pooled(rounded(size, log), log, shared) : null;
            if (block != null) {
                return block;
            }
        }
        return shared
                ? Objects.requireNonNull(file(rounded(size, BASE), BASE, 0)) // null means too few large pages
                : anonymous(rounded(size, BASE), wanted != BASE);
    }

    private static long rounded(long size, int pages) {
        long rounded = size + bytes(pages) - 1 & -bytes(pages);
        if (size <= 0 || rounded < size) {
            throw new IllegalArgumentException(size + " bytes of memory: the size must be 1 or more, in whole pages of "
                    + bytes(pages) + " bytes");
        }
        return rounded;
    }

    /** Maps memory of the host's pool; null if the pool has too little, or the host has no such pages. */
    private static @Nullable Block pooled(long size, int pages, boolean shared) {
        if (shared) {
            return file(size, pages, MFD_HUGETLB | flag(pages));
        }
        long address = Linux.mmap(0, size, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | flag(pages), -1, 0);
        return address < 0 ? null : new Block(address, size, pages, -1);
    }

    /** Null if large pages were asked for and the host has too few. */
    private static @Nullable Block file(long size, int pages, int flags) {
        int fd = fileOf(size, flags);
        long address = fd < 0 ? fd : MappingRetry.of(() -> Linux.mmap(0, size, READ_WRITE, MAP_SHARED, fd, 0));
        if (address >= 0 && pages == BASE) {
            address = populated(address, size);
        }
        if (address < 0) {
            if (fd >= 0) {
                Linux.INSTANCE.close(fd);
            }
            if (pages == BASE) {
                throw none(size, address);
            }
            return null;
        }
        return new Block(address, size, pages, fd);
    }

    private static int fileOf(long size, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            int fd = Linux.callInt(
                    MEMFD_CREATE, arena.allocateFrom("hostmem-dma").address(), MFD_CLOEXEC | flags, 0, 0);
            if (fd < 0) {
                return fd;
            }
            int result = Linux.callInt(FTRUNCATE, fd, size, 0, 0);
            if (result < 0) {
                Linux.INSTANCE.close(fd);
                return result;
            }
            return fd;
        }
    }

    /** Maps memory of base pages. The host may join them to large pages if the memory is aligned to large pages. */
    private static Block anonymous(long size, boolean large) {
        long alignment = bytes(MIB_2);
        long room = large ? size + alignment : size;
        long start = MappingRetry.of(() -> Linux.mmap(0, room, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (start < 0) {
            throw none(size, start);
        }
        if (!large) {
            return new Block(populatedOrNone(start, size), size, BASE, -1);
        }
        long address = start + alignment - 1 & -alignment;
        if (address > start) {
            Linux.INSTANCE.unmap(start, address - start);
        }
        if (start + room > address + size) {
            Linux.INSTANCE.unmap(address + size, start + room - address - size);
        }
        Linux.callInt(MADVISE, address, size, MADV_HUGEPAGE, 0); // a host without them has base pages
        populatedOrNone(address, size);
        boolean granted = size % alignment == 0 && transparent(address) >= size;
        return new Block(address, size, granted ? MIB_2 : BASE, -1);
    }

    private static long populatedOrNone(long address, long size) {
        long result = populated(address, size);
        if (result < 0) {
            throw none(size, result);
        }
        return result;
    }

    /**
     * Makes all pages present, and returns the address. If that fails, it returns the error, and nothing is mapped.
     * Before Linux 5.14 pages become present when they are touched.
     */
    private static long populated(long address, long size) {
        int result = Linux.callInt(MADVISE, address, size, MADV_POPULATE_WRITE, 0);
        if (result < 0 && result != -Errno.EINVAL) {
            Linux.INSTANCE.unmap(address, size);
            return result;
        }
        return address;
    }

    private static VfioException none(long size, long result) {
        return new VfioException("cannot allocate " + size + " bytes of memory: " + Errno.name(result));
    }

    /** Bytes of transparent huge pages in the mapping of an address, as the kernel counts them. */
    private static long transparent(long address) {
        try {
            String start = Long.toHexString(address) + "-";
            boolean here = false;
            for (String line : Files.readAllLines(Path.of("/proc/self/smaps"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(start)) {
                    here = true;
                } else if (here && line.startsWith("AnonHugePages:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        } catch (IOException untold) {
            return 0;
        }
        return 0;
    }
}
