package org.hostmem.lab.nested;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.hostmem.AccessOptions;
import org.hostmem.AnsweredBy;
import org.hostmem.AnsweredBySource;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Host;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/** Opens a BAR under the rules of another cache mode, which is at least as strict as the BAR's own. */
final class Mapped {

    private static final long SIZE = 4096;

    private Mapped() {}

    static HostMemoryAccessor as(Path file, CacheMode mode) {
        RegionCapabilities region = RegionCapabilities.whole(SIZE, mode, CacheModeSource.ASSERTED)
                .answered(AnsweredBy.UNKNOWN, AnsweredBySource.UNKNOWN);
        MappedRegion mapped = MappedRegion.borrowed(map(file), region, AccessOptions.DEFAULT, Permanence.MAY_VANISH);
        return ProviderSelection.load().select(Host.current(), region).open(mapped);
    }

    private static MemorySegment map(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE, Arena.global());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
