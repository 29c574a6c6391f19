package org.hostmem.guest;

import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Atomics;
import org.hostmem.Direction;
import org.hostmem.HostMemoryException;
import org.hostmem.guest.AddressSpace.Range;

/** Atomic accesses by guest-physical address. */
final class GuestAtomics implements Atomics {

    private final AddressSpace space;

    GuestAtomics(AddressSpace space) {
        this.space = space;
    }

    /** What answers all bytes of an access. A hole says first what it says to any access. */
    private Range range(long address, int width) {
        Range range = space.find(address);
        if (width > range.rest(address)) {
            throw GuestAddresses.located(
                    new AccessRejectedException(
                            Reason.UNALIGNED,
                            "an atomic access of " + width + " bytes crosses from one range to the next: align it"),
                    address);
        }
        if (range.isHole()) {
            range.accessor().check(Direction.WRITE, range.offset(address), width);
        }
        return range;
    }

    @Override
    public boolean supports(int width) {
        return width != 2 * Long.BYTES
                ? width == 1 || width == 2 || width == 4 || width == 8
                : space.mappings().stream().anyMatch(mapping -> supports(mapping, width));
    }

    private static boolean supports(Mapping mapping, int width) {
        try {
            return mapping.accessor() != null && mapping.accessor().atomics().supports(width);
        } catch (HostMemoryException none) {
            return false;
        }
    }

    @Override
    public long getAcquire(long address, int width) {
        Range range = range(address, width);
        try {
            return range.accessor().atomics().getAcquire(range.offset(address), width);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    @Override
    public void setRelease(long address, int width, long value) {
        Range range = range(address, width);
        try {
            range.accessor().atomics().setRelease(range.offset(address), width, value);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    @Override
    public long compareAndExchange(long address, int width, long expected, long value) {
        Range range = range(address, width);
        try {
            return range.accessor().atomics().compareAndExchange(range.offset(address), width, expected, value);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    @Override
    public boolean compareAndExchange16(long address, long[] words) {
        Range range = range(address, 2 * Long.BYTES);
        try {
            return range.accessor().atomics().compareAndExchange16(range.offset(address), words);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    @Override
    public long getAndSet(long address, int width, long value) {
        Range range = range(address, width);
        try {
            return range.accessor().atomics().getAndSet(range.offset(address), width, value);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    @Override
    public long getAndAdd(long address, int width, long operand) {
        Range range = range(address, width);
        try {
            return range.accessor().atomics().getAndAdd(range.offset(address), width, operand);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    @Override
    public long getAndAnd(long address, int width, long operand) {
        Range range = range(address, width);
        try {
            return range.accessor().atomics().getAndAnd(range.offset(address), width, operand);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    @Override
    public long getAndOr(long address, int width, long operand) {
        Range range = range(address, width);
        try {
            return range.accessor().atomics().getAndOr(range.offset(address), width, operand);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    @Override
    public long getAndXor(long address, int width, long operand) {
        Range range = range(address, width);
        try {
            return range.accessor().atomics().getAndXor(range.offset(address), width, operand);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }
}
