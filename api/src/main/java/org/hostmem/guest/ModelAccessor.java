package org.hostmem.guest;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.engine.Checks;
import org.hostmem.engine.FirstUse;
import org.hostmem.engine.Ladder;
import org.hostmem.engine.RamSide;
import org.hostmem.engine.SharedSecrets;
import org.hostmem.spi.ScalarsByWidth;
import org.hostmem.spi.SharedMemory;
import org.jspecify.annotations.Nullable;

/**
 * Makes a device model, or a hole, look like memory, so that everything in an address space is an accessor. A transfer
 * becomes aligned accesses of up to 8 bytes.
 */
final class ModelAccessor implements ScalarsByWidth, SharedMemory {

    private static final AccessRules RULES = modelRules();

    private final DeviceModel model;
    private final RegionCapabilities capabilities;
    private final AccessOptions options;
    private final boolean isMapped;
    private final long base;
    private final @Nullable String refusal;
    private final Object memory;
    private volatile boolean closed;

    /**
     * {@code options} are without limits, which are obeyed around it; {@code refusal} is why nothing may be accessed,
     * or null; {@code base} the guest-physical address.
     */
    ModelAccessor(DeviceModel model, long base, long size, AccessOptions options, @Nullable String refusal) {
        this(model, true, base, size, options, refusal);
    }

    /** Of a model that is not mapped by itself. */
    static ModelAccessor unmapped(DeviceModel model, long size, AccessOptions options) {
        return new ModelAccessor(model, false, 0, size, options, null);
    }

    private ModelAccessor(
            DeviceModel model,
            boolean isMapped,
            long base,
            long size,
            AccessOptions options,
            @Nullable String refusal) {
        this.model = model;
        this.isMapped = isMapped;
        this.base = base;
        this.capabilities = RegionCapabilities.whole(size, CacheMode.NONCACHED, CacheModeSource.ASSERTED);
        this.options = options;
        this.refusal = refusal;
        this.memory = new Identity(model == Hole.HOLE ? this : model);
    }

    static {
        FirstUse.run(new RamSides());
    }

    /**
     * The JVM's own classes for values in memory. A class of its own, as another thread runs it while this one is
     * initialised.
     */
    private static final class RamSides implements Runnable {
        @Override
        public void run() {
            MemorySegment ram = MemorySegment.ofArray(new byte[Long.BYTES]);
            for (int unit = 1; unit <= Long.BYTES; unit *= 2) {
                RamSide.put(ram, 0, unit, RamSide.get(ram, 0, unit));
            }
        }
    }

    private static AccessRules modelRules() {
        Map<Barrier, String> barriers = new EnumMap<>(Barrier.class);
        for (Barrier purpose : Barrier.values()) {
            barriers.put(purpose, "VarHandle.fullFence");
        }
        return AccessRules.strictest("emulated", CacheMode.NONCACHED, barriers, "a device model")
                .with(Unaligned.SINGLE);
    }

    /** All mappings of one model reach the same registers. A hole has none. */
    @Override
    public Object memory() {
        return memory;
    }

    @Override
    public long size() {
        return capabilities.size();
    }

    @Override
    public RegionCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public AccessOptions options() {
        return options;
    }

    @Override
    public AccessRules rules() {
        return RULES;
    }

    @Override
    public Set<Guarantee> guarantees() {
        return Set.of(
                Guarantee.EXACT_WIDTH,
                Guarantee.EXACTLY_ONCE,
                Guarantee.ASCENDING_ORDER,
                Guarantee.UNALIGNED_SINGLE,
                Guarantee.NEVER_ELIDED);
    }

    @Override
    public void check(Direction direction, long offset, long length) {
        if (closed) {
            throw new RegionClosedException(
                    "this accessor of " + model + " is closed: it belonged to the bus; map the device again");
        }
        if (refusal != null && length > 0) {
            throw located(new RegionBoundsException(refusal + ", where " + length + " bytes are asked for"), offset);
        }
        ScalarsByWidth.super.check(direction, offset, length);
    }

