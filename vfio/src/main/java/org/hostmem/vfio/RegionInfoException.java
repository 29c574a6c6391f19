package org.hostmem.vfio;

import java.util.Objects;
import org.hostmem.HostMemoryException;

/** Thrown if the report of a driver or a server on a region is impossible. Nothing of the report is used. */
public final class RegionInfoException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Violation {
        /** Fewer bytes than {@code vfio_region_info}. */
        INFO_TRUNCATED,
        /** More bytes than any report has. */
        INFO_TOO_LARGE,
        /** {@code argsz} says more bytes than there are, or fewer than the structure. */
        ARGSZ,
        /** The size, or the size and the offset in the descriptor, exceed 2^63 - 1. */
        SIZE_OVERFLOW,
        /** A capability begins inside {@code vfio_region_info} itself. */
        CAPABILITY_IN_INFO,
        /** A capability does not begin at a multiple of 8. */
        CAPABILITY_MISALIGNED,
        /** A capability's header or body leaves the report. */
        CAPABILITY_TRUNCATED,
        /** A capability links to itself or one before it that was visited: the chain has no end. */
        CAPABILITY_CYCLE,
        /** A capability links backwards. */
        CAPABILITY_BACKWARDS,
        /** A capability begins inside the one before it. */
        CAPABILITY_OVERLAP,
        /** A capability that can be there only once is there twice. */
        CAPABILITY_DUPLICATE,
        /** The areas that a capability counts do not fit into the report. */
        AREA_COUNT,
        /** An area leaves the region. */
        AREA_OUTSIDE,
        /** Two areas overlap. */
        AREA_OVERLAP,
        /** The number of cache modes is not the number of areas. */
        CACHE_MODE_COUNT,
        /** The areas of one region are reported with different cache modes. */
        CACHE_MODES_DISAGREE
    }

    /** The violation. */
    private final Violation violation;
    /** For people. */
    private final String detail;

    /**
     * Makes the exception.
     *
     * @param violation what is wrong
     * @param detail where, with the numbers
     */
    public RegionInfoException(Violation violation, String detail) {
        super(violation + ": " + detail);
        this.violation = Objects.requireNonNull(violation);
        this.detail = detail;
    }

    /**
     * {@return the same exception with the name of the region}
     *
     * @param region for people
     */
    public RegionInfoException in(String region) {
        RegionInfoException named = new RegionInfoException(violation, region + ": " + detail);
        named.setStackTrace(getStackTrace());
        return named;
    }

    /** {@return what is wrong} */
    public Violation violation() {
        return violation;
    }
}
