package org.hostmem.vfio.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.hostmem.Direction;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.RegionInfoException;
import org.hostmem.vfio.RegionInfoParser;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.dma.SharedSpace;
import org.hostmem.vfio.linux.Descriptor;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.SharedDescriptor;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.linux.TrialMapping;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.Extent;
import org.hostmem.vfio.region.InterruptInfo;
import org.jspecify.annotations.Nullable;

/** A device by its VFIO descriptor. It does not matter how the descriptor was opened. */
public final class KernelDeviceFile implements DeviceFile {

    private static final int DEVICE_INFO_SIZE = 24;
    private static final int IRQ_INFO_SIZE = 16;
    private static final int IRQ_SET_SIZE = 20;
    private static final int DEVICE_FLAG_RESET = 1;
    private static final int DEVICE_FLAG_PCI = 2;

    /** How often a report may grow between two calls. */
    private static final int MAX_ATTEMPTS = 8;

    private final Syscalls syscalls;
    private final IoctlNumbers ioctls;
    private final String address;
    private final String way;
    private final Descriptor device;
    private final List<SharedDescriptor> others;
    /** The address space; null if it is not known. */
    private final @Nullable SharedSpace space;

    private final int flags;
    private final int regionCount;
    private boolean closed;

    /**
     * Takes over descriptors. It does so only after the device has answered.
     *
     * @param way to open it that was used, for people
     * @param fd the device's
     * @param others that are released after it, in this order
     * @param space the address space; null if it is not known
     */
    public KernelDeviceFile(
            Syscalls syscalls,
            IoctlNumbers ioctls,
            String address,
            String way,
            int fd,
            List<SharedDescriptor> others,
            @Nullable SharedSpace space) {
        this.syscalls = syscalls;
        this.ioctls = ioctls;
        this.address = address;
        this.way = way;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(DEVICE_INFO_SIZE, 8);
            info.set(JAVA_INT, 0, DEVICE_INFO_SIZE);
            int result = syscalls.ioctl(fd, ioctls.of(IoctlNumbers.DEVICE_GET_INFO), info);
            if (result < 0) {
                throw new VfioException("VFIO_DEVICE_GET_INFO of " + address + ": " + Errno.name(result)
                        + (result == -Errno.ENOTTY ? ": this is not a VFIO device" : ""));
            }
            flags = info.get(JAVA_INT, 4);
            regionCount = info.get(JAVA_INT, 8);
        }
        device = new Descriptor(syscalls, fd);
        this.others = others;
        this.space = space;
    }

    /**
     * Makes the device of the descriptor that was added last. The others are closed after it, in this order, when no
     * other device needs them.
     *
     * @param space makes the address space from the other descriptors
     */
    public static KernelDeviceFile of(
            Opening opening,
            Syscalls syscalls,
            IoctlNumbers ioctls,
            String address,
            String way,
            Function<List<SharedDescriptor>, @Nullable SharedSpace> space) {
        List<SharedDescriptor> others = opening.others();
        return of(opening, syscalls, ioctls, address, way, others, space.apply(others));
    }

    /**
     * Like the other method, for descriptors that other devices use too.
     *
     * @param others that the device shares
     */
    public static KernelDeviceFile of(
            Opening opening,
            Syscalls syscalls,
            IoctlNumbers ioctls,
            String address,
            String way,
            List<SharedDescriptor> others,
            @Nullable SharedSpace space) {
        KernelDeviceFile file = new KernelDeviceFile(syscalls, ioctls, address, way, opening.last(), others, space);
        opening.release();
        return file;
    }

    @Override
    public boolean isOfThisMachine() {
        return true;
    }

    @Override
    public String way() {
        return way;
    }

    @Override
    public boolean isPciFunction() {
        return (flags & DEVICE_FLAG_PCI) != 0;
    }

    @Override
    public List<Integer> descriptors() {
        List<Integer> all = new ArrayList<>();
        all.add(device.number());
        others.forEach(other -> all.add(other.number()));
        return all;
    }

    /** Regions differ by their offset in the descriptor. Two regions that overlap there are the same bytes. */
    @Override
    public List<Extent> extents(RegionInfo region) {
        List<Extent> all = new ArrayList<>(Extent.pci(address, region.index(), region.size()));
        all.add(new Extent(device, region.fdOffset(), 0, region.size()));
        return all;
    }

    @Override
    public int regionCount() {
        return regionCount;
    }

    @Override
    public boolean resettable() {
        return (flags & DEVICE_FLAG_RESET) != 0;
    }

    @Override
    public int pageSize() {
        return syscalls.pageSize();
    }

    /** The kernel writes the size of its report to argsz. The size may grow between calls. */
    @Override
    public @Nullable ByteBuffer regionInfo(int index) {
        int size = RegionInfoParser.INFO_SIZE;
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment info = arena.allocate(size, 8);
                info.set(JAVA_INT, 0, size);
                info.set(JAVA_INT, 8, index);
                int result = (int)
                        device.use(fd -> syscalls.ioctl(fd, ioctls.of(IoctlNumbers.DEVICE_GET_REGION_INFO), info));
                if (result == -Errno.EINVAL) {
                    return null;
                }
                if (result < 0) {
                    throw new VfioException("VFIO_DEVICE_GET_REGION_INFO of region " + index + " of " + address + ": "
                            + Errno.name(result));
                }
                int wanted = info.get(JAVA_INT, 0);
                if (wanted <= size) {
                    return ByteBuffer.wrap(info.toArray(JAVA_BYTE));
                }
                if (wanted > RegionInfoParser.MAX_SIZE) {
                    throw new RegionInfoException(
                            RegionInfoException.Violation.INFO_TOO_LARGE,
                            "the host wants to report " + wanted + " bytes");
                }
                size = wanted;
            }
        }
        throw new VfioException(
                "the report on region " + index + " of " + address + " grew at each of " + MAX_ATTEMPTS + " calls");
    }

    @Override
    public long read(RegionInfo region, long offset, MemorySegment ram, int count) {
        return device.use(fd -> syscalls.pread(fd, ram, count, region.fdOffset() + offset));
    }

    @Override
    public long write(RegionInfo region, long offset, MemorySegment ram, int count) {
        return device.use(fd -> syscalls.pwrite(fd, ram, count, region.fdOffset() + offset));
    }

    /**
     * Asks with a call of no bytes. A driver that has the call returns 0 without an access. Without it the call is
     * invalid (drivers/vfio/vfio_main.c vfio_device_fops_read, vfio_pci_core_read).
     */
    @Override
    public boolean hasCalls(RegionInfo region, Direction direction) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment none = arena.allocate(1);
            long result = direction == Direction.READ ? read(region, 0, none, 0) : write(region, 0, none, 0);
            return result != -Errno.EINVAL;
        }
    }

    /**
     * The kernel reports the areas that it maps. For less than a page the driver decides, and not all drivers report
     * it.
     */
    @Override
    public Optional<String> refusal(RegionInfo region, Area area) {
        if (area.size() % pageSize() == 0) {
            return Optional.empty();
        }
        long at = region.fdOffset() + area.offset();
        long mapped = device.use(fd -> syscalls.map(fd, at, area.size(), DeviceFile.protection(region)));
        return TrialMapping.refusal(syscalls, mapped, area);
    }

    @Override
    public Mapping map(RegionInfo region, Area area, int protection) {
        long mapped = device.use(fd -> syscalls.map(fd, region.fdOffset() + area.offset(), area.size(), protection));
        if (mapped < 0) {
            throw new VfioException("cannot map " + area + " of region " + region.index() + " of " + address + ": "
                    + Errno.name(mapped) + Opening.advice(mapped)
                    + (mapped == -Errno.EINVAL
                            ? "; an I/O or sub-page BAR that shares its page cannot be mapped"
                            : ""));
        }
        return new Mapping(syscalls, mapped, area.size(), protection);
    }

    @Override
    public @Nullable SharedSpace space() {
        return space;
    }

    /** {@code struct vfio_irq_info}: u32 argsz 0, u32 flags 4, u32 index 8, u32 count 12. */
    @Override
    public InterruptInfo interrupts(int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocateFrom(JAVA_INT, IRQ_INFO_SIZE, 0, index, 0);
            int result = (int) device.use(fd -> syscalls.ioctl(fd, ioctls.of(IoctlNumbers.DEVICE_GET_IRQ_INFO), info));
            return result < 0 ? InterruptInfo.NONE : new InterruptInfo(info.get(JAVA_INT, 12), info.get(JAVA_INT, 4));
        }
    }

    /**
     * {@code struct vfio_irq_set}: u32 argsz 0, u32 flags 4, u32 index 8, u32 start 12, u32 count 16, descriptors 20.
     */
    @Override
    public int setInterrupts(int flags, int index, int start, int count, int... descriptors) {
        try (Arena arena = Arena.ofConfined()) {
            int size = IRQ_SET_SIZE + Integer.BYTES * descriptors.length;
            MemorySegment set = arena.allocate(size, 8);
            MemorySegment.copy(
                    new int[] {size, flags, index, start, count}, 0, set, JAVA_INT, 0, IRQ_SET_SIZE / Integer.BYTES);
            MemorySegment.copy(descriptors, 0, set, JAVA_INT, IRQ_SET_SIZE, descriptors.length);
            return (int) device.use(fd -> syscalls.ioctl(fd, ioctls.of(IoctlNumbers.DEVICE_SET_IRQS), set));
        }
    }

    @Override
    public int reset() {
        return (int) device.use(fd -> syscalls.ioctl(fd, ioctls.of(IoctlNumbers.DEVICE_RESET), MemorySegment.NULL));
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            device.close();
            others.forEach(SharedDescriptor::release);
        }
    }
}
