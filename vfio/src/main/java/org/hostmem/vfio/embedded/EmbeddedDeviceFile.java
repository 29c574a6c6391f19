package org.hostmem.vfio.embedded;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.region.AccessChecks;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.Extent;
import org.jspecify.annotations.Nullable;

/**
 * A device made of memory, which answers as the kernel's vfio-pci does for a real one.
 *
 * <p>A BAR is a {@code memfd}. If memory is disabled, a mapping of an empty file replaces every mapping. An access to
 * it raises SIGBUS, as on a real BAR. When memory is enabled again, the BAR is mapped at the same addresses with its
 * contents.
 */
public final class EmbeddedDeviceFile implements DeviceFile {

    private static final int CONFIG_SIZE = 256;
    private static final int COMMAND = 4;
    private static final int COMMAND_MEMORY = 2;

    /** I/O and memory on, as vfio-pci leaves a device that was just opened. */
    private static final int COMMAND_AT_OPEN = 0x103;

    /** The power management capability: its offset, its register, and the bits of the state. */
    private static final int POWER = 0x40;

    private static final int POWER_CONTROL = POWER + 4;
    private static final int POWER_STATE = 3;

    /** The bits of the command register's low byte that can be written. */
    private static final int COMMAND_WRITABLE = 0x07;

    private record Live(Mapping mapping, int index, long offset) {}

    private final Syscalls syscalls;
    private final NavigableMap<Integer, EmbeddedRegion> regions = new TreeMap<>();
    private final Map<Integer, Integer> files = new HashMap<>();
    private final List<Live> mappings = new ArrayList<>();
    private final byte[] config = new byte[CONFIG_SIZE];
    private int noBytes = -1;
    private boolean closed;

    public EmbeddedDeviceFile(Syscalls syscalls, List<EmbeddedRegion> embedded) {
        this.syscalls = syscalls;
        ByteBuffer header = ByteBuffer.wrap(config).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort(0, (short) 0x1234)
                .putShort(2, (short) 0x484d)
                .putShort(COMMAND, (short) COMMAND_AT_OPEN)
                .put(11, (byte) 0xff);
        // A capability list of one: power management, version 3, registers survive D3hot.
        header.put(6, (byte) 0x10)
                .put(0x34, (byte) POWER)
                .put(POWER, (byte) 1)
                .putShort(POWER + 2, (short) 3)
                .put(POWER_CONTROL, (byte) 8);
        noBytes = memoryFile("hostmem-disabled", 0);
        for (EmbeddedRegion region : embedded) {
            regions.put(region.index(), region);
            if (region.index() != Region.CONFIG) {
                files.put(region.index(), memoryFile("hostmem-bar" + region.index(), region.size()));
            }
        }
    }

    private int file(int index) {
        return Objects.requireNonNull(files.get(index));
    }

    private int memoryFile(String name, long size) {
        int fd = syscalls.memoryFile(name, size);
        if (fd < 0) {
            close();
            throw new VfioException("cannot make a memfd of " + size + " bytes for the embedded device: "
                    + Errno.name(fd) + Opening.advice(fd));
        }
        return fd;
    }

