package org.hostmem.vfio.access;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules;
import org.hostmem.Barrier;
import org.hostmem.DeviceLimits;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.engine.Checks;
import org.hostmem.engine.Ladder;
import org.hostmem.engine.LimitedAccessor;
import org.hostmem.engine.Pool;
import org.hostmem.engine.RamSide;
import org.hostmem.spi.AccessPlans;
import org.hostmem.spi.SharedMemory;
import org.hostmem.spi.UnsupportedRequests;
import org.hostmem.vfio.DriverTable.SystemCalls;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.region.AccessChecks;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.RegionCalls;
import org.hostmem.vfio.region.RegionIo;
import org.jspecify.annotations.Nullable;

/**
 * A region, or the holes of a region, through {@code pread} and {@code pwrite}. Each access of the plan is one call, so
 * that the kernel does not split anything.
 *
 * <p>An aligned call of 1, 2 or 4 bytes is one access of the device if the driver is known to work like that
 * ({@link SystemCalls#EXACT}). The {@linkplain RegionCalls#limits limits} {@linkplain #limited around} this accessor
 * refuse or split an access that does not fit into a call. A vfio-user server gets a message for each access instead of
 * a call ({@link RegionCalls}). The server orders accesses with barriers of its own, so a barrier here orders only the
 * CPU.
 */
public final class SystemCallAccessor extends RegionView implements UnsupportedRequests, SharedMemory {

    private static final int WIDEST = 8;

    /** The RAM sides of calls: all threads share a few. */
    private static final Pool<MemorySegment> SCRATCH =
            new Pool<>(() -> Arena.ofAuto().allocate(WIDEST, WIDEST));

    /** Identifies the bytes. It is equal for each opening of the same region. */
    private record Bytes(DeviceFile file, int index) {}

    private final DeviceFile file;
    private final RegionIo io;
    private final RegionInfo info;
    private final Bytes memory;
    private final SystemCalls systemCalls;
    private final RegionCalls calls;
    private final AccessRules rules;
    private final boolean reads;
    private final boolean writes;
    private final BooleanSupplier deviceClosed;
    private volatile boolean closed;
    private @Nullable SystemCallAccessor throwing;

    public SystemCallAccessor(
            DeviceFile file,
            RegionIo io,
            RegionInfo info,
            RegionCapabilities capabilities,
            AccessOptions options,
            SystemCalls systemCalls,
            RegionCalls calls,
            BooleanSupplier deviceClosed) {
        this.file = file;
        this.io = io;
        this.info = info;
        this.memory = new Bytes(file, info.index());
        super(capabilities, options);
        this.deviceClosed = deviceClosed;
        this.systemCalls = systemCalls;
        this.calls = calls;
        reads = systemCalls != SystemCalls.NONE && file.hasCalls(info, Direction.READ);
        writes = systemCalls != SystemCalls.NONE && file.hasCalls(info, Direction.WRITE);
        Map<Integer, AccessRules.Unaligned> unaligned =
                Map.of(2, AccessRules.Unaligned.SPLIT, 4, AccessRules.Unaligned.SPLIT, 8, AccessRules.Unaligned.SPLIT);
        Map<Barrier, String> barriers = new EnumMap<>(Barrier.class); // a call returns before the next access begins
        Stream.of(Barrier.values())
                .forEach(purpose -> barriers.put(purpose, purpose == Barrier.FULL ? "fullFence" : ""));
        rules = AccessRules.strictest(calls.name(), capabilities().cacheMode(), barriers, calls.source())
                .answered(capabilities().answeredBy())
                .withUnaligned(unaligned)
                .withWidest(WIDEST, WIDEST, WIDEST)
                .withNotes(List.of("each access is one " + calls.read() + " or " + calls.write()
                        + (calls.whole() ? "" : "; 8 bytes are one call, which the kernel may cut")));
    }

    @Override
    public AccessRules rules() {
        return rules;
    }

    @Override
    public Set<Guarantee> guarantees() {
        Set<Guarantee> held = EnumSet.of(Guarantee.NEVER_ELIDED, Guarantee.PRECISE_FAULTS);
        if (systemCalls == SystemCalls.EXACT) {
            held.addAll(EnumSet.of(Guarantee.EXACTLY_ONCE, Guarantee.ASCENDING_ORDER, Guarantee.DEVICE_BARRIERS));
            if (calls.whole()) {
                held.add(Guarantee.EXACT_WIDTH);
            }
        }
        return Set.copyOf(held);
    }

