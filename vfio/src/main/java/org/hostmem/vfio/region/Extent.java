package org.hostmem.vfio.region;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hostmem.vfio.SharedBytes;
import org.hostmem.vfio.pci.PciAddress;

/**
 * The place of a region's bytes. If extents of two regions overlap in the same memory, the regions share those bytes.
 *
 * @param memory that has the bytes: {@linkplain #file a file}, or another key. Keys are equal only if the memory is the
 *     same
 * @param start of the first byte in that memory
 * @param offset of the first byte in the region
 * @param length in bytes
 */
public record Extent(Object memory, long start, long offset, long length) {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    /**
     * A BAR, or the configuration space, of a PCI function. It is the same for every way to open the function.
     *
     * @param address of the function
     * @param index of the region
     */
    public record PciRegion(String address, int index) {}

    /**
     * A region of a device that a process serves.
     *
     * @param socket that it listens on
     * @param index of the region
     */
    public record ServedRegion(Object socket, int index) {}

    /** Bytes of an open file, whatever name it was opened by; empty if the kernel does not identify it. */
    public static List<Extent> file(int descriptor, long start, long offset, long length) {
        return key(DESCRIPTORS.resolve(Integer.toString(descriptor)))
                .map(file -> List.of(new Extent(file, start, offset, length)))
                .orElse(List.of());
    }

    /** Bytes of a region of the PCI function with this address, if it is one. */
    public static List<Extent> pci(String address, int index, long size) {
        return PciAddress.find(address)
                .map(pci -> List.of(new Extent(new PciRegion(pci.text(), index), 0, 0, size)))
                .orElse(List.of());
    }

    /** Device and inode of the file that a path leads to, as one key; empty if there is none. */
    public static Optional<Object> key(Path path) {
        try {
            return Optional.ofNullable(
                    Files.readAttributes(path, BasicFileAttributes.class).fileKey());
        } catch (IOException absent) {
            return Optional.empty();
        }
    }

    public static List<SharedBytes> shared(List<Extent> one, List<Extent> other) {
        List<SharedBytes> shared = new ArrayList<>();
        for (Extent mine : one) {
            for (Extent theirs : other) {
                long start = Math.max(mine.start, theirs.start);
                long length = Math.min(mine.start + mine.length, theirs.start + theirs.length) - start;
                if (length > 0 && mine.memory.equals(theirs.memory)) {
                    shared.add(new SharedBytes(
                            mine.offset + start - mine.start, theirs.offset + start - theirs.start, length));
                }
            }
        }
        return shared.stream().distinct().toList();
    }
}
