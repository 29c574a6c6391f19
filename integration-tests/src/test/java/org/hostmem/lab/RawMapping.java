package org.hostmem.lab;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.hostmem.HostMemoryAccessor;

/**
 * In the guest: an accessor, and the memory behind it as a segment, for the controls. The library never gives that
 * away, so it is read from the kernel's list of mappings.
 */
record RawMapping(HostMemoryAccessor accessor, MemorySegment segment) {

    /** Of an accessor that maps all of its region in one piece, as soon as it is opened. */
    static RawMapping of(Supplier<HostMemoryAccessor> open) throws IOException {
        List<String> before = ofVfio();
        HostMemoryAccessor accessor = open.get();
        List<String> added = ofVfio();
        added.removeAll(before);
        if (added.size() != 1) {
            throw new IllegalStateException("one new mapping was expected, not " + added);
        }
        String[] range = added.getFirst().split("[- ]");
        long address = Long.parseUnsignedLong(range[0], 16);
        if (Long.parseUnsignedLong(range[1], 16) - address != accessor.size()) {
            throw new IllegalStateException(added + " has not the size of the region, " + accessor.size());
        }
        return new RawMapping(accessor, segment(address, accessor.size()));
    }

    @SuppressWarnings("restricted") // The controls are what the library is compared with.
    private static MemorySegment segment(long address, long size) {
        return MemorySegment.ofAddress(address).reinterpret(size);
    }

    private static List<String> ofVfio() throws IOException {
        return new ArrayList<>(Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains("[vfio-device]") || line.contains("/dev/vfio/devices/"))
                .toList());
    }
}
