package org.hostmem;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.engine.Ladder;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.ScalarsByWidth;

/** A region in a byte array that keeps a list of the accesses of its plans. Several may share an array, and a list. */
public class Fake implements ScalarsByWidth {

    /** One access, at an index of the array. */
    public record Access(Fake to, Direction direction, long index, int width) {}

    public final byte[] memory;
    public final int base;
    public final List<Access> log;
    /** Each with the number of accesses in the log before it, if there are any. */
    public final List<String> barriers = new ArrayList<>();
    /** Index of a byte that faults; -1 for none. */
    public int broken = -1;

    public boolean closed;
    public RegionCapabilities capabilities;
    public AccessOptions options;
    public AccessRules rules;

    public Fake(byte[] memory, int base, int size, CacheMode mode, int widest, List<Access> log) {
        this.memory = memory;
        this.base = base;
        this.log = log;
        capabilities = RegionCapabilities.whole(size, mode, CacheModeSource.ASSERTED);
        options = AccessOptions.DEFAULT;
        rules = rules(mode, widest);
    }

    public Fake(int size) {
        this(new byte[size], 0, size, CacheMode.DEVICE, 8, new ArrayList<>());
    }

    /** A log that forgets, for long transfers and for several threads. */
    public static List<Access> noLog() {
        return new AbstractList<>() {
            @Override
            public boolean add(Access forgotten) {
                return true;
            }

            @Override
            public Access get(int index) {
                throw new IndexOutOfBoundsException(index);
            }

            @Override
            public int size() {
                return 0;
            }
        };
    }

    static AccessRules rules(CacheMode mode, int widest) {
        return rules(mode, widest, AccessRules.Unaligned.ILLEGAL);
    }

    static AccessRules rules(CacheMode mode, int widest, AccessRules.Unaligned unaligned) {
        return AccessRules.strictest(
                        "fake",
                        mode,
                        Map.of(
                                Barrier.TO_DEVICE,
                                "",
                                Barrier.FROM_DEVICE,
                                "",
                                Barrier.FLUSH_WRITE_COMBINING,
                                "",
                                Barrier.END_COMBINING,
                                "",
                                Barrier.ORDER_DEVICE,
                                "",
                                Barrier.FULL,
                                ""),
                        "test")
                .with(unaligned)
                .withWidest(widest, widest, widest);
    }

    /** The same rules with other ASCENDING units. */
    static AccessRules ascending(AccessRules rules, int widest) {
        return rules.withWidest(rules.widestRead(), rules.widestWrite(), widest);
    }

    private boolean access(Direction direction, long offset, int width, long done) {
        long index = base + offset;
        if (broken >= index && broken < index + width) {
            throw new RegionFaultException(offset, direction, width, done, RegionFaultException.Side.REGION, "test");
        }
        return log.add(new Access(this, direction, index, width));
    }

    @Override
    public void check(Direction direction, long offset, long length) {
        if (closed) {
            throw new RegionClosedException("closed");
        }
        ScalarsByWidth.super.check(direction, offset, length);
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
        return rules;
    }

    @Override
    public Set<Guarantee> guarantees() {
        return EnumSet.noneOf(Guarantee.class);
    }

    @Override
    public long read(long offset, int width) {
        check(Direction.READ, offset, width);
        long value = 0;
        List<long[]> units = new ArrayList<>();
        planScalar(offset, width).forEach((at, unit) -> units.add(new long[] {at, unit}));
        for (long[] unit : units) {
            access(Direction.READ, unit[0], (int) unit[1], unit[0] - offset);
        }
        for (int i = 0; i < width; i++) {
            value |= (memory[(int) (base + offset + i)] & 0xffL)
                    << 8 * (options.byteOrder() == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i);
        }
        return value;
    }

    @Override
    public void write(long offset, int width, long value) {
        check(Direction.WRITE, offset, width);
        planScalar(offset, width).forEach((at, unit) -> access(Direction.WRITE, at, unit, at - offset));
        for (int i = 0; i < width; i++) {
            memory[(int) (base + offset + i)] =
                    (byte) (value >>> 8 * (options.byteOrder() == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i));
        }
    }

    @Override
    public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        check(Direction.READ, offset, length);
        planBulk(Direction.READ, offset, length, order).forEach((at, unit) -> {
            access(Direction.READ, at, unit, at - offset);
            for (int i = 0; i < unit; i++) {
                ram.set(ValueLayout.JAVA_BYTE, ramOffset + at - offset + i, memory[(int) (base + at + i)]);
            }
        });
    }

    @Override
    public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        check(Direction.WRITE, offset, length);
        planBulk(Direction.WRITE, offset, length, order).forEach((at, unit) -> {
            access(Direction.WRITE, at, unit, at - offset);
            for (int i = 0; i < unit; i++) {
                memory[(int) (base + at + i)] = ram.get(ValueLayout.JAVA_BYTE, ramOffset + at - offset + i);
            }
        });
    }

    @Override
    public void fill(long offset, long length, byte value) {
        writeBytes(offset, MemorySegment.ofArray(new byte[(int) length]).fill(value));
    }

    @Override
    public void barrier(Barrier purpose) {
        if (!log.isEmpty()) {
            barriers.add(purpose + " after " + log.size());
        }
    }

    @Override
    public AccessPlan planScalar(long offset, int width) {
        return AccessPlan.scalar(rules, options.unaligned(), base + offset, offset, width);
    }

    @Override
    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        ScalarsByWidth.super.check(direction, offset, length);
        return AccessPlan.bulk(rules, direction, order, base + offset, offset, length);
    }

    @Override
    public void close() {
        closed = true;
    }

    /** One whose place in the array is known, so that overlaps are found. */
    public static class Mapped extends Fake implements MappedAccessor {

        public Mapped(byte[] memory, int base, int size, CacheMode mode, int widest, List<Access> log) {
            super(memory, base, size, mode, widest, log);
        }

        @Override
        public long address() {
            return base;
        }

        @Override
        public boolean copyDirectly(MappedAccessor source, long from, long to, long length, Order order) {
            return false;
        }

        @Override
        public void writeDescending(long offset, MemorySegment ram, long ramOffset, long length) {
            for (long rest = length; rest > 0; ) {
                int unit = Ladder.unit(base + offset + rest, rest, 8);
                rest -= unit;
                try {
                    writeBytes(offset + rest, ram, ramOffset + rest, unit, TransferOrder.ASCENDING);
                } catch (RegionFaultException fault) {
                    throw Faults.within(fault, length - rest - unit);
                }
            }
        }
    }
}
