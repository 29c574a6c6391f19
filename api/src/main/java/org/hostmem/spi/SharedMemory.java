package org.hostmem.spi;

import org.hostmem.HostMemoryAccessor;
import org.hostmem.Transfer;

/**
 * For authors of accessors: lets a {@link Transfer} find out that two accessors reach the same bytes, although neither
 * is mapped. Examples are two openings of a region that is reached by calls, and two mappings of one device model.
 */
public interface SharedMemory extends HostMemoryAccessor {

    /**
     * {@return an object that stands for the bytes: equal objects mean the same bytes at the same offsets. It is the
     * same object each time, because a transfer allocates nothing}
     */
    Object memory();

    /**
     * {@return the object that stands for an accessor's bytes, to compare it with that of another accessor}
     *
     * @param accessor that is not mapped, and not a view
     */
    static Object memory(HostMemoryAccessor accessor) {
        return accessor instanceof SharedMemory one ? one.memory() : new Identity(accessor);
    }

    /**
     * Compares a thing by identity and not by its {@code equals}.
     *
     * @param thing to compare
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
