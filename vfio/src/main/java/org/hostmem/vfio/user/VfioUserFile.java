package org.hostmem.vfio.user;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.RegionInfoException;
import org.hostmem.vfio.RegionInfoException.Violation;
import org.hostmem.vfio.RegionInfoParser;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioOptions.WideAccess;
import org.hostmem.vfio.VfioUserException;
import org.hostmem.vfio.VfioUserException.Failure;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.linux.TrialMapping;
import org.hostmem.vfio.region.AccessChecks;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.Extent;
import org.hostmem.vfio.region.RegionCalls;
import org.jspecify.annotations.Nullable;

/**
 * A device that another process serves over a Unix socket by the vfio-user protocol. The reports are those of the
 * kernel, in messages. The descriptors of the mappable areas come with them. Nothing that the server says is trusted.
 *
 * <p>An access to bytes that are not mapped is one message of its width. After the end of the connection an access
 * faults, and the message of the fault says why the connection ended.
 */
public final class VfioUserFile implements DeviceFile {

    /** The oldest version is 0.0, and the newest known one is 0.1. */
    private static final int MAJOR = 0;

    private static final int MINOR = 1;

    /** {@code vfio_user_device_info}: u32 argsz 0, flags 4, num_regions 8, num_irqs 12. */
    private static final int DEVICE_INFO_SIZE = 16;

    private static final int DEVICE_FLAG_RESET = 1;
    private static final int DEVICE_FLAG_PCI = 2;

    /** An access: u64 offset 0, u32 region 8, u32 count 12, then the data. */
    private static final int ACCESS_SIZE = 16;

    /** How often a report may grow between two requests. */
    private static final int MAX_ATTEMPTS = 8;

    private final Syscalls syscalls;
    private final VfioUserConnection connection;
    private final String address;
    private final int maxTransfer;
    private final int flags;
    private final int regionCount;

    /**
     * The descriptors of each region that can be mapped: one for the whole region, or one for each area in the order of
     * the report.
     */
    private final Map<Integer, int[]> descriptors = new HashMap<>();

    private final Map<Integer, List<Long>> areas = new HashMap<>();

    /**
     * Takes over a connection, agrees on the version, and asks what the device is; closes the connection if that fails.
     *
     * @throws VfioUserException if the server breaks the protocol
     * @throws VfioException if it refuses
     */
    public VfioUserFile(Syscalls syscalls, VfioUserConnection connection, String address) {
        this.syscalls = syscalls;
        this.connection = connection;
        this.address = address;
        connection.lock();
        try {
            maxTransfer = Math.min(negotiate().maxTransfer(), VfioUserConnection.REQUEST_CAPACITY - ACCESS_SIZE);
            MemorySegment request = connection.request();
            clear(request, DEVICE_INFO_SIZE);
            request.set(JAVA_INT, 0, DEVICE_INFO_SIZE);
            checked(
                    "VFIO_USER_DEVICE_GET_INFO",
                    connection.exchange(VfioUserConnection.DEVICE_GET_INFO, DEVICE_INFO_SIZE),
                    DEVICE_INFO_SIZE);
            flags = connection.reply().get(JAVA_INT, 4);
            regionCount = connection.reply().get(JAVA_INT, 8);
        } catch (RuntimeException refused) {
            connection.close();
            throw refused;
        } finally {
            connection.unlock();
        }
    }

    /** u16 major 0, minor 2, then the capabilities. */
    private VfioUserCapabilities negotiate() {
        byte[] own = VfioUserCapabilities.OWN.bytes();
        MemorySegment request = connection.request();
        request.set(JAVA_SHORT, 0, (short) MAJOR);
        request.set(JAVA_SHORT, 2, (short) MINOR);
        MemorySegment.copy(own, 0, request, JAVA_BYTE, 4, own.length);
        int size = checked("VFIO_USER_VERSION", connection.exchange(VfioUserConnection.VERSION, 4 + own.length), 4);
        int major = Short.toUnsignedInt(connection.reply().get(JAVA_SHORT, 0));
        int minor = Short.toUnsignedInt(connection.reply().get(JAVA_SHORT, 2));
        if (major != MAJOR || minor > MINOR) {
            throw connection.fail(
                    Failure.VERSION,
                    "the server answers with version " + major + "." + minor + ", and this library proposed " + MAJOR
                            + "." + MINOR);
        }
        try {
            return VfioUserCapabilities.parse(
                    connection.reply().asSlice(4, size - 4).toArray(JAVA_BYTE));
        } catch (VfioUserException refused) {
            throw connection.fail(refused.failure(), refused.detail());
        }
    }

    private int checked(String what, int result, int least) {
        if (result < 0) {
            throw new VfioException(what + " of " + address + ": " + Errno.name(result) + " from the server");
        }
        if (result < least) {
            throw connection.fail(
                    Failure.REPLY_TRUNCATED,
                    "the reply to " + what + " has " + result + " bytes, and needs at least " + least);
        }
        return result;
    }

