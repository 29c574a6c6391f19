package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** A device over any {@link DeviceFile}: its regions by index, its command register, and the end of everything in order. */
final class VfioDevice implements Device {

    /** Offset of the PCI command register in the configuration space. */
    private static final int COMMAND = 4;
    private static final int COMMAND_MEMORY = 2;
    private static final int COMMAND_BUS_MASTER = 4;

    /** More regions than this is no device. */
    private static final int MAX_REGIONS = 1024;

    private final String address;
    private final String driver;
    private final DeviceFile file;
    private final Map<Integer, Region> regions = new TreeMap<>();
    private final Set<Mapping> mappings = new HashSet<>();
    private volatile boolean closed;

    /**
     * Takes over a device file, and closes it if its regions are impossible.
     *
     * @param driver as the host names it
     */
    VfioDevice(String address, String driver, DeviceFile file, VfioOptions options) {
        this.address = address;
        this.driver = driver;
        this.file = file;
        try {
            readRegions(options);
        } catch (RuntimeException impossible) {
            file.close();
            throw impossible;
        }
    }

    private void readRegions(VfioOptions options) {
        if (file.regionCount() < 0 || file.regionCount() > MAX_REGIONS) {
            throw new VfioException(address + " claims " + Integer.toUnsignedString(file.regionCount()) + " regions; no device has more than " + MAX_REGIONS);
        }
        for (int index = 0; index < file.regionCount(); index++) {
            try {
                ByteBuffer report = file.regionInfo(index);
                if (report != null) {
                    readRegion(index, RegionInfoParser.parse(report, file.pageSize()), options);
                }
            } catch (RegionInfoException impossible) {
                throw impossible.in("region " + index + " of " + address);
            }
        }
    }

    private void readRegion(int index, RegionInfo info, VfioOptions options) {
        if (info.index() != index) {
            throw new VfioException(address + " was asked for region " + index + " and describes region " + info.index());
        }
        if (info.size() > 0) {
            regions.put(index, new Region(this, file, info, driver, options));
        }
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public String driver() {
        return driver;
    }

    @Override
    public List<Region> regions() {
        return List.copyOf(regions.values());
    }

    @Override
    public Region region(int index) {
        Region region = regions.get(index);
        if (region == null) {
            throw new VfioException(address + " has no region " + index + "; there are " + names(regions.values()));
        }
        return region;
    }

    private static String names(Collection<Region> regions) {
        List<String> names = new ArrayList<>();
        regions.forEach(region -> names.add(region.index() + " (" + region.name() + ", " + region.info().size() + " bytes)"));
        return String.join(", ", names);
    }

    @Override
    public boolean memoryEnabled() {
        return (command(0, 0) & COMMAND_MEMORY) != 0;
    }

    @Override
    public void setMemoryEnabled(boolean enabled) {
        command(COMMAND_MEMORY, enabled ? COMMAND_MEMORY : 0);
    }

    @Override
    public boolean busMaster() {
        return (command(0, 0) & COMMAND_BUS_MASTER) != 0;
    }

    @Override
    public void setBusMaster(boolean enabled) {
        command(COMMAND_BUS_MASTER, enabled ? COMMAND_BUS_MASTER : 0);
    }

    /** Reads the PCI command register, and writes it with some bits changed if any are to be. */
    private synchronized int command(int mask, int bits) {
        RegionInfo config = region(Region.CONFIG).info();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(2);
            checkCommand("read", file.read(config, COMMAND, bytes, 2));
            int before = bytes.get(JAVA_BYTE, 0) & 0xff | (bytes.get(JAVA_BYTE, 1) & 0xff) << 8;
            int after = before & ~mask | bits;
            if (mask != 0) {
                bytes.set(JAVA_BYTE, 0, (byte) after);
                bytes.set(JAVA_BYTE, 1, (byte) (after >> 8));
                checkCommand("written", file.write(config, COMMAND, bytes, 2));
            }
            return after;
        }
    }

    private void checkCommand(String what, long result) {
        if (result == -Errno.EBADF) {
            AccessChecks.open(true);
        }
        if (result != 2) {
            throw new VfioException("the command register of " + address + " could not be " + what + ": " + (result < 0 ? file.explain(result) : result + " of 2 bytes"));
        }
    }

    @Override
    public boolean resettable() {
        return file.resettable();
    }

    @Override
    public synchronized void reset() {
        AccessChecks.open(closed);
        if (!resettable()) {
            throw new VfioException(address + " cannot be reset by itself: the host reports no VFIO_DEVICE_FLAGS_RESET for it");
        }
        int result = file.reset();
        if (result < 0) {
            throw new VfioException("the reset of " + address + " failed: " + file.explain(result));
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Maps, and remembers what must be released before the device is closed. */
    synchronized Mapping track(Supplier<Mapping> map) {
        AccessChecks.open(closed);
        Mapping mapping = map.get();
        mappings.removeIf(old -> !old.isLive());
        mappings.add(mapping);
        return mapping;
    }

    /** The accessors and their mappings go before the descriptor: a mapping holds the device open. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            try {
                mappings.forEach(Mapping::closeUser);
            } finally {
                file.close();
            }
        }
    }

    @Override
    public String toString() {
        return address + " (" + driver + ")";
    }
}
