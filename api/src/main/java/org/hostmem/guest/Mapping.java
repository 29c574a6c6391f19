package org.hostmem.guest;

import java.util.Objects;
import org.hostmem.AccessOptions;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.engine.Checks;
import org.jspecify.annotations.Nullable;

/**
 * A range of guest-physical addresses, and the accessor or device model that answers there. Immutable.
 *
 * <p>Where mappings overlap, the one of the highest priority answers, as in QEMU: a BAR over RAM, or a ROM that shadows
 * it. Two of the same priority must not overlap.
 *
 * @param start first guest-physical address, unsigned
 * @param size in bytes, more than 0; the mapping must not run past the last address, 2<sup>64</sup> - 1
 * @param accessor of the memory; {@code null} if there is a model
 * @param offset in the accessor of the first byte
 * @param model of the device; {@code null} if there is an accessor
 * @param priority among mappings that overlap: the highest one answers
 * @param options of the model; {@code null} if there is an accessor, which has options of its own, or if the model
 *     accepts every access, in the byte order of the space
 */
@SuppressWarnings("exports") // of JSpecify, which users may leave out
public record Mapping(
        long start,
        long size,
        @Nullable HostMemoryAccessor accessor,
        long offset,
        @Nullable DeviceModel model,
        int priority,
        @Nullable AccessOptions options) {

    /**
     * Checks that the mapping lies within guest-physical addresses, and within the accessor.
     *
     * @throws IllegalArgumentException if the size is not positive, if it runs past the last address, or if it does not
     *     have either an accessor or a model
     * @throws RegionBoundsException if it does not fit into the accessor
     */
    public Mapping {
        checkOptions(start, model, options);
        if (size <= 0 || Long.compareUnsigned(start + size - 1, start) < 0 || (accessor == null) == (model == null)) {
            throw new IllegalArgumentException("a mapping at 0x" + Long.toHexString(start) + " of " + size
                    + " bytes is not possible: the size must be 1 or more, the end at most 2^64,"
                    + " and it must have either an accessor or a model");
        }
        if (accessor != null && (offset < 0 || offset > accessor.size() - size)) {
            throw Checks.outside(size, offset, accessor.size());
        }
    }

    /**
     * Without options of a model.
     *
     * @param start first guest-physical address, unsigned
     * @param size in bytes, more than 0
     * @param accessor of the memory; {@code null} if there is a model
     * @param offset in the accessor of the first byte
     * @param model of the device; {@code null} if there is an accessor
     * @param priority among mappings that overlap: the highest one answers
     */
    public Mapping(
            long start,
            long size,
            @Nullable HostMemoryAccessor accessor,
            long offset,
            @Nullable DeviceModel model,
            int priority) {
        this(start, size, accessor, offset, model, priority, null);
    }

    private static void checkOptions(long start, @Nullable DeviceModel model, @Nullable AccessOptions options) {
        if (options != null && (model == null || options.fault() != FaultPolicy.THROW)) {
            throw new IllegalArgumentException("a mapping at 0x" + Long.toHexString(start) + " cannot have the options "
                    + options + ": only a mapping of a device model may have options, with FaultPolicy.THROW");
        }
    }

    /**
     * {@return a mapping of a whole region, of priority 0}
     *
     * @param start first guest-physical address
     * @param accessor of the memory
     */
    public static Mapping of(long start, HostMemoryAccessor accessor) {
        return of(start, accessor.size(), accessor, 0);
    }

    /**
     * {@return a mapping of a part of a region, of priority 0}
     *
     * @param start first guest-physical address
     * @param size in bytes
     * @param accessor of the memory
     * @param offset in the accessor of the first byte
     */
    public static Mapping of(long start, long size, HostMemoryAccessor accessor, long offset) {
        return new Mapping(start, size, Objects.requireNonNull(accessor), offset, null, 0);
    }

    /**
     * {@return a mapping of an emulated device, of priority 0}
     *
     * @param start first guest-physical address
     * @param size in bytes
     * @param model of the device
     */
    public static Mapping of(long start, long size, DeviceModel model) {
        return new Mapping(start, size, null, 0, Objects.requireNonNull(model), 0);
    }

    /**
     * {@return a mapping of an emulated device that accepts only some accesses, of priority 0}
     *
     * <p>Its {@linkplain AccessOptions#limits limits} hold for scalars, transfers and plans of the bus, and for DMA to
     * it. Its byte order is that of the model's values. If the space has the other byte order, the values are swapped.
     * {@link org.hostmem.UnalignedPolicy#REJECT} refuses a scalar across the start or the end of the model, before the
     * model is called.
     *
     * @param start first guest-physical address
     * @param size in bytes
     * @param model of the device
     * @param options of the model, with {@link FaultPolicy#THROW}
     * @throws IllegalArgumentException if the options have another policy for faults
     */
    public static Mapping of(long start, long size, DeviceModel model, AccessOptions options) {
        return new Mapping(start, size, null, 0, Objects.requireNonNull(model), 0, Objects.requireNonNull(options));
    }

    /**
     * {@return the same with another priority}
     *
     * @param priority the new one
     */
    public Mapping withPriority(int priority) {
        return new Mapping(start, size, accessor, offset, model, priority, options);
    }

    /**
     * {@return for example {@code [0x40000000, 0x41000000) of NONCACHED memory of 16777216 bytes, x86_64}, with offset
     * and priority if there are any}
     */
    @Override
    public String toString() {
        return span(start, end()) + " of " + (accessor == null ? model : accessor)
                + (offset == 0 ? "" : " at offset 0x" + Long.toHexString(offset))
                + (options == null || options.limits().isNone() ? "" : ", " + options.limits())
                + (priority == 0 ? "" : ", priority " + priority);
    }

    /** {@return the first address after it; 0 if it ends at the last address that there is} */
    public long end() {
        return start + size;
    }

    long last() {
        return start + (size - 1);
    }

    static String span(long start, long end) {
        return "[0x" + Long.toHexString(start) + ", 0x" + (end == 0 ? "10000000000000000" : Long.toHexString(end))
                + ")";
    }
}
