package org.hostmem.guest;

/**
 * Tells an emulator that keeps a TLB of its own what changed in an {@link AddressSpace}. Such a TLB keeps ranges of
 * {@link AddressSpace#find}, or addresses of memory.
 *
 * <p>Both methods are called by the thread that makes the change, within {@link AddressSpace#map},
 * {@link AddressSpace#unmap}, {@link AddressSpace#remap} or {@link AddressSpace#update}, and under the lock for which
 * other changes wait. So one change is over before the next begins, and code that unmaps memory to close it closes it
 * after both calls. They must not change the space ({@link IllegalStateException}), nor wait for a thread that does.
 * Closing an accessor is not a change of the space: unmap it first. {@code remap} calls each method twice, for the old
 * addresses and for the new ones.
 */
@FunctionalInterface
public interface MappingListener {

    /**
     * Called before some addresses change. They still answer as before. If this throws, the change is not made, and
     * throws the same.
     *
     * @param start first guest-physical address, unsigned
     * @param last guest-physical address, unsigned
     */
    default void beforeChange(long start, long last) {}

    /**
     * Called after some addresses changed. If this throws, the change is made, the other listeners are called, and then
     * the change throws the same.
     *
     * @param start first guest-physical address, unsigned
     * @param last guest-physical address, unsigned
     */
    void afterChange(long start, long last);
}
