package org.hostmem.lab.storm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.hostmem.AccessOptions;
import org.hostmem.Atomics;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.VfioOptions.Foresight;

/** What one thread does: it opens memory that ends and a device that is off, makes faults there, and closes both. */
final class FaultInjector implements AutoCloseable {

    private static final int EDGE = TruncatedFile.EDGE;
    private static final int BUDGET = 1 << 16;
    /** One of so many times memory ends: that takes as long as hundreds of faults. */
    private static final int TIMES_PER_RACE = 64;

    private static final int RACE = 12;
    private static final int[] WIDTHS = {1, 2, 4, 8};

    private final SplittableRandom random;
    private final int wrongEach;
    private final Arena arena = Arena.ofShared();
    private final TruncatedFile file;
    private final TruncatedFile other;
    /** Half of them expectFaults that there will be no answer, which must look the same. */
    private final Device device;

    private final List<HostMemoryAccessor> off = new ArrayList<>();
    private final List<HostMemoryAccessor> throwing = new ArrayList<>();
    private final List<HostMemoryAccessor> forgiving = new ArrayList<>();
    private final List<HostMemoryAccessor> good = new ArrayList<>();
    private final MemorySegment nativeRam = arena.allocate(EDGE, 64);
    private final MemorySegment heapRam = MemorySegment.ofArray(new byte[EDGE]);
    private final ClosingRaces races;
    private int count;
    private int kind;
    private ExpectedFault wanted;
    private RegionFaultException last;
    private boolean fileHeld;
    private boolean otherHeld;

    FaultInjector(HostMemoryProvider provider, SplittableRandom random, int wrongEach) throws java.io.IOException {
        this.random = random;
        this.wrongEach = wrongEach;
        device = EmbeddedDevice.open(VfioOptions.none().with(random.nextBoolean() ? Foresight.TRY : Foresight.REFUSE));
        file = new TruncatedFile(random);
        other = new TruncatedFile(random);
        for (CacheMode mode : CacheMode.values()) {
            throwing.add(open(provider, file.memory, mode, FaultPolicy.THROW));
            forgiving.add(open(provider, file.memory, mode, FaultPolicy.UNSUPPORTED_REQUEST));
            good.add(open(provider, other.memory.asSlice(0, EDGE), mode, FaultPolicy.THROW));
        }
        for (int region : new int[] {0, EmbeddedDevice.REGISTERS, 2}) {
            off.add(device.region(region).open(AccessOptions.DEFAULT));
        }
        Leaks.note();
        device.setMemoryEnabled(false);
        races = new ClosingRaces(provider, random.split());
    }

    private static HostMemoryAccessor open(
            HostMemoryProvider provider, MemorySegment memory, CacheMode mode, FaultPolicy policy) {
        return provider.open(MappedRegion.borrowed(
                memory,
                RegionCapabilities.whole(memory.byteSize(), mode, CacheModeSource.REPORTED),
                AccessOptions.DEFAULT.with(policy),
                Permanence.MAY_VANISH));
    }

    /** An access that should fault. */
    @FunctionalInterface
    private interface Access {
        void run();
    }

    private RegionFaultException fault(Access access) {
        try {
            access.run();
            last = null;
        } catch (RegionFaultException fault) {
            last = fault;
        }
        return last;
    }

    /** {@return what came of the last fault, for people} */
    String last() {
        return kind == RACE
                ? races.last()
                : "a fault of kind " + kind + " at " + wanted + " gave " + last
                        + (fileHeld ? "" : ", and bytes of its region are wrong")
                        + (otherHeld ? "" : ", and bytes of the other region are wrong");
    }

