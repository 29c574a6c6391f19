package org.hostmem.vfio.linux;

import java.util.Optional;
import java.util.Set;
import org.hostmem.RegionCapabilities.Area;

/** Maps an area and unmaps it again without an access, because a mapping that is offered may still fail. */
public final class TrialMapping {

    /** A shortage is not a refusal. The code that opens the region will see it. */
    private static final Set<Integer> SHORTAGES =
            Set.of(Errno.ENOMEM, Errno.EAGAIN, Errno.EMFILE, Errno.ENFILE, Errno.EBADF);

    private TrialMapping() {}

    /**
     * Why it cannot be mapped; empty if it can.
     *
     * @param mapped the result of mapping it
     */
    public static Optional<String> refusal(Syscalls syscalls, long mapped, Area area) {
        if (mapped >= 0) {
            syscalls.unmap(mapped, area.size());
            return Optional.empty();
        }
        return SHORTAGES.contains((int) -mapped)
                ? Optional.empty()
                : Optional.of("its descriptor cannot be mapped: " + Errno.name(mapped));
    }
}
