package org.hostmem.example.rv64;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.AccessRejectedException;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.OverlapPolicy;
import org.hostmem.TransferOrder;

/**
 * The bus of an emulator on Hostmem. RAM is a NORMAL region, looked for first because nearly every access goes there; what is not RAM is a device played by the emulator, or an accessor
 * on the BAR of a real one.
 *
 * <p><b>What is left to Hostmem.</b> Unaligned accesses (the accessor was opened with the guest's {@link org.hostmem.UnalignedPolicy}), bounds, lifetime, and faults: whatever it
 * throws is a {@link HostMemoryException}, which becomes the guest's trap in {@link #refused}, and nowhere else.
 */
public final class HostmemBus implements Bus {

    /** The most that an overlapping copy may buffer. */
    private static final long COPY_BUDGET = 1 << 20;

    /** Exactly one of the two is there. */
    private record Mapped(long base, long size, HostMemoryAccessor bar, MmioDevice device) {}

    private final long ramBase;
    private final long ramSize;
    private final HostMemoryAccessor ram;
    private final MemorySegment ramMemory;
    private final Atomics atomics;
    private final List<Mapped> others = new ArrayList<>();

    /** A bus with RAM, which must be NORMAL memory, for only that has atomics. */
    public HostmemBus(long ramBase, HostMemoryAccessor ram) {
        this.ramBase = ramBase;
        this.ramSize = ram.size();
        this.ram = ram;
        this.ramMemory = ram.asSegment();
        this.atomics = ram.atomics();
    }

    /** Puts a device on the bus. */
    public void map(long base, long size, MmioDevice device) {
        others.add(new Mapped(base, size, null, device));
    }

    /** Puts a BAR on the bus. */
    public void map(long base, HostMemoryAccessor bar) {
        others.add(new Mapped(base, bar.size(), bar, null));
    }

    @Override
    public long load(long address, int width) {
        long offset = address - ramBase;
        if (offset < 0 || offset > ramSize - width) {
            return loadElsewhere(address, width);
        }
        try {
            return ram.read(offset, width);
        } catch (HostMemoryException e) {
            throw refused(e, address, width);
        }
    }

    @Override
    public void store(long address, int width, long value) {
        long offset = address - ramBase;
        if (offset < 0 || offset > ramSize - width) {
            storeElsewhere(address, width, value);
            return;
        }
        try {
            ram.write(offset, width, value);
        } catch (HostMemoryException e) {
            throw refused(e, address, width);
        }
    }

    private long loadElsewhere(long address, int width) {
        Mapped mapped = find(address, width);
        if (mapped.bar == null) {
            return mapped.device.load(address - mapped.base, width);
        }
        try {
            return mapped.bar.read(address - mapped.base, width);
        } catch (HostMemoryException e) {
            throw refused(e, address, width);
        }
    }

    private void storeElsewhere(long address, int width, long value) {
        Mapped mapped = find(address, width);
        if (mapped.bar == null) {
            mapped.device.store(address - mapped.base, width, value);
            return;
        }
        try {
            mapped.bar.write(address - mapped.base, width, value);
        } catch (HostMemoryException e) {
            throw refused(e, address, width);
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
            long source = from - ramBase;
            long target = to - ramBase;
            boolean fromRam = source >= 0 && source <= ramSize - length;
            boolean toRam = target >= 0 && target <= ramSize - length;
            if (fromRam && toRam) {
                ram.move(source, target, length, OverlapPolicy.ASCENDING, COPY_BUDGET);
            } else if (fromRam) {
                Mapped mapped = findBar(to, length);
                mapped.bar.writeBytes(to - mapped.base, ramMemory, source, length, TransferOrder.ASCENDING);
            } else if (toRam) {
                Mapped mapped = findBar(from, length);
                mapped.bar.readBytes(from - mapped.base, ramMemory, target, length, TransferOrder.ASCENDING);
            } else {
                Mapped mapped = findBar(from, length);
                mapped.bar.move(from - mapped.base, to - mapped.base, length, OverlapPolicy.ASCENDING, COPY_BUDGET);
            }
        } catch (HostMemoryException e) {
            throw refused(e, from, 1);
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

    private Mapped findBar(long address, long length) {
        Mapped mapped = find(address, length);
        if (mapped.bar == null) {
            throw nothing(address);
        }
        return mapped;
    }

    private Mapped find(long address, long length) {
        for (Mapped mapped : others) {
            long offset = address - mapped.base;
            if (offset >= 0 && offset <= mapped.size - length) {
                return mapped;
            }
        }
        throw nothing(address);
    }

    private static BusFault nothing(long address) {
        return new BusFault(BusFault.Kind.ACCESS, "nothing at 0x" + Long.toHexString(address));
    }

    /** What an unaligned access is refused for can only be its alignment: rights were checked before it. */
    private static BusFault refused(HostMemoryException e, long address, int width) {
        boolean misaligned = e instanceof AccessRejectedException && (address & width - 1) != 0;
        return new BusFault(misaligned ? BusFault.Kind.MISALIGNED : BusFault.Kind.ACCESS, e.getMessage());
    }
}
