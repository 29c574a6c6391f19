package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.region.Report;

/**
 * Answers system calls as a kernel with one VFIO device would, from recorded reports; writes down what it was asked,
 * and can be told to refuse.
 */
final class FakeKernel implements Syscalls {

    private static final int CONTAINER = 100;
    private static final int GROUP = 101;
    private static final int DEVICE = 102;
    private static final int IOMMU = 103;
    private static final int ADDRESS_SPACE = 77;

    final List<String> calls = new ArrayList<>();
    final Map<String, Integer> refusals = new HashMap<>();
    final Map<Integer, ByteBuffer> reports = new HashMap<>();
    final byte[] config = new byte[256];
    final IoctlNumbers ioctls;
    int groupFlags = 1;
    int deviceFlags = 3;
    int regionCount = 9;
    int type = 3;
    int pageSize = 4096;
    final FakeInterrupts interrupts = new FakeInterrupts();
    final FakeDma dma = new FakeDma(this::call);
    /** Numbers of devices that are open: the first is {@link #DEVICE}. */
    private final Set<Integer> devices = new TreeSet<>();
    /** Whether the device's own node waits for its IOMMU, and answers nothing. */
    private boolean unbound;
    /** Whether the configuration space drops what is written. */
    boolean readOnly;
    /** How many bytes each report grows between one call and the next. */
    int growing;

    private int grown;

    FakeKernel(IoctlNumbers ioctls) {
        this.ioctls = ioctls;
        config[4] = 3;
        config[5] = 1;
        reports.put(0, new Report(0, 7, 0x10000, 0).bytes());
        reports.put(
                3,
                new Report(3, 7, 0x4000, 3L << 40)
                        .sparse(List.of(new org.hostmem.RegionCapabilities.Area(0x1000, 0x3000)))
                        .bytes());
        reports.put(7, new Report(7, 3, 256, 7L << 40).bytes());
    }

    /** One call is refused: whatever is open then is closed once. */
    void assertRefusedWith(String call, int errno, int opened, Runnable refused) {
        calls.clear();
        refusals.clear();
        refusals.put(call, -errno);
        refused.run();
        assertThat(calls.stream().filter(made -> made.startsWith("close ")))
                .as("closed after %s", call)
                .hasSize(opened)
                .doesNotHaveDuplicates();
    }

    /** Writes down a call; its answer, if it is to be refused. */
    private int call(String call) {
        calls.add(call);
        return refusals.getOrDefault(call, 0);
    }

    @Override
    public int open(String path) {
        String node = path.substring(path.lastIndexOf("/dev/") + 5);
        int refused = call("open " + node);
        if (refused != 0) {
            return refused;
        }
        unbound = node.startsWith("vfio/devices/");
        return unbound ? nextDevice() : node.equals("iommu") ? IOMMU : node.equals("vfio/vfio") ? CONTAINER : GROUP;
    }

    /** Those beside the first begin at 200. */
    private int nextDevice() {
        int number = devices.contains(DEVICE) ? 199 + devices.size() : DEVICE;
        devices.add(number);
        return number;
    }

    @Override
    public int openForReading(String path) {
        return open(path);
    }

    @Override
    public int openAsPath(String path) {
        throw new AssertionError(path);
    }

    @Override
    public int close(int fd) {
        devices.remove(fd);
        return call("close " + fd);
    }

    @Override
    public int ioctl(int fd, int request, long argument) {
        int command = command(request);
        if (command == IoctlNumbers.CHECK_EXTENSION) {
            return argument == type ? 1 : 0;
        }
        return call((command == IoctlNumbers.SET_IOMMU ? "SET_IOMMU " : "number " + command + " ") + argument);
    }

    private int command(int request) {
        int command = request - ioctls.of(0);
        if (command < 0 || command > IoctlNumbers.IOMMU_IOAS_NOIOMMU_GET_PA) {
            throw new AssertionError("0x" + Integer.toHexString(request) + " is no VFIO ioctl here");
        }
        return command;
    }

