package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.hostmem.Permanence;
import org.hostmem.engine.Ladder;
import org.hostmem.engine.RamSide;
import org.hostmem.spi.MappedAccessor.Order;
import org.jspecify.annotations.Nullable;

/**
 * The best that pure Java can do: plain stores between fences, which C2 can neither merge nor drop, and opaque loads
 * whose value is kept.
 *
 * <p>A plain store, because the x86-64 interpreter turns an opaque one into {@code xchg}, which reads the register
 * first. A fault arrives as an InternalError at the next safepoint poll, so each access is followed by one, and still
 * it is not promised to be precise.
 */
final class PureJava extends Machine {

    private static final int WIDEST = 8;
    private static final VarHandle BYTE = JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = JAVA_SHORT.varHandle();
    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    @SuppressWarnings("ThreadLocalUsage") // a fault is of one thread and of one region
    private final ThreadLocal<Fault> fault = new ThreadLocal<>();

    private final MemorySegment memory;

    PureJava(RegionState state) {
        this.memory = state.region.memory();
    }

    /**
     * What pure Java holds; on write-combining memory the hardware may repeat and reorder what leaves the CPU (R11).
     */
    static Set<Guarantee> guarantees(CacheMode mode) {
        return mode == CacheMode.WRITE_COMBINING
                ? Set.of(Guarantee.EXACT_WIDTH, Guarantee.NO_ALLOCATION)
                : Set.of(
                        Guarantee.EXACT_WIDTH,
                        Guarantee.EXACTLY_ONCE,
                        Guarantee.ASCENDING_ORDER,
                        Guarantee.NO_ALLOCATION);
    }

    /** A fault that Java noticed itself, where the access was. */
    private static Fault noticed(long address) {
        return new Fault(address, 0, 0);
    }

    @Override
    long load(long address, int width) {
        long offset = address - memory.address();
        try {
            long value = switch (width) {
                case 1 -> Blackhole.consume((byte) BYTE.getOpaque(memory, offset)) & 0xffL;
                case 2 -> Blackhole.consume((short) SHORT.getOpaque(memory, offset)) & 0xffffL;
                case 4 -> Blackhole.consume((int) INT.getOpaque(memory, offset)) & 0xffff_ffffL;
                default -> Blackhole.consume((long) LONG.getOpaque(memory, offset));
            };
            VarHandle.loadLoadFence(); // R3: the next unit of an ascending read comes after this one, on weakly ordered
            // ISAs too
            RamSide.settle();
            return value;
        } catch (InternalError e) {
            fault.set(noticed(address));
            return -1;
        }
    }

    @Override
    long store(long address, int width, long value) {
        long offset = address - memory.address();
        try {
            VarHandle.releaseFence();
            switch (width) {
                case 1 -> BYTE.set(memory, offset, (byte) value);
                case 2 -> SHORT.set(memory, offset, (short) value);
                case 4 -> INT.set(memory, offset, (int) value);
                default -> LONG.set(memory, offset, value);
            }
            VarHandle.storeStoreFence();
            RamSide.settle();
            return 0;
        } catch (InternalError e) {
            fault.set(noticed(address));
            return -1;
        }
    }

    @Override
    long read(long address, MemorySegment ram, long ramOffset, long length, Order order) {
        RamSide.checkUsable(ram);
        for (long done = 0; done < length; ) {
            int unit = Ladder.unit(address + done, length - done, WIDEST);
            long value = load(address + done, unit);
            if (value == -1 && (unit < 8 || fault.get() != null)) {
                return ~done;
            }
            try {
                RamSide.put(ram, ramOffset + done, unit, value);
            } catch (InternalError vanished) {
                fault.set(noticed(ram.address() + ramOffset + done));
                return ~done;
            }
            done += unit;
        }
        return length;
    }

    @Override
    long write(long address, MemorySegment ram, long ramOffset, long length, Order order) {
        RamSide.checkUsable(ram);
        for (long done = 0; done < length; ) {
            long rest = length - done;
            int unit = order == Order.DESCENDING
                    ? Ladder.unit(address + rest, rest, WIDEST)
                    : Ladder.unit(address + done, rest, WIDEST);
            long at = order == Order.DESCENDING ? rest - unit : done;
            long value;
            try {
                value = RamSide.get(ram, ramOffset + at, unit);
            } catch (InternalError vanished) {
                fault.set(noticed(ram.address() + ramOffset + at));
                return ~done;
            }
            if (store(address + at, unit, value) != 0) {
                return ~done;
            }
            done += unit;
        }
        return length;
    }

    @Override
    long fill(long address, long length, byte value, Order order) {
        for (long done = 0; done < length; ) {
            int unit = Ladder.unit(address + done, length - done, WIDEST);
            if (store(address + done, unit, (value & 0xff) * 0x0101_0101_0101_0101L) != 0) {
                return ~done;
            }
            done += unit;
        }
        return length;
    }

    @Override
    void barrier(Barrier purpose) {
        Objects.requireNonNull(purpose);
        VarHandle.fullFence();
    }

    @Override
    @Nullable
    Fault takeFault() {
        Fault taken = fault.get();
        if (taken != null) {
            fault.remove();
        }
        return taken;
    }

    /** Java's own end a JVM that interprets them where the memory has vanished. */
    @Override
    Atomics atomics(Scalars scalars) {
        if (scalars.state.region.permanence() == Permanence.MAY_VANISH) {
            throw new AccessRejectedException(
                    Reason.UNSUPPORTED,
                    "without instructions of the ISA, an atomic access to memory that may vanish could end the JVM: see"
                            + " 'hostmem report' for the reason, or open the memory as Permanence.PERMANENT");
        }
        return new JavaAtomics(scalars, scalars.state.lifetime.whole().region.memory());
    }
}