    @Override
    public long read(long offset, int width) {
        Checks.scalarWidth(width);
        check(Direction.READ, offset, width);
        return readModel(offset, width, 0);
    }

    @Override
    public void write(long offset, int width, long value) {
        Checks.scalarWidth(width);
        check(Direction.WRITE, offset, width);
        writeModel(offset, width, value, 0);
    }

    private long readModel(long offset, int width, long completed) {
        try {
            return model.read(offset, width) & -1L >>> (64 - 8 * width);
        } catch (RegionFaultException refusal) {
            throw busError(refusal, Direction.READ, offset, width, completed);
        }
    }

    private void writeModel(long offset, int width, long value, long completed) {
        try {
            model.write(offset, width, value & -1L >>> (64 - 8 * width));
        } catch (RegionFaultException refusal) {
            throw busError(refusal, Direction.WRITE, offset, width, completed);
        }
    }

    /**
     * The bus error as the caller of the access sees it, whatever the model set. It may also be a fault of other memory
     * that the model accessed.
     */
    private RegionFaultException busError(
            RegionFaultException refusal, Direction direction, long offset, int width, long completed) {
        RegionFaultException seen = SharedSecrets.faults().answering(refusal, offset, direction, width, completed);
        return isMapped ? located(seen, offset) : seen;
    }

    private <E extends HostMemoryException> E located(E exception, long offset) {
        return GuestAddresses.located(exception, base + offset);
    }

    /** From the model's byte order to the host's, or back; its low bytes count. */
    private long inHostOrder(long value, int width) {
        return options.byteOrder() == ByteOrder.nativeOrder() ? value : Long.reverseBytes(value) >>> (64 - 8 * width);
    }

    @Override
    public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        check(Direction.READ, offset, length);
        Objects.requireNonNull(order);
        RamSide.check(ram, ramOffset, length, true);
        for (long done = 0; done < length; ) {
            int unit = Ladder.unit(offset + done, length - done, RULES.widestRead());
            long value = inHostOrder(readModel(offset + done, unit, done), unit);
            try {
                RamSide.put(ram, ramOffset + done, unit, value);
            } catch (InternalError vanished) {
                throw RamSide.fault(this, offset + done, Direction.READ, unit, done);
            } catch (IllegalStateException | WrongThreadException ended) { // its arena, by another thread or the model
                RamSide.checkUsable(ram);
                throw ended;
            }
            done += unit;
        }
    }

    @Override
    public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        check(Direction.WRITE, offset, length);
        Objects.requireNonNull(order);
        RamSide.check(ram, ramOffset, length, false);
        for (long done = 0; done < length; ) {
            int unit = Ladder.unit(offset + done, length - done, RULES.widestWrite());
            long value;
            try {
                value = RamSide.get(ram, ramOffset + done, unit);
            } catch (InternalError vanished) {
                throw RamSide.fault(this, offset + done, Direction.WRITE, unit, done);
            } catch (IllegalStateException | WrongThreadException ended) { // its arena, by another thread or the model
                RamSide.checkUsable(ram);
                throw ended;
            }
            writeModel(offset + done, unit, inHostOrder(value, unit), done);
            done += unit;
        }
    }

    @Override
    public void fill(long offset, long length, byte value) {
        check(Direction.WRITE, offset, length);
        for (long done = 0; done < length; ) {
            int unit = Ladder.unit(offset + done, length - done, RULES.widestWrite());
            writeModel(offset + done, unit, (value & 0xff) * 0x0101_0101_0101_0101L, done);
            done += unit;
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
        check(Direction.READ, offset, width);
        return AccessPlan.scalar(RULES, options.unaligned(), offset, offset, width);
    }

    @Override
    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        check(direction, offset, length);
        return AccessPlan.bulk(RULES, direction, order, offset, offset, length);
    }

    /** No access begins after this, as with memory. The device itself belongs to its owner. */
    @Override
    public void close() {
        closed = !(model instanceof Hole); // that of a hole answers for all holes of a space
    }
}
