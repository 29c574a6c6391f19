package org.hostmem.vfio.region;

import java.util.List;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.vfio.DriverTable.SystemCalls;

/**
 * The properties of a region that follow from its kind of file: the kernel's code for such a file allows no others.
 *
 * @param mode of a mapping; UNKNOWN if there is none
 * @param systemCalls what {@code pread} and {@code pwrite} do
 * @param source where in the kernel it can be read, for people
 */
public record FileFacts(CacheMode mode, SystemCalls systemCalls, String source) {

    public CacheModeDecision decision() {
        return new CacheModeDecision(
                mode,
                mode == CacheMode.UNKNOWN ? CacheModeSource.UNKNOWN : CacheModeSource.BY_CONSTRUCTION,
                List.of(source));
    }
}