    @Override
    public Object memory() {
        return memory;
    }

    /** Whether calls reach this region at all. */
    public boolean isReachable() {
        return reads || writes;
    }

    /** Whether calls of a direction reach this region. */
    public boolean isReachable(Direction direction) {
        return direction == Direction.READ ? reads : writes;
    }

    /**
     * This accessor within its own limits and those of a device.
     *
     * @param device its limits
     */
    public HostMemoryAccessor limited(DeviceLimits device) {
        return LimitedAccessor.of(this, calls.limits().and(device));
    }

    @Override
    public long readScalar(long offset, int width) {
        check(Direction.READ, offset, width);
        checkScalar(offset, width);
        MemorySegment scratch = SCRATCH.take();
        long value = 0;
        int done = 0;
        try {
            while (done < width) {
                int unit = Ladder.unit(offset + done, width - done, WIDEST);
                transfer(Direction.READ, offset + done, scratch, unit, done);
                for (int i = 0; i < unit; i++, done++) {
                    value |= (scratch.get(JAVA_BYTE, i) & 0xffL) << shift(done, 1, width);
                }
            }
        } catch (RegionFaultException fault) {
            throwUnlessDropped(fault);
            for (; done < width; done++) {
                value |= 0xffL << shift(done, 1, width);
            }
        } finally {
            SCRATCH.give(scratch);
        }
        return value;
    }

    @Override
    public void writeScalar(long offset, int width, long value) {
        check(Direction.WRITE, offset, width);
        checkScalar(offset, width);
        MemorySegment scratch = SCRATCH.take();
        try {
            for (int done = 0; done < width; ) {
                int unit = Ladder.unit(offset + done, width - done, WIDEST);
                for (int i = 0; i < unit; i++) {
                    scratch.set(JAVA_BYTE, i, (byte) (value >> shift(done + i, 1, width)));
                }
                transfer(Direction.WRITE, offset + done, scratch, unit, done);
                done += unit;
            }
        } catch (RegionFaultException fault) {
            throwUnlessDropped(fault);
        } finally {
            SCRATCH.give(scratch);
        }
    }

