package org.hostmem.spi;

import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Transfer;

/**
 * For authors of accessors: lets the caller apply {@link FaultPolicy#UNSUPPORTED_REQUEST} to a request as a whole. A
 * request may consist of several calls, such as a {@link Transfer} through a block, or a guest's scalar across two
 * ranges. It has to know of a fault, so that it makes no access after it. An accessor that does not implement this
 * applies its policy to each call separately.
 */
public interface UnsupportedRequests extends HostMemoryAccessor {

    /**
     * {@return an accessor of the same bytes, at the same offsets, whose policy is {@link FaultPolicy#THROW}. It is
     * this accessor, if that is its policy. It is the same one each time, because a transfer allocates nothing}
     */
    HostMemoryAccessor throwing();

    /**
     * {@return the accessor that all views of one region share. A request remembers by it where a fault was. It is this
     * accessor, if this is not a view}
     */
    default HostMemoryAccessor wholeRegion() {
        return this;
    }

    /**
     * {@return the {@linkplain #wholeRegion whole region} of an accessor, or the accessor itself if it knows none}
     *
     * @param accessor a region, or a view of one
     */
    static HostMemoryAccessor wholeRegion(HostMemoryAccessor accessor) {
        return accessor instanceof UnsupportedRequests one ? one.wholeRegion() : accessor;
    }

    /** {@return the offset in the {@linkplain #wholeRegion whole region} of offset 0 of this accessor} */
    default long regionOffset() {
        return 0;
    }

    /**
     * {@return the {@linkplain #regionOffset offset in the whole region}, or 0 if the accessor knows none}
     *
     * @param accessor a region, or a view of one
     */
    static long regionOffset(HostMemoryAccessor accessor) {
        return accessor instanceof UnsupportedRequests one ? one.regionOffset() : 0;
    }

    /**
     * {@return the {@linkplain #throwing() throwing accessor} of an accessor, or the accessor itself if it has none}
     *
     * @param accessor of any policy
     */
    static HostMemoryAccessor throwing(HostMemoryAccessor accessor) {
        return accessor.options().fault() == FaultPolicy.UNSUPPORTED_REQUEST
                        && accessor instanceof UnsupportedRequests one
                ? one.throwing()
                : accessor;
    }
}