    /**
     * Makes one fault: whether it was reported precisely, and what was transferred before it, and nothing else, was
     * transferred.
     */
    boolean inject() {
        count++;
        wanted = null;
        last = null;
        kind = random.nextInt(TIMES_PER_RACE) == 0 ? RACE : random.nextInt(RACE);
        boolean precise = switch (kind) {
            case 0 -> scalar();
            case 1 -> scalarAcross();
            case 2 -> bulkWrite();
            case 3 -> bulkRead();
            case 4 -> fill();
            case 5 -> move(Direction.WRITE);
            case 6 -> move(Direction.READ);
            case 7 -> overlap();
            case 8 -> between();
            case 9 -> forgiven();
            case 10 -> atomic();
            case RACE -> races.race() && !isWrongOnPurpose();
            default -> random.nextBoolean() ? deviceOff() : ramEnds();
        };
        fileHeld = file.isAsExpected();
        otherHeld = other.isAsExpected();
        return precise && fileHeld && otherHeld;
    }

    private boolean isWrongOnPurpose() {
        return wrongEach > 0 && count % wrongEach == 0;
    }

    private boolean check(ExpectedFault expected, RegionFaultException fault) {
        wanted = isWrongOnPurpose() ? expected.wrong() : expected;
        return wanted.holds(fault);
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private TransferOrder anyOrder() {
        return random.nextBoolean() ? TransferOrder.ASCENDING : TransferOrder.RELAXED;
    }

    /** Bytes in front of the edge; now and then enough for many calls of the routine. */
    private int before() {
        return random.nextInt(random.nextInt(64) == 0 ? EDGE / 4 : 200);
    }

    private int after() {
        return 1 + random.nextInt(200);
    }

    private MemorySegment ram() {
        return random.nextBoolean() ? nativeRam : heapRam;
    }

    private boolean scalar() {
        HostMemoryAccessor accessor = any(throwing);
        int width = WIDTHS[random.nextInt(4)];
        long offset = EDGE + (long) width * random.nextInt(EDGE / width);
        boolean read = random.nextBoolean();
        return check(new ExpectedFault(read ? Direction.READ : Direction.WRITE, offset, width, 0), fault(() -> {
            if (read) {
                accessor.read(offset, width);
            } else {
                accessor.write(offset, width, 0x0123_4567_89ab_cdefL);
            }
        }));
    }

    private boolean atomic() {
        Atomics atomics = throwing.get(CacheMode.NORMAL.ordinal()).atomics();
        int width = WIDTHS[random.nextInt(4)];
        long offset = EDGE + (long) width * random.nextInt(EDGE / width);
        long value = random.nextLong();
        int access = random.nextInt(4);
        return check(new ExpectedFault(access == 0 ? Direction.READ : Direction.WRITE, offset, width, 0), fault(() -> {
            switch (access) {
                case 0 -> atomics.getAcquire(offset, width);
                case 1 -> atomics.setRelease(offset, width, value);
                case 2 -> atomics.compareAndExchange(offset, width, 0, value);
                default -> atomics.getAndAdd(offset, width, value);
            }
        }));
    }

    /** Split or one access, as the plan says; the pieces in front of the edge are written. */
    private boolean scalarAcross() {
        HostMemoryAccessor accessor = any(throwing);
        int width = WIDTHS[1 + random.nextInt(3)];
        int offset = EDGE - 1 - random.nextInt(width - 1);
        boolean read = random.nextBoolean();
        ExpectedFault expected = ExpectedFault.firstAt(
                EDGE, read ? Direction.READ : Direction.WRITE, accessor.planScalar(offset, width));
        long value = random.nextLong();
        RegionFaultException fault = fault(() -> {
            if (read) {
                accessor.read(offset, width);
            } else {
                accessor.write(offset, width, value);
            }
        });
        if (!read) {
            for (int i = 0; i < expected.completed(); i++) {
                file.model.set(
                        ValueLayout.JAVA_BYTE, offset + i, (byte) (value >>> (8 * i))); // the options say little-endian
            }
        }
        return check(expected, fault);
    }

    private boolean bulkWrite() {
        HostMemoryAccessor accessor = any(throwing);
        int offset = EDGE - before();
        int length = EDGE - offset + after();
        TransferOrder order = anyOrder();
        MemorySegment ram = ram();
        int ramOffset = random.nextInt(EDGE - length);
        random(ram, ramOffset);
        RegionFaultException fault = fault(() -> accessor.writeBytes(offset, ram, ramOffset, length, order));
        MemorySegment.copy(ram, ramOffset, file.model, offset, EDGE - offset);
        return check(
                ExpectedFault.firstAt(EDGE, Direction.WRITE, accessor.planBulk(Direction.WRITE, offset, length, order)),
                fault);
    }

    /** Some new bytes: all anew would be most of the work. */
    private void random(MemorySegment ram, long offset) {
        ram.set(ValueLayout.JAVA_LONG_UNALIGNED, Math.min(offset, EDGE - 8), random.nextLong());
    }

    private boolean bulkRead() {
        HostMemoryAccessor accessor = any(throwing);
        int before = before();
        int offset = EDGE - before;
        int length = before + after();
        TransferOrder order = anyOrder();
        MemorySegment ram = ram();
        int ramOffset = random.nextInt(EDGE - length);
        MemorySegment target = ram.asSlice(ramOffset, length).fill((byte) 0x5a);
        RegionFaultException fault = fault(() -> accessor.readBytes(offset, ram, ramOffset, length, order));
        boolean exact = MemorySegment.mismatch(target, 0, before, file.model, offset, EDGE) < 0;
        for (int i = before; i < length; i++) {
            exact &= target.get(ValueLayout.JAVA_BYTE, i) == 0x5a;
        }
        return check(
                        ExpectedFault.firstAt(
                                EDGE, Direction.READ, accessor.planBulk(Direction.READ, offset, length, order)),
                        fault)
                && exact;
    }

    private boolean fill() {
        HostMemoryAccessor accessor = any(throwing);
        int offset = EDGE - before();
        int length = EDGE - offset + after();
        byte value = (byte) random.nextInt();
        RegionFaultException fault = fault(() -> accessor.fill(offset, length, value));
        file.model.asSlice(offset).fill(value);
        return check(
                ExpectedFault.firstAt(
                        EDGE,
                        Direction.WRITE,
                        accessor.planBulk(Direction.WRITE, offset, length, TransferOrder.RELAXED)),
                fault);
    }

    /** Without overlap, its target over the edge or its source. */
    private boolean move(Direction over) {
        HostMemoryAccessor accessor = any(throwing);
        int across = EDGE - before();
        int length = EDGE - across + after();
        int whole = random.nextInt(EDGE / 2 - length);
        int from = over == Direction.READ ? across : whole;
        int to = over == Direction.READ ? whole : across;
        RegionFaultException fault = fault(() -> accessor.move(from, to, length, Transfer.DEFAULT.withBudget(0)));
        MemorySegment.copy(file.model, from, file.model, to, EDGE - across);
        return isAtEdge(fault, over, EDGE - across);
    }

    /** A move may go through a buffer, whose units are not the plan's; all but the width is known. */
    private boolean isAtEdge(RegionFaultException fault, Direction direction, long completed) {
        return fault != null && check(new ExpectedFault(direction, EDGE, fault.width(), completed), fault);
    }

    /**
     * Up to a page upwards, over the edge. Ascending: what was counted was moved. In memmove order the first byte to be
     * moved is the last, and that one faults.
     */
    private boolean overlap() {
        HostMemoryAccessor accessor = any(throwing);
        int to = EDGE - 1 - before();
        int length = EDGE - to + after();
        int distance = 1 + random.nextInt(Math.min(length, 4096) - 1);
        int from = to - distance;
        boolean ascending = random.nextBoolean();
        RegionFaultException fault = fault(() -> accessor.move(
                from,
                to,
                length,
                Transfer.DEFAULT
                        .with(ascending ? OverlapPolicy.KEEP_ORDER : OverlapPolicy.MEMMOVE_ORDER)
                        .withBudget(BUDGET)));
        if (fault == null || !ascending) {
            return fault != null
                    && check(
                            new ExpectedFault(fault.direction(), Math.max(EDGE, fault.offset()), fault.width(), 0),
                            fault);
        }
        long completed = fault.completed();
        if (completed > EDGE - to) {
            return false;
        }
        MemorySegment.copy(file.model, from, file.model, to, completed);
        return check(
                new ExpectedFault(
                        fault.direction(),
                        EDGE,
                        fault.width(),
                        fault.direction() == Direction.WRITE ? EDGE - to : completed),
                fault);
    }

    /** From a region that is whole to one that ends, and back. */
    private boolean between() {
        HostMemoryAccessor ends = any(throwing);
        HostMemoryAccessor whole = any(good);
        int offset = EDGE - before();
        int length = EDGE - offset + after();
        int at = random.nextInt(EDGE - length);
        Transfer how = Transfer.DEFAULT.with(anyOrder());
        if (random.nextBoolean()) {
            RegionFaultException fault = fault(() -> how.copy(whole, at, ends, offset, length));
            MemorySegment.copy(other.model, at, file.model, offset, EDGE - offset);
            return isAtEdge(fault, Direction.WRITE, EDGE - offset);
        }
        RegionFaultException fault = fault(() -> how.copy(ends, offset, whole, at, length));
        MemorySegment.copy(file.model, offset, other.model, at, EDGE - offset);
        return isAtEdge(fault, Direction.READ, EDGE - offset);
    }

    /** Ones are read, writes are dropped, and no exception comes. */
    private boolean forgiven() {
        HostMemoryAccessor accessor = any(forgiving);
        int width = WIDTHS[random.nextInt(4)];
        long scalar = EDGE + (long) width * random.nextInt(EDGE / width);
        boolean exact = true;
        switch (random.nextInt(4)) {
            case 0 -> exact = accessor.read(scalar, width) == -1L >>> (64 - 8 * width);
            case 1 -> accessor.write(scalar, width, random.nextLong());
            case 2 -> {
                int before = before();
                MemorySegment ram = nativeRam.asSlice(0, before + after()).fill((byte) 0);
                accessor.readBytes(EDGE - before, ram);
                exact = MemorySegment.mismatch(ram, 0, before, file.model, EDGE - before, EDGE) < 0;
                for (long i = before; i < ram.byteSize(); i++) {
                    exact &= ram.get(ValueLayout.JAVA_BYTE, i) == -1;
                }
            }
            default -> {
                int before = before();
                byte value = (byte) random.nextInt();
                accessor.fill(EDGE - before, before + after(), value);
                file.model.asSlice(EDGE - before).fill(value);
            }
        }
        return exact && !isWrongOnPurpose();
    }

    private boolean deviceOff() {
        HostMemoryAccessor accessor = any(off);
        int offset = 64 * random.nextInt(32) + random.nextInt(8);
        int length = after();
        Direction direction = random.nextBoolean() ? Direction.READ : Direction.WRITE;
        RegionFaultException fault = fault(() -> {
            if (direction == Direction.READ) {
                accessor.readBytes(offset, nativeRam, 0, length, TransferOrder.ASCENDING);
            } else {
                accessor.writeBytes(offset, nativeRam, 0, length, TransferOrder.ASCENDING);
            }
        });
        return check(
                ExpectedFault.firstAt(
                        offset, direction, accessor.planBulk(direction, offset, length, TransferOrder.ASCENDING)),
                fault);
    }

    /** The memory that ends is the RAM side of a transfer: a unit that straddles its end does not count. */
    private boolean ramEnds() {
        HostMemoryAccessor accessor = any(good);
        int before = before();
        int length = before + after();
        long offset = random.nextInt(EDGE - length);
        RegionFaultException fault =
                fault(() -> accessor.writeBytes(offset, file.memory, EDGE - before, length, TransferOrder.ASCENDING));
        if (fault == null
                || fault.side() != Side.RAM
                || fault.completed() > before
                || fault.completed() <= before - 64
                || isWrongOnPurpose()) {
            return false;
        }
        MemorySegment.copy(file.model, EDGE - before, other.model, offset, fault.completed());
        return true;
    }

    @Override
    public void close() {
        throwing.forEach(HostMemoryAccessor::close);
        forgiving.forEach(HostMemoryAccessor::close);
        good.forEach(HostMemoryAccessor::close);
        device.close();
        races.close();
        file.close();
        other.close();
        arena.close();
    }
}
