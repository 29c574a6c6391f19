package org.hostmem.integration.faults;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionFaultException;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/** Memory whose second half is not there: a mapped file that was truncated. */
final class TruncatedFile {

    /** Where it ends: a multiple of every page size in use. */
    static final int EDGE = 1 << 16;

    private TruncatedFile() {}

    static MemorySegment memory() throws IOException {
        Path path = Files.createTempFile("hostmem-ended", ".region");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment memory = file.map(MapMode.READ_WRITE, 0, 2 * EDGE, Arena.global());
            file.truncate(EDGE);
            return memory;
        } finally {
            Files.delete(path);
        }
    }

    /** As device memory, with the provider of this host. */
    static HostMemoryAccessor accessor(MemorySegment memory) {
        return ProviderSelection.load()
                .open(MappedRegion.borrowed(
                        memory,
                        RegionCapabilities.whole(memory.byteSize(), CacheMode.DEVICE, CacheModeSource.REPORTED),
                        AccessOptions.DEFAULT));
    }

    /** Whether an access faulted there, after so many bytes of its request. */
    static boolean faults(Runnable access, long offset, long completed) {
        try {
            access.run();
            return false;
        } catch (RegionFaultException fault) {
            return fault.offset() == offset && fault.completed() == completed;
        }
    }
}
