package org.hostmem.cli;

import java.util.List;
import java.util.Optional;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.RegionCapabilities;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.SharedBytes;

/**
 * A copy between two regions that may be the same memory: one file by two names, one BAR by VFIO and by sysfs. A
 * transfer notices an overlap only within one accessor. So if source and target overlap, one accessor makes the whole
 * copy, or the copy is refused.
 *
 * @param source to read
 * @param from offset of the first source byte
 * @param target to write
 * @param to offset of the first target byte
 * @param length in bytes
 */
record SameMemory(Region source, long from, Region target, long to, long length) {

    /**
     * The same copy within one region.
     *
     * @param region to read and write
     * @param from offset of the first source byte in it
     * @param to offset of the first target byte in it
     */
    record Within(Region region, long from, long to) {}

    /**
     * {@return the copy within one region that is the same; empty if both places are apart, as far as anybody can tell}
     *
     * @throws AccessRejectedException if they meet, and there is none
     */
    Optional<Within> within() {
        if (length == 0) {
            return Optional.empty();
        }
        List<SharedBytes> all =
                source.sharedWith(target).stream().filter(this::isNews).toList();
        List<Long> shifts = all.stream()
                .filter(this::meets)
                .map(SameMemory::shift)
                .distinct()
                .toList();
        if (shifts.isEmpty()) {
            return Optional.empty();
        }
        RegionCapabilities one = source.capabilities();
        RegionCapabilities other = target.capabilities();
        if (shifts.size() == 1 && one.cacheMode() == other.cacheMode()) {
            long shift = shifts.getFirst();
            if (one.writable() && covers(all, shift, to)) {
                return Optional.of(new Within(source, from, to - shift));
            }
            if (other.readable() && other.writable() && covers(all, shift, from + shift)) {
                return Optional.of(new Within(target, from + shift, to));
            }
        }
        throw new AccessRejectedException(
                Reason.OVERLAP,
                Quantity.size(length) + " of " + source + " at " + Quantity.hex(from) + " and of " + target + " at "
                        + Quantity.hex(to)
                        + " overlap: both regions reach the same memory, and the copy can be exact within one region"
                        + " only. Name one region for source and target, or copy through a file (dump -o)");
    }

    /** A region is always the same as itself; that is no news to a transfer. */
    private boolean isNews(SharedBytes piece) {
        return source != target || piece.offset() != piece.otherOffset();
    }

    private static long shift(SharedBytes piece) {
        return piece.otherOffset() - piece.offset();
    }

    /** Whether some byte of the source is one of the target's by this piece. */
    private boolean meets(SharedBytes piece) {
        long first = Math.max(from, piece.offset()) + shift(piece);
        long end = Math.min(from + length, piece.offset() + piece.length()) + shift(piece);
        return Math.max(first, to) < Math.min(end, to + length);
    }

    /** Whether one piece with this shift has all bytes of the other region from there. */
    private boolean covers(List<SharedBytes> all, long shift, long first) {
        return all.stream()
                .anyMatch(piece -> shift(piece) == shift
                        && piece.otherOffset() <= first
                        && first + length <= piece.otherOffset() + piece.length());
    }
}
