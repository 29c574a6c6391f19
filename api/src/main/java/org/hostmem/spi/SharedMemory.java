package org.hostmem.spi;

import org.hostmem.HostMemoryAccessor;
import org.hostmem.Transfer;

/**
 * For authors of accessors: one of several that reach the same bytes, though none of them is mapped. Two openings of a
 * region that is reached by calls are such accessors, and so are two mappings of one device model. A {@link Transfer}
 * finds by it that its source and its target overlap.
 */
public interface SharedMemory extends HostMemoryAccessor {

    /**
     * {@return what it reaches: equal objects are the same bytes at the same offsets; the same object each time, as a
     * transfer allocates nothing}
     */
    Object memory();

    /**
     * {@return what an accessor reaches, for a comparison with another one}
     *
     * @param accessor not mapped, and no view
     */
    static Object memory(HostMemoryAccessor accessor) {
        return accessor instanceof SharedMemory one ? one.memory() : new Identity(accessor);
    }

    /**
     * A thing as itself, whatever its {@code equals} says.
     *
     * @param thing which
     */
    record Identity(Object thing) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Identity that && thing == that.thing;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(thing);
        }
    }
}
