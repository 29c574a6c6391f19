package org.hostmem.guest;

/**
 * Is told of changes of an {@link AddressSpace}, for an emulator that keeps what {@link AddressSpace#find} said in a
 * TLB of its own, or an address of memory.
 *
 * <p>Both methods are called by the thread that makes the change, within {@link AddressSpace#map},
 * {@link AddressSpace#unmap} or {@link AddressSpace#update}, and under the lock for which other changes wait. So one
 * change is over before the next begins, and whoever unmaps memory to close it closes it after both calls. They must
 * not change the space ({@link IllegalStateException}), nor wait for a thread that does. To {@code close} an accessor
 * is no change of a space: unmap it first.
 */
@FunctionalInterface
public interface MappingListener {

    /**
     * Some addresses are about to answer otherwise. They still answer as before. What this throws comes out of the
     * change, which is not made then.
     *
     * @param start first guest-physical address, unsigned
     * @param last guest-physical address, unsigned
     */
    default void beforeChange(long start, long last) {}

    /**
     * Some addresses may answer otherwise from now on. What this throws comes out of the change, which is made, after
     * the other listeners were told.
     *
     * @param start first guest-physical address, unsigned
     * @param last guest-physical address, unsigned
     */
    void afterChange(long start, long last);
}