    private static void clear(MemorySegment request, int size) {
        for (int i = 0; i < size; i += Integer.BYTES) {
            request.set(JAVA_INT, i, 0);
        }
    }

    @Override
    public String way() {
        return "vfio-user";
    }

    /** Others may map the same file too, and another connection may lead to the same server. */
    @Override
    public List<Extent> extents(RegionInfo region) {
        List<Extent> all = new ArrayList<>();
        Object socket =
                Extent.key(Path.of(address.substring(VfioUser.PREFIX.length()))).orElse(address);
        all.add(new Extent(new Extent.ServedRegion(socket, region.index()), 0, 0, region.size()));
        if (region.has(RegionInfo.FLAG_MMAP)) {
            for (Area area : region.areas()) {
                all.addAll(Extent.file(
                        descriptor(region.index(), area),
                        region.fdOffset() + area.offset(),
                        area.offset(),
                        area.size()));
            }
        }
        return all;
    }

    @Override
    public boolean isPciFunction() {
        return (flags & DEVICE_FLAG_PCI) != 0;
    }

    /**
     * There is no kernel that turns the bit on. A server need not look at the bit, and servers that use libvfio-user do
     * not.
     */
    @Override
    public boolean turnsMemoryOn() {
        return false;
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

    @Override
    public RegionCalls calls(WideAccess wide) {
        return RegionCalls.messages(maxTransfer, wide);
    }

    /**
     * Like the kernel, the server writes the size of its report to argsz, and sends the capabilities when they fit. The
     * descriptors come with them, or with an earlier reply.
     */
    @Override
    public @Nullable ByteBuffer regionInfo(int index) {
        int room = RegionInfoParser.INFO_SIZE;
        int[] early = {};
        connection.lock();
        try {
            for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
                MemorySegment request = connection.request();
                clear(request, RegionInfoParser.INFO_SIZE);
                request.set(JAVA_INT, 0, room);
                request.set(JAVA_INT, 8, index);
                int result = connection.exchange(VfioUserConnection.DEVICE_GET_REGION_INFO, RegionInfoParser.INFO_SIZE);
                if (result == -Errno.EINVAL) {
                    return null;
                }
                int size = checked(
                        "VFIO_USER_DEVICE_GET_REGION_INFO of region " + index, result, RegionInfoParser.INFO_SIZE);
                long wanted = Integer.toUnsignedLong(connection.reply().get(JAVA_INT, 0));
                int[] came = connection.takeDescriptors();
                if (came.length > 0) {
                    Arrays.stream(early).forEach(syscalls::close);
                    early = came;
                }
                if (wanted <= size) {
                    ByteBuffer report = mappable(
                            index,
                            ByteBuffer.wrap(connection.reply().asSlice(0, size).toArray(JAVA_BYTE))
                                    .order(ByteOrder.nativeOrder()),
                            early);
                    early = new int[0];
                    return report;
                }
                if (wanted <= room) {
                    throw connection.fail(
                            Failure.REPLY_TRUNCATED,
                            "the report on region " + index + " has " + wanted + " bytes, of which " + size + " came");
                }
                if (wanted > RegionInfoParser.MAX_SIZE) {
                    throw new RegionInfoException(
                            Violation.INFO_TOO_LARGE, "the server wants to report " + wanted + " bytes");
                }
                room = (int) wanted;
            }
        } finally {
            Arrays.stream(early).forEach(syscalls::close);
            connection.unlock();
        }
        throw new VfioException(
                "the report on region " + index + " of " + address + " grew at each of " + MAX_ATTEMPTS + " requests");
    }

    /**
     * Keeps the descriptors that came with a report, or none of them if it throws. A region without one cannot be
     * mapped, whatever its flags say.
     */
    private ByteBuffer mappable(int index, ByteBuffer report, int[] came) {
        RegionInfo info = RegionInfoParser.parse(report, pageSize());
        if (!info.has(RegionInfo.FLAG_MMAP)) {
            Arrays.stream(came).forEach(syscalls::close);
            return report;
        }
        if (came.length == 0) {
            return report.putInt(4, info.flags() & ~RegionInfo.FLAG_MMAP);
        }
        List<Long> inOrder = RegionInfoParser.areasInOrder(report);
        if (came.length > 1 && came.length != inOrder.size()) {
            throw connection.fail(
                    Failure.DESCRIPTORS,
                    came.length + " descriptors came for region " + index + ", which has " + inOrder.size()
                            + " areas: it needs one for all, or one for each");
        }
        areas.put(index, inOrder);
        keep(index, came);
        return report;
    }

    private synchronized void keep(int index, int[] came) {
        int[] before = descriptors.put(index, came);
        if (before != null) {
            Arrays.stream(before).forEach(syscalls::close);
        }
    }