    @Override
    public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        check(Direction.READ, offset, length);
        RamSide.check(ram, ramOffset, length, true);
        MemorySegment scratch = SCRATCH.take();
        long done = 0;
        try {
            while (done < length) {
                int unit = Ladder.unit(offset + done, length - done, WIDEST);
                transfer(Direction.READ, offset + done, scratch, unit, done);
                toRam(ram, ramOffset + done, unit, RamSide.get(scratch, 0, unit), offset + done, done);
                done += unit;
            }
        } catch (RegionFaultException fault) {
            throwUnlessDropped(fault);
            RamSide.fillWithOnes(this, offset + done, done, ram, ramOffset + done, length - done);
        } catch (IllegalStateException | WrongThreadException ended) { // another thread closed its arena
            RamSide.checkUsable(ram);
            throw ended;
        } finally {
            SCRATCH.give(scratch);
        }
    }

    @Override
    public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        check(Direction.WRITE, offset, length);
        RamSide.check(ram, ramOffset, length, false);
        try {
            write(offset, length, (at, unit) -> fromRam(ram, ramOffset + at, unit, offset + at, at));
        } catch (IllegalStateException | WrongThreadException ended) {
            RamSide.checkUsable(ram);
            throw ended;
        }
    }

    @Override
    public void fill(long offset, long length, byte value) {
        check(Direction.WRITE, offset, length);
        write(offset, length, (at, unit) -> (value & 0xff) * 0x0101_0101_0101_0101L);
    }

    private void toRam(MemorySegment ram, long ramOffset, int unit, long value, long offset, long done) {
        try {
            RamSide.put(ram, ramOffset, unit, value);
        } catch (InternalError vanished) {
            throw RamSide.fault(this, offset, Direction.READ, unit, done);
        }
    }

    private long fromRam(MemorySegment ram, long ramOffset, int unit, long offset, long done) {
        try {
            return RamSide.get(ram, ramOffset, unit);
        } catch (InternalError vanished) {
            throw RamSide.fault(this, offset, Direction.WRITE, unit, done);
        }
    }

    /** Returns the bytes to be written, as a value in the host's byte order. */
    private interface Source {
        long at(long index, int unit);
    }

    private void write(long offset, long length, Source source) {
        MemorySegment scratch = SCRATCH.take();
        try {
            for (long done = 0; done < length; ) {
                int unit = Ladder.unit(offset + done, length - done, WIDEST);
                RamSide.put(scratch, 0, unit, source.at(done, unit));
                transfer(Direction.WRITE, offset + done, scratch, unit, done);
                done += unit;
            }
        } catch (RegionFaultException fault) {
            throwUnlessDropped(fault);
        } finally {
            SCRATCH.give(scratch);
        }
    }

    @Override
    public void barrier(Barrier purpose) {
        Objects.requireNonNull(purpose);
        VarHandle.fullFence();
    }

    @Override
    public AccessPlan planScalar(long offset, int width) {
        Checks.scalarWidth(width);
        AccessChecks.open(isClosed());
        Checks.bounds(offset, width, size());
        if (!isReachable() || isRefused(offset, width)) {
            return AccessPlans.rejected(offset);
        }
        return AccessPlan.scalar(rules, options().unaligned(), offset, offset, width);
    }

    @Override
    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        AccessChecks.open(isClosed());
        Checks.bounds(offset, length, size());
        return !isReachable(direction)
                ? AccessPlans.rejected(offset)
                : AccessPlan.bulk(rules, direction, order, offset, offset, length);
    }

    /** The caller has checked that this accessor is open. */
    @Override
    public HostMemoryAccessor throwing() {
        if (options().fault() == FaultPolicy.THROW) {
            return this;
        }
        if (throwing == null) {
            throwing = new SystemCallAccessor(
                    file,
                    io,
                    info,
                    capabilities(),
                    options().with(FaultPolicy.THROW),
                    systemCalls,
                    calls,
                    deviceClosed);
        }
        return throwing;
    }

    @Override
    public void close() {
        closed = true;
    }

    public boolean isClosed() {
        return closed || deviceClosed.getAsBoolean();
    }

    @Override
    public void check(Direction direction, long offset, long length) {
        AccessChecks.open(isClosed());
        Checks.bounds(offset, length, size());
        Checks.right(direction, capabilities());
        if (!isReachable(direction)) {
            throw noSystemCalls(direction);
        }
    }

    /** Whether the policy refuses a scalar. */
    private boolean isRefused(long offset, int width) {
        return offset % width != 0 && options().unaligned() == UnalignedPolicy.REJECT;
    }

    /** Refuses a scalar before any access, as its plan says. */
    private void checkScalar(long offset, int width) {
        if (!isRefused(offset, width)) {
            return;
        }
        throw new AccessRejectedException(
                Reason.UNALIGNED,
                "an access of " + width + " bytes at offset 0x" + Long.toHexString(offset)
                        + " is not aligned: align it, or choose UnalignedPolicy.SPLIT");
    }

    private void transfer(Direction direction, long offset, MemorySegment scratch, int unit, long done) {
        long result = direction == Direction.READ
                ? io.read(info, offset, scratch, unit)
                : io.write(info, offset, scratch, unit);
        if (result == unit) {
            return;
        }
        if (result == -Errno.EBADF) {
            throw new RegionClosedException("the device is closed");
        }
        String call = direction == Direction.READ ? calls.read() : calls.write();
        throw new RegionFaultException(
                offset,
                direction,
                unit,
                done,
                RegionFaultException.Side.REGION,
                call + (result < 0 ? ": " + file.explain(result) : " stopped after " + result + " bytes"),
                options().faultTraces());
    }

    private AccessRejectedException noSystemCalls(Direction direction) {
        return new AccessRejectedException(
                Reason.UNSUPPORTED,
                "the driver has no " + (direction == Direction.READ ? calls.read() : calls.write()) + " for region "
                        + info.index()
                        + (capabilities().mappable()
                                ? ": only its mappable areas "
                                        + RegionInfo.text(capabilities().areas()) + " can be accessed"
                                : ", and it is not mapped"));
    }

    private void throwUnlessDropped(RegionFaultException fault) {
        if (options().fault() == FaultPolicy.THROW || fault.side() == RegionFaultException.Side.RAM) {
            throw fault;
        }
    }
}
