package org.hostmem.example.rv64;

import java.nio.ByteOrder;
import org.hostmem.AccessRejectedException;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.Transfer;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.DeviceModel;
import org.hostmem.guest.Mapping;

/**
 * The bus of an emulator on Hostmem: an {@link AddressSpace} of RAM, devices that the emulator plays, and BARs of real
 * devices.
 *
 * <p>Nearly every access of a guest goes to RAM, whose place does not change here. So RAM is looked for first, without
 * asking the address space: what a TLB does in a core with paging.
 *
 * <p><b>What is left to Hostmem.</b> Unaligned accesses (accessors are opened with the guest's
 * {@link org.hostmem.UnalignedPolicy}), bounds, lifetime, and faults: whatever it throws is a
 * {@link HostMemoryException}, which becomes the guest's trap in {@link #refused}, and nowhere else.
 */
public final class HostmemBus implements Bus {

    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ERROR);
    private final long ramBase;
    private final long ramSize;
    private final HostMemoryAccessor ram;
    private final Atomics atomics;

    /** A bus with RAM, which must be NORMAL memory, for only that has atomics. */
    public HostmemBus(long ramBase, HostMemoryAccessor ram) {
        this.ramBase = ramBase;
        this.ramSize = ram.size();
        this.ram = ram;
        this.atomics = ram.atomics();
        map(ramBase, ram);
    }

    /** Puts memory on the bus: a BAR, or more RAM, which is slower than the first. */
    public void map(long base, HostMemoryAccessor memory) {
        space.map(Mapping.of(base, memory));
    }

    /** Puts a device on the bus. */
    public void map(long base, long size, MmioDevice device) {
        space.map(Mapping.of(base, size, new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                return device.load(offset, width);
            }

            @Override
            public void write(long offset, int width, long value) {
                device.store(offset, width, value);
            }
        }));
    }

    @Override
    public long load(long address, int width) {
        long offset = address - ramBase;
        try {
            return offset >= 0 && offset <= ramSize - width ? ram.read(offset, width) : space.read(address, width);
        } catch (HostMemoryException e) {
            throw refused(e);
        }
    }

    @Override
    public void store(long address, int width, long value) {
        long offset = address - ramBase;
        try {
            if (offset >= 0 && offset <= ramSize - width) {
                ram.write(offset, width, value);
            } else {
                space.write(address, width, value);
            }
        } catch (HostMemoryException e) {
            throw refused(e);
        }
    }

    @Override
    public int fetch(long address) {
        return ram.readShort(inRam(address, 2)) & 0xffff;
    }

    @Override
    public long compareAndExchange(long address, int width, long expected, long value) {
        return atomics.compareAndExchange(inRam(address, width), width, expected, value);
    }

    @Override
    public long atomic(Atomic operation, long address, int width, long operand) {
        long offset = inRam(address, width);
        long before = switch (operation) {
            case SWAP -> atomics.getAndSet(offset, width, operand);
            case ADD -> atomics.getAndAdd(offset, width, operand);
            case XOR -> atomics.getAndXor(offset, width, operand);
            case AND -> atomics.getAndAnd(offset, width, operand);
            case OR -> atomics.getAndOr(offset, width, operand);
            case MIN, MAX, MINU, MAXU -> replace(operation, offset, width, operand);
        };
        return extend(before, width);
    }

    /** For what no host does at once. */
    private long replace(Atomic operation, long offset, int width, long operand) {
        while (true) {
            long before = atomics.getAcquire(offset, width);
            long after = operation.apply(extend(before, width), extend(operand, width));
            if (atomics.compareAndExchange(offset, width, before, after) == before) {
                return before;
            }
        }
    }

    private static long extend(long value, int width) {
        return width == 4 ? (int) value : value;
    }

    @Override
    public void copy(long from, long to, long length) {
        try {
            Transfer.DEFAULT.copy(space.ranges(from, length), space.ranges(to, length));
        } catch (HostMemoryException e) {
            throw refused(e);
        }
    }

    @Override
    public void fence() {
        ram.barrier(Barrier.FULL);
    }

    private long inRam(long address, int width) {
        long offset = address - ramBase;
        if (offset < 0 || offset > ramSize - width) {
            throw nothing(address);
        }
        return offset;
    }

    private static BusFault nothing(long address) {
        return new BusFault(BusFault.Kind.ACCESS, "nothing at 0x" + Long.toHexString(address));
    }

    private static BusFault refused(HostMemoryException e) {
        boolean misaligned = e instanceof AccessRejectedException rejected
                && rejected.reason() == AccessRejectedException.Reason.UNALIGNED;
        return new BusFault(misaligned ? BusFault.Kind.MISALIGNED : BusFault.Kind.ACCESS, e.getMessage());
    }
}
