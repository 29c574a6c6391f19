package org.hostmem.example.rv64;

import java.nio.ByteOrder;
import org.hostmem.AccessRejectedException;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.Transfer;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.CpuBus;
import org.hostmem.guest.DeviceModel;
import org.hostmem.guest.Mapping;

/**
 * The bus of an emulator on Hostmem: an {@link AddressSpace} of RAM, devices that the emulator plays, and BARs of real
 * devices.
 *
 * <p>Loads and stores go through a {@link CpuBus}, the handle of one virtual CPU, which remembers what answers for a
 * page. A second core has a bus of its own on the same space: {@link #forAnotherCore}.
 *
 * <p><b>What is left to Hostmem.</b> Unaligned accesses (accessors are opened with the guest's
 * {@link org.hostmem.UnalignedPolicy}), bounds, lifetime, and faults: whatever it throws is a
 * {@link HostMemoryException}, which becomes the guest's trap in {@link #refused}, and nowhere else.
 */
public final class HostmemBus implements Bus {

    private final AddressSpace space;
    private final CpuBus cpu;
    private final long ramBase;
    private final long ramSize;

    /** A bus with RAM. */
    public HostmemBus(long ramBase, HostMemoryAccessor ram) {
        this(new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ERROR), ramBase, ram.size());
        map(ramBase, ram);
    }

    private HostmemBus(AddressSpace space, long ramBase, long ramSize) {
        this.space = space;
        this.cpu = space.cpu();
        this.ramBase = ramBase;
        this.ramSize = ramSize;
    }

    /** {@return the same bus for another core, which runs in a thread of its own} */
    public HostmemBus forAnotherCore() {
        return new HostmemBus(space, ramBase, ramSize);
    }

    /** Puts memory on the bus: a BAR, or more RAM. */
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
        try {
            return cpu.read(address, width);
        } catch (HostMemoryException e) {
            throw refused(e);
        }
    }

    @Override
    public void store(long address, int width, long value) {
        try {
            cpu.write(address, width, value);
        } catch (HostMemoryException e) {
            throw refused(e);
        }
    }

    /** From RAM only: to fetch from a device would read its registers. */
    @Override
    public int fetch(long address) {
        long offset = address - ramBase;
        if (offset < 0 || offset > ramSize - 2) {
            throw new BusFault(BusFault.Kind.ACCESS, "no RAM at 0x" + Long.toHexString(address));
        }
        return (int) load(address, 2);
    }

    @Override
    public long compareAndExchange(long address, int width, long expected, long value) {
        try {
            return space.atomics().compareAndExchange(address, width, expected, value);
        } catch (HostMemoryException e) {
            throw refused(e);
        }
    }

    @Override
    public long atomic(Atomic operation, long address, int width, long operand) {
        try {
            Atomics atomics = space.atomics();
            long before = switch (operation) {
                case SWAP -> atomics.getAndSet(address, width, operand);
                case ADD -> atomics.getAndAdd(address, width, operand);
                case XOR -> atomics.getAndXor(address, width, operand);
                case AND -> atomics.getAndAnd(address, width, operand);
                case OR -> atomics.getAndOr(address, width, operand);
                case MIN, MAX, MINU, MAXU -> replace(atomics, operation, address, width, operand);
            };
            return extend(before, width);
        } catch (HostMemoryException e) {
            throw refused(e);
        }
    }

    /** For what no host does at once. */
    private static long replace(Atomics atomics, Atomic operation, long address, int width, long operand) {
        while (true) {
            long before = atomics.getAcquire(address, width);
            long after = operation.apply(extend(before, width), extend(operand, width));
            if (atomics.compareAndExchange(address, width, before, after) == before) {
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
        space.barrier(ramBase, Barrier.FULL);
    }

    private static BusFault refused(HostMemoryException e) {
        boolean misaligned = e instanceof AccessRejectedException rejected
                && rejected.reason() == AccessRejectedException.Reason.UNALIGNED;
        return new BusFault(misaligned ? BusFault.Kind.MISALIGNED : BusFault.Kind.ACCESS, e.getMessage());
    }
}