    @Override
    public long read(RegionInfo region, long offset, MemorySegment ram, int count) {
        return access(VfioUserConnection.REGION_READ, region.index(), offset, ram, Math.min(count, maxTransfer));
    }

    @Override
    public long write(RegionInfo region, long offset, MemorySegment ram, int count) {
        return access(VfioUserConnection.REGION_WRITE, region.index(), offset, ram, Math.min(count, maxTransfer));
    }

    /**
     * Makes an access by one message. The reply must be about the same access. It may have fewer bytes, as a system
     * call may.
     */
    private long access(int command, int region, long offset, MemorySegment ram, int count) {
        boolean isRead = command == VfioUserConnection.REGION_READ;
        connection.lock();
        try {
            MemorySegment request = connection.request();
            request.set(JAVA_LONG, 0, offset);
            request.set(JAVA_INT, 8, region);
            request.set(JAVA_INT, 12, count);
            if (!isRead) {
                MemorySegment.copy(ram, 0, request, ACCESS_SIZE, count);
            }
            int size = connection.exchange(command, isRead ? ACCESS_SIZE : ACCESS_SIZE + count);
            if (size < 0) {
                return size == -Errno.EBADF ? -Errno.EIO : size;
            }
            int done = transferred(size, isRead, region, offset, count);
            if (isRead) {
                MemorySegment.copy(connection.reply(), ACCESS_SIZE, ram, 0, done);
            }
            return done;
        } catch (VfioUserException over) {
            return connection.isClosed() ? -Errno.EBADF : -Errno.ECONNRESET;
        } finally {
            connection.unlock();
        }
    }

    /** The number of bytes that the reply to an access reports. */
    private int transferred(int size, boolean isRead, int region, long offset, int count) {
        MemorySegment reply = connection.reply();
        if (size < ACCESS_SIZE) {
            throw connection.fail(
                    Failure.REPLY_TRUNCATED,
                    "the reply to an access has " + size + " bytes, and needs at least " + ACCESS_SIZE);
        }
        long done = Integer.toUnsignedLong(reply.get(JAVA_INT, 12));
        if (reply.get(JAVA_LONG, 0) != offset || reply.get(JAVA_INT, 8) != region || done > count) {
            throw connection.fail(
                    Failure.REPLY_MISMATCH,
                    "the reply is about " + done + " bytes at 0x" + Long.toHexString(reply.get(JAVA_LONG, 0))
                            + " of region "
                            + reply.get(JAVA_INT, 8) + ", and the request was about " + count + " bytes at 0x"
                            + Long.toHexString(offset) + " of region " + region);
        }
        if (isRead && size - ACCESS_SIZE < done) {
            throw connection.fail(
                    Failure.REPLY_TRUNCATED,
                    "the reply has " + (size - ACCESS_SIZE) + " of the " + done + " bytes that were read");
        }
        return (int) done;
    }

    /** Says what an error means: the server sent it, or the connection has ended. */
    @Override
    public String explain(long result) {
        VfioUserException over = connection.failure();
        return result == -Errno.ECONNRESET && over != null
                ? over.getMessage()
                : Errno.name(result) + " from the server";
    }

    /** Tries the mapping, because a server may pass any kind of file. */
    @Override
    public Optional<String> refusal(RegionInfo region, Area area) {
        long at = region.fdOffset() + area.offset();
        long mapped = syscalls.map(descriptor(region.index(), area), at, area.size(), DeviceFile.protection(region));
        return TrialMapping.refusal(syscalls, mapped, area);
    }

    @Override
    public Mapping map(RegionInfo region, Area area, int protection) {
        int fd = descriptor(region.index(), area);
        long mapped = syscalls.map(fd, region.fdOffset() + area.offset(), area.size(), protection);
        if (mapped < 0) {
            throw new VfioException("cannot map " + area + " of region " + region.index() + " of " + address + ": "
                    + Errno.name(mapped) + ": the descriptor that the server passed does not allow it");
        }
        return new Mapping(syscalls, mapped, area.size(), protection);
    }

    private synchronized int descriptor(int index, Area area) {
        int[] all = descriptors.get(index);
        if (all == null) {
            throw AccessChecks.closed();
        }
        return all.length == 1
                ? all[0]
                : all[Objects.requireNonNull(areas.get(index)).indexOf(area.offset())];
    }

    @Override
    public int reset() {
        connection.lock();
        try {
            return Math.min(0, connection.exchange(VfioUserConnection.DEVICE_RESET, 0));
        } catch (VfioUserException over) {
            return connection.isClosed() ? -Errno.EBADF : -Errno.ECONNRESET;
        } finally {
            connection.unlock();
        }
    }

    @Override
    public synchronized void close() {
        connection.close();
        descriptors.values().forEach(all -> Arrays.stream(all).forEach(syscalls::close));
        descriptors.clear();
    }
}
