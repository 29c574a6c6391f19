package org.hostmem.guest;

import java.nio.ByteOrder;
import java.util.Objects;
import org.hostmem.AccessOptions;
import org.hostmem.DeviceLimits;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionClosedException;
import org.hostmem.engine.LimitedAccessor;
import org.hostmem.guest.AddressSpace.Holes;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.PlainMemory;
import org.jspecify.annotations.Nullable;

/**
 * A mapping, or a hole, with the accessor that answers in the space's byte order. Immutable. It is made once, when the
 * mapping is given: no later change asks anything of an accessor, which may be closed by then. Two are the same only if
 * they are one object.
 */
final class Placed {

    /** The size of an accessor is below 2^63, so that the hole under all mappings is in several parts. */
    private static final long HOLE = 1L << 62;

    final long start;
    final long last;
    final HostMemoryAccessor accessor;
    final Mapping mapping;
    /** Where a bus may read, or write, without asking the accessor; null if nowhere. */
    final @Nullable PlainMemory reads;

    final @Nullable PlainMemory writes;

    private Placed(long start, long last, HostMemoryAccessor accessor, Mapping mapping) {
        this.start = start;
        this.last = last;
        this.accessor = accessor;
        this.mapping = mapping;
        this.reads = plain(accessor, Direction.READ);
        this.writes = plain(accessor, Direction.WRITE);
    }

    private static @Nullable PlainMemory plain(HostMemoryAccessor accessor, Direction direction) {
        return accessor instanceof MappedAccessor mapped ? mapped.plainMemory(direction) : null;
    }

    /**
     * The accessor must be open, if it has another byte order; a neighbour of the same region has a view already, so
     * that a transfer across both is one. It may be null.
     */
    static Placed of(Mapping mapping, ByteOrder order, @Nullable Placed neighbour) {
        HostMemoryAccessor accessor = neighbour != null
                        && mapping.accessor() != null
                        && mapping.accessor() == neighbour.mapping.accessor()
                        && isOpen(neighbour.accessor)
                ? neighbour.accessor
                : accessor(mapping, order);
        return new Placed(mapping.start(), mapping.last(), accessor, mapping);
    }

    /** Somebody may have found the bus's view and closed it. */
    private static boolean isOpen(HostMemoryAccessor accessor) {
        try {
            accessor.check(Direction.READ, 0, 0);
            return true;
        } catch (RegionClosedException closed) {
            return false;
        } catch (HostMemoryException refused) {
            return true;
        }
    }

    private static HostMemoryAccessor accessor(Mapping mapping, ByteOrder order) {
        DeviceModel model = mapping.model();
        HostMemoryAccessor memory =
                model == null ? Objects.requireNonNull(mapping.accessor()) : model(model, mapping, order);
        return inOrder(memory, order);
    }

    private static HostMemoryAccessor inOrder(HostMemoryAccessor accessor, ByteOrder order) {
        return accessor.options().byteOrder() == order ? accessor : accessor.withByteOrder(order);
    }

    private static HostMemoryAccessor model(DeviceModel model, Mapping mapping, ByteOrder order) {
        AccessOptions options = mapping.options() == null ? AccessOptions.DEFAULT.with(order) : mapping.options();
        return LimitedAccessor.of(
                new ModelAccessor(model, mapping.start(), mapping.size(), options.with(DeviceLimits.NONE), null),
                options.limits());
    }

    /** What answers where nothing is mapped, in ascending order, for all addresses. */
    static Placed[] holes(ByteOrder order, Holes holes) {
        Placed[] all = new Placed[4];
        for (int i = 0; i < all.length; i++) {
            Mapping hole = Mapping.of(i * HOLE, HOLE, Hole.HOLE);
            all[i] =
                    new Placed(hole.start(), hole.last(), Hole.accessor(hole.start(), hole.size(), order, holes), hole);
        }
        return all;
    }

    boolean isHole() {
        return mapping.model() == Hole.HOLE;
    }

    /** A hole lies below every mapping. */
    long priority() {
        return isHole() ? Long.MIN_VALUE : mapping.priority();
    }

    Addresses addresses() {
        return new Addresses(start, last);
    }

    long offset(long address) {
        return mapping.offset() + (address - start);
    }
}
