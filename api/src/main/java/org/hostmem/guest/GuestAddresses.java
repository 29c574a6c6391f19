package org.hostmem.guest;

import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;
import org.hostmem.engine.SharedSecrets;

/** Says in an exception where the guest sees it. */
final class GuestAddresses {

    private GuestAddresses() {}

    /** At an address. */
    static <E extends HostMemoryException> E located(E exception, long address) {
        SharedSecrets.faults().locate(exception, address);
        return exception;
    }

    /** In a request that begins at an address: a fault lies behind the bytes that were transferred before. */
    static HostMemoryException within(HostMemoryException exception, long request) {
        long completed = exception instanceof RegionFaultException fault ? fault.completed() : 0;
        return located(exception, request + completed);
    }
}
