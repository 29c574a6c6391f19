package org.hostmem.spi;

import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Transfer;

/**
 * For authors of accessors: one whose {@link FaultPolicy#UNSUPPORTED_REQUEST} can be carried out by somebody else. A
 * request of several calls, such as a {@link Transfer} through a block or a scalar of the guest's across two ranges,
 * has to know of a fault to ask for nothing after it. An accessor that is not one of these applies its policy to each
 * call by itself.
 */
public interface UnsupportedRequests extends HostMemoryAccessor {

    /**
     * {@return an accessor of the same bytes, at the same offsets, whose policy is {@link FaultPolicy#THROW}; the same
     * one each time, as a transfer allocates nothing; itself, if that is its policy}
     */
    HostMemoryAccessor throwing();

    /**
     * {@return the accessor that all views of one region share, by which a request tells what it asks for nothing more;
     * itself, if it is no view}
     */
    default HostMemoryAccessor wholeRegion() {
        return this;
    }

    /**
     * {@return the {@linkplain #wholeRegion whole region} of an accessor, if it knows one; else the accessor itself}
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
     * {@return the {@linkplain #regionOffset offset in the whole region}; 0 of an accessor that knows none}
     *
     * @param accessor a region, or a view of one
     */
    static long regionOffset(HostMemoryAccessor accessor) {
        return accessor instanceof UnsupportedRequests one ? one.regionOffset() : 0;
    }

    /**
     * {@return what throws at a fault of an accessor, if there is such a thing; else the accessor itself}
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
