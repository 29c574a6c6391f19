package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;

/**
 * The mappings of a {@link FakeKernel}, with the rules and answers of a container of type 1 and of iommufd as they were
 * seen on Linux 7.3.
 */
final class FakeDma {

    /** One mapping: address of this process, size, rights as the caller has them. */
    record Mapped(long address, long size, int flags) {}

    /** Those of x86-64: the hole is the window of interrupts. */
    List<IovaRange> ranges = List.of(new IovaRange(0, 0xfedf_ffffL), new IovaRange(0xfef0_0000L, 0xffff_ffff_ffffL));

    long pageSizes = 0x40201000L;
    /** Bytes that may be locked. */
    long limit = Long.MAX_VALUE;
    /** What physical addresses are less the mapped ones, piece by piece of this size. */
    long piece = 0x8000;

    final TreeMap<Long, Mapped> mapped = new TreeMap<>();
    private final ToIntFunction<String> call;

    /** {@code call} writes a call down, and tells its refusal. */
    FakeDma(ToIntFunction<String> call) {
        this.call = call;
    }

    int ioctl(int command, MemorySegment a) {
        return switch (command) {
            case IoctlNumbers.IOMMU_GET_INFO -> info(a);
            case IoctlNumbers.IOMMU_MAP_DMA ->
                map("MAP_DMA", a.get(JAVA_LONG, 8), a.get(JAVA_LONG, 24), a.get(JAVA_LONG, 16), a.get(JAVA_INT, 4));
            case IoctlNumbers.IOMMU_UNMAP_DMA -> unmap("UNMAP_DMA", a, a.get(JAVA_LONG, 8), a.get(JAVA_LONG, 16), 0);
            case IoctlNumbers.IOMMU_IOAS_IOVA_RANGES -> ranges(a);
            case IoctlNumbers.IOMMU_IOAS_MAP ->
                map(
                        "IOAS_MAP of " + a.get(JAVA_INT, 8),
                        a.get(JAVA_LONG, 16),
                        a.get(JAVA_LONG, 24),
                        a.get(JAVA_LONG, 32),
                        a.get(JAVA_INT, 4));
            case IoctlNumbers.IOMMU_IOAS_UNMAP ->
                unmap(
                        "IOAS_UNMAP of " + a.get(JAVA_INT, 4),
                        a,
                        a.get(JAVA_LONG, 8),
                        a.get(JAVA_LONG, 16),
                        -Errno.ENOENT);
            case IoctlNumbers.IOMMU_IOAS_NOIOMMU_GET_PA -> physical(a);
            default -> throw new AssertionError(command);
        };
    }

    /** With an unknown capability before the ranges. */
    private int info(MemorySegment a) {
        int refused = call.applyAsInt("IOMMU_GET_INFO with " + a.get(JAVA_INT, 0));
        int needed = 24 + 16 + 16 + 16 * ranges.size();
        a.set(JAVA_LONG, 8, pageSizes);
        if (a.get(JAVA_INT, 0) >= needed) {
            a.set(JAVA_INT, 16, 24);
            a.set(JAVA_SHORT, 24, (short) 3);
            a.set(JAVA_INT, 28, 40);
            a.set(JAVA_SHORT, 40, (short) 1);
            a.set(JAVA_INT, 48, ranges.size());
            for (int i = 0; i < ranges.size(); i++) {
                a.set(JAVA_LONG, 56 + 16L * i, ranges.get(i).first());
                a.set(JAVA_LONG, 64 + 16L * i, ranges.get(i).last());
            }
        }
        a.set(JAVA_INT, 0, needed);
        return refused;
    }

    @SuppressWarnings("restricted") // the buffer is that of the call
    private int ranges(MemorySegment a) {
        int room = a.get(JAVA_INT, 8);
        int refused = call.applyAsInt("IOVA_RANGES of " + a.get(JAVA_INT, 4) + " with " + room);
        a.set(JAVA_INT, 8, ranges.size());
        a.set(JAVA_LONG, 24, Long.lowestOneBit(pageSizes));
        if (refused != 0 || room < ranges.size()) {
            return refused != 0 ? refused : -Errno.EMSGSIZE;
        }
        MemorySegment pairs = MemorySegment.ofAddress(a.get(JAVA_LONG, 16)).reinterpret(16L * room);
        for (int i = 0; i < ranges.size(); i++) {
            pairs.set(JAVA_LONG, 16L * i, ranges.get(i).first());
            pairs.set(JAVA_LONG, 16L * i + 8, ranges.get(i).last());
        }
        return 0;
    }

    private int map(String name, long address, long size, long iova, int flags) {
        int refused = call.applyAsInt(
                name + " 0x" + Long.toHexString(size) + " at 0x" + Long.toHexString(iova) + " flags " + flags);
        if (refused != 0) {
            return refused;
        }
        long page = Long.lowestOneBit(pageSizes) - 1;
        if (size == 0
                || ((address | size | iova) & page) != 0
                || ranges.stream().noneMatch(range -> range.contains(iova, size))) {
            return -Errno.EINVAL;
        }
        Map.Entry<Long, Mapped> below = mapped.floorEntry(iova + size - 1);
        if (below != null && below.getKey() + below.getValue().size() > iova) {
            return -Errno.EEXIST;
        }
        if (locked() + size > limit) {
            return -Errno.ENOMEM;
        }
        mapped.put(iova, new Mapped(address, size, flags));
        return 0;
    }

    long locked() {
        return mapped.values().stream().mapToLong(Mapped::size).sum();
    }

    private int unmap(String name, MemorySegment a, long iova, long size, int nothing) {
        int refused = call.applyAsInt(name + " 0x" + Long.toHexString(size) + " at 0x" + Long.toHexString(iova));
        if (refused != 0) {
            return refused;
        }
        Mapped found = mapped.get(iova);
        if (found == null) {
            a.set(JAVA_LONG, 16, 0);
            return nothing;
        }
        if (found.size() != size) {
            return -Errno.EINVAL;
        }
        mapped.remove(iova);
        return 0;
    }

    /** Backwards in the host's memory, piece by piece. */
    private int physical(MemorySegment a) {
        long iova = a.get(JAVA_LONG, 16);
        int refused = call.applyAsInt(
                "GET_PA 0x" + Long.toHexString(a.get(JAVA_LONG, 24)) + " at 0x" + Long.toHexString(iova));
        a.set(JAVA_LONG, 24, Math.min(a.get(JAVA_LONG, 24), piece - iova % piece));
        a.set(JAVA_LONG, 32, 0x1_0000_0000L - iova / piece * 2 * piece + iova % piece);
        return refused;
    }
}