    @Override
    public int ioctl(int fd, int request, MemorySegment argument) {
        switch (command(request)) {
            case IoctlNumbers.GROUP_GET_STATUS -> {
                argument.set(JAVA_INT, 4, groupFlags);
                return call("GET_STATUS " + argument.get(JAVA_INT, 0));
            }
            case IoctlNumbers.GROUP_SET_CONTAINER -> {
                return call("SET_CONTAINER " + argument.get(JAVA_INT, 0));
            }
            case IoctlNumbers.GROUP_GET_DEVICE_FD -> {
                int refused = call("GET_DEVICE_FD " + argument.getString(0));
                return refused != 0 ? refused : nextDevice();
            }
            case IoctlNumbers.DEVICE_BIND_IOMMUFD -> {
                int refused = call("BIND " + words(argument));
                unbound = refused != 0 && unbound;
                return refused;
            }
            case IoctlNumbers.IOMMU_IOAS_ALLOC -> {
                int refused = call("IOAS_ALLOC on " + fd + " " + words(argument));
                argument.set(JAVA_INT, 8, ADDRESS_SPACE);
                return refused;
            }
            case IoctlNumbers.DEVICE_ATTACH_IOMMUFD_PT -> {
                return call("ATTACH " + words(argument));
            }
            case IoctlNumbers.DEVICE_GET_INFO -> {
                if (unbound) {
                    return -Errno.EINVAL;
                }
                argument.set(JAVA_INT, 4, deviceFlags);
                argument.set(JAVA_INT, 8, regionCount);
                return call("GET_INFO");
            }
            case IoctlNumbers.DEVICE_GET_REGION_INFO -> {
                return regionInfo(argument);
            }
            case IoctlNumbers.DEVICE_RESET -> {
                return call("RESET");
            }
            case IoctlNumbers.DEVICE_GET_IRQ_INFO -> {
                return interrupts.info(argument);
            }
            case IoctlNumbers.DEVICE_SET_IRQS -> {
                int refused = call("SET_IRQS " + words(argument));
                return refused != 0 ? refused : interrupts.set(argument);
            }
            default -> {
                return dma.ioctl(command(request), argument);
            }
        }
    }

    private static List<Integer> words(MemorySegment argument) {
        return Arrays.stream(argument.toArray(JAVA_INT)).boxed().toList();
    }

    /** As the kernel: what does not fit is left out, argsz says how much there is, and cap_offset is 0 then. */
    private int regionInfo(MemorySegment argument) {
        int index = argument.get(JAVA_INT, 8);
        int given = argument.get(JAVA_INT, 0);
        ByteBuffer report = reports.get(index);
        if (report == null) {
            return -Errno.EINVAL;
        }
        grown += growing;
        int needed = report.limit() + grown;
        for (int i = 0; i < Math.min(32, given); i++) {
            argument.set(JAVA_BYTE, i, report.get(i));
        }
        argument.set(JAVA_INT, 0, needed);
        if (needed > given) {
            argument.set(JAVA_INT, 12, 0);
        } else {
            for (int i = 32; i < report.limit(); i++) {
                argument.set(JAVA_BYTE, i, report.get(i));
            }
        }
        return call("REGION_INFO " + index + " with " + given);
    }

    @Override
    public long pread(int fd, MemorySegment ram, long count, long offset) {
        int at = (int) (offset - (7L << 40));
        for (int i = 0; i < count; i++) {
            ram.set(JAVA_BYTE, i, config[at + i]);
        }
        return refusals.getOrDefault("pread", (int) count);
    }

    @Override
    public long pwrite(int fd, MemorySegment ram, long count, long offset) {
        if (count == 0) {
            return refusals.getOrDefault("pwrite", 0);
        }
        int at = (int) (offset - (7L << 40));
        for (int i = 0; i < count; i++) {
            config[at + i] = readOnly ? config[at + i] : ram.get(JAVA_BYTE, i);
        }
        calls.add("pwrite " + count + " at " + at);
        return count;
    }

    @Override
    public long map(int fd, long offset, long size, int protection) {
        int refused = call(
                "map 0x" + Long.toHexString(size) + " at 0x" + Long.toHexString(offset) + " protection " + protection);
        if (refused != 0) {
            return refused;
        }
        int file = Linux.INSTANCE.memoryFile("fake", size);
        long address = Linux.INSTANCE.map(file, 0, size, protection);
        Linux.INSTANCE.close(file);
        return address;
    }

    @Override
    public long mapOver(long address, int fd, long offset, long size, int protection) {
        throw new AssertionError();
    }

    @Override
    public long reserve(long address, long size) {
        int refused = call("reserve 0x" + Long.toHexString(size));
        return refused < 0 ? refused : Linux.INSTANCE.reserve(address, size);
    }

    @Override
    public int forbid(long address, long size) {
        int refused = refusals.getOrDefault("forbid", 0);
        return refused < 0 ? refused : Linux.INSTANCE.forbid(address, size);
    }

    @Override
    public int unmap(long address, long size) {
        return Linux.INSTANCE.unmap(address, size);
    }

    @Override
    public int memoryFile(String name, long size) {
        throw new AssertionError();
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public MemorySegment segment(long address, long size, Arena arena) {
        return Linux.INSTANCE.segment(address, size, arena);
    }
}
