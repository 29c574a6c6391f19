package org.hostmem.engine;

import java.util.Objects;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;

/** The checks of every accessor before an access, and the exceptions by which they refuse it. */
public final class Checks {

    private Checks() {}

    /**
     * Checks the width of a scalar access.
     *
     * @param width to check
     * @throws IllegalArgumentException unless it is 1, 2, 4 or 8
     */
    public static void scalarWidth(int width) {
        if (width != 1 && width != 2 && width != 4 && width != 8) {
            throw noScalarWidth(width);
        }
    }

    /**
     * {@return the refusal of a scalar}
     *
     * @param width other than 1, 2, 4 and 8
     */
    public static IllegalArgumentException noScalarWidth(int width) {
        return new IllegalArgumentException(
                "scalar width " + width + ": it must be 1, 2, 4 or 8 bytes; use a bulk transfer for other sizes");
    }

    /**
     * Checks bounds and rights.
     *
     * @param region to be accessed
     * @param direction read or write
     * @param offset in bytes
     * @param length in bytes
     */
    public static void boundsAndRights(HostMemoryAccessor region, Direction direction, long offset, long length) {
        bounds(offset, length, region.size());
        right(direction, region.capabilities());
    }

    /**
     * Checks that an access is within a region.
     *
     * @param offset of its first byte in the region
     * @param length of the access in bytes
     * @param size of the region in bytes
     */
    public static void bounds(long offset, long length, long size) {
        if ((offset | length) < 0 || offset > size - length) {
            throw outside(length, offset, size);
        }
    }

    /**
     * Checks that a region may be read, or written.
     *
     * @param direction read or write
     * @param region to be accessed
     */
    public static void right(Direction direction, RegionCapabilities region) {
        if (Objects.requireNonNull(direction) == Direction.READ ? !region.readable() : !region.writable()) {
            throw new AccessRejectedException(
                    noRightTo(direction),
                    direction == Direction.READ
                            ? "the region may not be read: the host does not allow it"
                            : "the region may not be written: it is read-only");
        }
    }

    /**
     * {@return the reason for which a region without the right refuses an access}
     *
     * @param direction of the access
     */
    public static Reason noRightTo(Direction direction) {
        return direction == Direction.READ ? Reason.NOT_READABLE : Reason.NOT_WRITABLE;
    }

    /**
     * {@return the refusal of an access that is not within a region}
     *
     * @param length of the access in bytes
     * @param offset of its first byte in the region
     * @param size of the region in bytes
     */
    public static RegionBoundsException outside(long length, long offset, long size) {
        return new RegionBoundsException(
                length < 0
                        ? "a length of " + length + " bytes at offset 0x" + Long.toHexString(offset)
                                + ": a length is 0 or more"
                        : length + " bytes at offset 0x" + Long.toHexString(offset) + " leave the region, which has "
                                + size + " bytes (0x" + Long.toHexString(size) + ")");
    }
}