    /** Puts the identification into the register BAR. */
    public void writeId(int id) {
        if (files.containsKey(EmbeddedRegion.REGISTERS)) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment bytes = arena.allocate(Integer.BYTES);
                bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).putInt(id);
                syscalls.pwrite(file(EmbeddedRegion.REGISTERS), bytes, Integer.BYTES, 0);
            }
        }
    }

    @Override
    public String way() {
        return "memory of this process";
    }

    @Override
    public boolean isPciFunction() {
        return true;
    }

    @Override
    public List<Extent> extents(RegionInfo region) {
        return files.containsKey(region.index()) ? Extent.file(file(region.index()), 0, 0, region.size()) : List.of();
    }

    @Override
    public int regionCount() {
        return regions.isEmpty() ? 0 : regions.lastKey() + 1;
    }

    @Override
    public boolean resettable() {
        return true;
    }

    @Override
    public int pageSize() {
        return syscalls.pageSize();
    }

    @Override
    public @Nullable ByteBuffer regionInfo(int index) {
        EmbeddedRegion region = regions.get(index);
        return region == null ? null : region.report().duplicate();
    }

    /**
     * As {@code vfio_pci_core_do_io_rw}: an error beyond the end, a short count across it, EIO where memory is
     * disabled.
     */
    private long usable(EmbeddedRegion region, long offset, int count) {
        if (offset < 0 || offset >= region.size()) {
            return -Errno.EINVAL;
        }
        if (region.index() != Region.CONFIG && !answers()) {
            return -Errno.EIO;
        }
        return Math.min(count, region.size() - offset);
    }

    private long refusal() {
        return closed ? -Errno.EBADF : -Errno.EINVAL;
    }

    @Override
    public synchronized long read(RegionInfo info, long offset, MemorySegment ram, int count) {
        EmbeddedRegion region = regions.get(info.index());
        if (closed || region == null) {
            return refusal();
        }
        long usable = usable(region, offset, count);
        if (usable > 0 && (info.index() == Region.CONFIG || region.isHole(offset))) {
            ByteBuffer bytes = ram.asSlice(0, usable).asByteBuffer();
            while (bytes.hasRemaining()) {
                bytes.put(info.index() == Region.CONFIG ? config[(int) offset + bytes.position()] : -1);
            }
            return usable;
        }
        return usable <= 0 ? usable : syscalls.pread(file(info.index()), ram, usable, offset);
    }

    @Override
    public synchronized long write(RegionInfo info, long offset, MemorySegment ram, int count) {
        EmbeddedRegion region = regions.get(info.index());
        if (closed || region == null) {
            return refusal();
        }
        long usable = usable(region, offset, count);
        if (usable > 0 && info.index() == Region.CONFIG) {
            if (offset <= COMMAND && offset + usable > COMMAND) {
                change(COMMAND, ram.get(JAVA_BYTE, COMMAND - offset), COMMAND_WRITABLE);
            }
            if (offset <= POWER_CONTROL && offset + usable > POWER_CONTROL) {
                change(POWER_CONTROL, ram.get(JAVA_BYTE, POWER_CONTROL - offset), POWER_STATE);
            }
            return usable;
        }
        return usable <= 0 || region.isHole(offset) ? usable : syscalls.pwrite(file(info.index()), ram, usable, offset);
    }

    /** Whether memory is on and the device is in D0, as in vfio-pci. */
    private boolean answers() {
        return (config[COMMAND] & COMMAND_MEMORY) != 0 && (config[POWER_CONTROL] & POWER_STATE) == 0;
    }

    private void change(int register, int value, int writable) {
        boolean before = answers();
        config[register] = (byte) ((config[register] & ~writable) | (value & writable));
        if (answers() != before) {
            mappings.removeIf(live -> !live.mapping().isLive());
            mappings.forEach(live ->
                    live.mapping().remap(answers() ? file(live.index()) : noBytes, answers() ? live.offset() : 0));
        }
    }

    @Override
    public synchronized Mapping map(RegionInfo info, Area area, int protection) {
        AccessChecks.open(closed);
        boolean enabled = answers();
        long mapped = syscalls.map(
                enabled ? file(info.index()) : noBytes, enabled ? area.offset() : 0, area.size(), protection);
        if (mapped < 0) {
            throw new VfioException(
                    "cannot map " + area + " of the embedded device: " + Errno.name(mapped) + Opening.advice(mapped));
        }
        Mapping mapping = new Mapping(syscalls, mapped, area.size(), protection);
        mappings.removeIf(live -> !live.mapping().isLive());
        mappings.add(new Live(mapping, info.index(), area.offset()));
        return mapping;
    }

    @Override
    public synchronized int reset() {
        change(POWER_CONTROL, 0, POWER_STATE);
        change(COMMAND, COMMAND_AT_OPEN, COMMAND_WRITABLE);
        return 0;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            files.values().forEach(syscalls::close);
            if (noBytes >= 0) {
                syscalls.close(noBytes);
            }
        }
    }
}
