package org.hostmem.vfio;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.vfio.VfioOptions.Foresight;

/** A device over any {@link DeviceFile}: its regions by index, its command register, and the end of everything in order. */
final class VfioDevice implements Device {

    private static final int COMMAND_BUS_MASTER = 4;

    /** The function may take this long to wake from D3hot (PCI Power Management, 5.6.1). */
    private static final long WAKING_NANOS = 10_000_000;
    /** Of the power register: the state; and the bit that is cleared by writing it. */
    private static final int POWER_STATE = 3;
    private static final int POWER_EVENT = 0x8000;

    /** More regions than this is no device. */
    private static final int MAX_REGIONS = 1024;

    private final String address;
    private final String driver;
    private final DeviceFile file;
    /** Null where nothing is foreseen. */
    private final FunctionState state;
    private final Map<Integer, Region> regions = new TreeMap<>();
    private final Set<Mapping> mappings = new HashSet<>();
    private final Foresight foresight;
    private final Map<InterruptIndex, Interrupts> interrupts = new EnumMap<>(InterruptIndex.class);
    /** Held while the device is closed, and by nothing else: what ends then takes locks of its own. */
    private final Object closing = new Object();
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
        this.foresight = options.foresight();
        try {
            readRegions(options);
            Region config = regions.get(Region.CONFIG);
            boolean followed = file.isPciFunction() && config != null && config.info().has(RegionInfo.FLAG_READ);
            state = followed ? new FunctionState(address, file, config.info(), this, foresight == Foresight.REFUSE ? this::foresee : silence -> { }) : null;
        } catch (RuntimeException impossible) {
            file.close();
            throw impossible;
        }
        if (file.space() != null) {
            file.space().enter(this);
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
    public String way() {
        return file.way();
    }

    /** For {@link HandOver}. */
    List<Integer> descriptors() {
        AccessChecks.open(closed);
        return file.descriptors();
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
        return (command(0, 0) & FunctionState.COMMAND_MEMORY) != 0;
    }

    @Override
    public void setMemoryEnabled(boolean enabled) {
        command(FunctionState.COMMAND_MEMORY, enabled ? FunctionState.COMMAND_MEMORY : 0);
    }

    @Override
    public boolean busMaster() {
        return (command(0, 0) & COMMAND_BUS_MASTER) != 0;
    }

    @Override
    public void setBusMaster(boolean enabled) {
        command(COMMAND_BUS_MASTER, enabled ? COMMAND_BUS_MASTER : 0);
    }

    private int command(int mask, int bits) {
        return register("command", FunctionState.COMMAND, mask, bits);
    }

    /** Reads a register of 2 bytes of the configuration space, and writes it with some bits changed if any are to be. */
    private synchronized int register(String name, int offset, int mask, int bits) {
        RegionInfo config = region(Region.CONFIG).info();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(2);
            checkRegister(name, "read", file.read(config, offset, bytes, 2));
            ByteBuffer word = bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            int before = Short.toUnsignedInt(word.getShort(0));
            int after = before & ~mask | bits;
            if (mask != 0) {
                word.putShort(0, (short) after);
                checkRegister(name, "written", configIo().write(config, offset, bytes, 2));
            }
            return after;
        }
    }

    private void checkRegister(String name, String what, long result) {
        if (result == -Errno.EBADF) {
            AccessChecks.open(true);
        }
        if (result != 2) {
            throw new VfioException("the " + name + " register of " + address + " could not be " + what + ": " + (result < 0 ? file.explain(result) : result + " of 2 bytes"));
        }
    }

    @Override
    public PowerState powerState() {
        return state == null ? PowerState.D0 : state.powerState();
    }

    @Override
    public synchronized void setPowerState(PowerState wanted) {
        if (state == null || state.powerRegister() == 0) {
            throw new VfioException(address + " has no power management capability: it is always in D0");
        }
        PowerState before = powerState();
        register("power", state.powerRegister(), POWER_STATE | POWER_EVENT, wanted.ordinal());
        if (before == PowerState.D3HOT && wanted == PowerState.D0) {
            LockSupport.parkNanos(WAKING_NANOS);
        }
    }

    /** What reaches the configuration space, and is followed. */
    RegionIo configIo() {
        return state == null ? file : state;
    }

    private synchronized void foresee(String cause) {
        mappings.forEach(mapping -> mapping.foresee(cause));
    }

    /** Names the accessor that uses a mapping, and tells it what is foreseen. */
    synchronized void use(Mapping mapping, HostMemoryAccessor accessor) {
        mapping.usedBy(accessor);
        if (foresight == Foresight.REFUSE && state != null && state.silence() != null) {
            mapping.foresee(state.silence());
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
        int result = state == null ? file.reset() : state.reset(file::reset);
        if (result < 0) {
            throw new VfioException("the reset of " + address + " failed: " + file.explain(result));
        }
    }

    CacheModeCheck checkCacheMode(Region region) {
        return checkCacheMode(region, Path.of("/sys"));
    }

    CacheModeCheck checkCacheMode(Region region, Path sys) {
        Optional<PciResource> bar = PciAddress.find(address).map(pci -> new PciSysfs(sys).resources(pci).get(region.index()));
        if (bar.isEmpty() || !bar.get().isMemory()) {
            return CacheModeCheck.impossible(region + " is no memory BAR of a PCI device in sysfs: there is nothing to look for");
        }
        return CacheModeCheck.of(sys, bar.get(), region.capabilities().cacheMode());
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

    @Override
    public DmaSpace dma() {
        AccessChecks.open(closed);
        if (file.space() == null) {
            throw new DmaException(DmaException.Reason.UNSUPPORTED, address + " reaches no memory of this process: " + way() + " has no way to map any."
                    + " A PCI device does that VFIO has opened here, or that was handed over with its container");
        }
        return file.space();
    }

    @Override
    public Interrupts interrupts(InterruptIndex index) {
        synchronized (interrupts) {
            AccessChecks.open(closed);
            return interrupts.computeIfAbsent(index, kind -> new Interrupts(file, address, kind));
        }
    }

    /** Keeps the device from memory, before that is taken from it. One that has no command register, or does not answer any more, cannot be kept, or needs not be. */
    void stop() {
        try {
            if (busMaster()) {
                setBusMaster(false);
            }
        } catch (HostMemoryException noRegister) {
            return;
        }
    }

    /** The accessors and their mappings go before the descriptor: a mapping holds the device open. */
    @Override
    public void close() {
        synchronized (closing) {
            if (isClosing()) {
                return;
            }
            synchronized (interrupts) {
                interrupts.values().forEach(Interrupts::close);
            }
            try {
                mappings.forEach(Mapping::closeUser);
            } finally {
                if (file.space() == null) {
                    file.close();
                } else {
                    file.space().leave(this, file::close);
                }
            }
        }
    }

    /** Whether it was closed before; from now on it is. */
    private synchronized boolean isClosing() {
        boolean before = closed;
        closed = true;
        return before;
    }

    @Override
    public String toString() {
        return address + " (" + driver + ")";
    }
}
