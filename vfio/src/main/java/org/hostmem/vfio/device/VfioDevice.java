package org.hostmem.vfio.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.spi.MemoryLifetime;
import org.hostmem.vfio.CacheModeCheck;
import org.hostmem.vfio.ConfigSpace;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaException;
import org.hostmem.vfio.DmaSpace;
import org.hostmem.vfio.HandOver;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Interrupts;
import org.hostmem.vfio.NoAnswerException;
import org.hostmem.vfio.PowerState;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.RegionInfoException;
import org.hostmem.vfio.RegionInfoParser;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.VfioOptions.Foresight;
import org.hostmem.vfio.dma.SpaceDevice;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.pci.PciAddress;
import org.hostmem.vfio.pci.PciResource;
import org.hostmem.vfio.pci.PciSysfs;
import org.hostmem.vfio.region.AccessChecks;
import org.hostmem.vfio.region.Closing;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.RegionIo;
import org.jspecify.annotations.Nullable;

/**
 * A device over any {@link DeviceFile}. It has the regions by index and the command register, and it closes everything
 * in order.
 */
public final class VfioDevice implements Device, SpaceDevice {

    private static final int COMMAND_BUS_MASTER = 4;

    /** Bits of the power register: the state, and the event bit, which is cleared by writing 1 to it. */
    private static final int POWER_STATE = 3;

    private static final int POWER_EVENT = 0x8000;

    /** The widest access to a configuration space. */
    private static final int CONFIG_UNIT = 4;

    /** No device has more regions than this. */
    private static final int MAX_REGIONS = 1024;

    private final String address;
    private final String driver;
    private final DeviceFile file;
    /** Null if the device is not a PCI function whose registers tell whether it answers. */
    private final @Nullable FunctionState state;

    private final Map<Integer, Region> regions = new TreeMap<>();
    private final Set<Mapping> mappings = new HashSet<>();
    private final Foresight foresight;
    private final Map<InterruptIndex, DeviceInterrupts> interrupts = new EnumMap<>(InterruptIndex.class);
    /** Held only while the device closes. The things that end then take locks of their own. */
    private final Object closing = new Object();

    private volatile boolean closed;
    /** The number of regions that are being mapped. The file stays open for them. */
    private int opening;
    /** Guarded by the lock for closing. */
    private boolean leaving;
    /** Whether DMA of the device has ended, so that the file may be closed. */
    private boolean left;

    private boolean fileClosed;

    /**
     * Takes over a device file, and closes it if its regions are impossible.
     *
     * @param driver as the host names it
     */
    public VfioDevice(String address, String driver, DeviceFile file, VfioOptions options) {
        this.address = address;
        this.driver = driver;
        this.file = file;
        this.foresight = options.foresight();
        try {
            readRegions(options);
            Region config = regions.get(Region.CONFIG);
            state = file.isPciFunction() && config != null && config.info().has(RegionInfo.FLAG_READ)
                    ? new FunctionState(
                            address,
                            file,
                            config.info(),
                            file.turnsMemoryOn(),
                            this,
                            foresight == Foresight.REFUSE ? this::expectFaults : why -> {})
                    : null;
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
            throw new VfioException(address + " claims " + Integer.toUnsignedString(file.regionCount())
                    + " regions; no device has more than " + MAX_REGIONS);
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
            throw new VfioException(
                    address + " was asked for region " + index + " and describes region " + info.index());
        }
        if (info.size() > 0) {
            RegionInfo mappable = info.without(area -> options.mapped()
                    ? file.refusal(info, area)
                    : Optional.of("the caller chose VfioOptions.withoutMapping"));
            regions.put(index, new OpenRegion(this, file, mappable, driver, options));
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
    public List<Integer> descriptors() {
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
        regions.forEach(region -> names.add(
                region.index() + " (" + region.name() + ", " + region.info().size() + " bytes)"));
        return String.join(", ", names);
    }

    @Override
    public boolean memoryEnabled() {
        return (command() & FunctionState.COMMAND_MEMORY) != 0;
    }

    @Override
    public synchronized void setMemoryEnabled(boolean enabled) {
        change(
                "turn memory " + (enabled ? "on" : "off"),
                "command",
                Registers.COMMAND,
                FunctionState.COMMAND_MEMORY,
                enabled ? FunctionState.COMMAND_MEMORY : 0,
                0);
        if (state != null) {
            state.heedMemoryBit();
            state.refresh();
        }
    }

    @Override
    public boolean busMaster() {
        return (command() & COMMAND_BUS_MASTER) != 0;
    }

    @Override
    public void setBusMaster(boolean enabled) {
        Runnable command = () -> change(
                "turn its own accesses to memory " + (enabled ? "on" : "off"),
                "command",
                Registers.COMMAND,
                COMMAND_BUS_MASTER,
                enabled ? COMMAND_BUS_MASTER : 0,
                0);
        if (file.space() == null) {
            command.run();
        } else {
            file.space().exclusively(command); // never between stopping the device for an unmapping and the unmapping
        }
    }

    private int command() {
        return register("command", Registers.COMMAND);
    }

    /** Reads a register of the configuration space. Throws if the function does not answer. */
    private synchronized int register(String name, int offset) {
        Region config = regions.get(Region.CONFIG);
        if (config == null) {
            throw new VfioException(address + " has no configuration space, so it has no " + name + " register");
        }
        Registers registers = new Registers(address, file, config.info(), file.isPciFunction());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(2, 2);
            checkRegister(name, "read", registers.read(offset, bytes), 2);
            int value = Registers.word(bytes);
            String why =
                    registers.whyUnanswered(offset == Registers.COMMAND ? value : registers.peek(Registers.COMMAND));
            if (state != null && (why != null || state.whyUnanswered() != null)) {
                state.refresh();
            }
            if (why == null && offset != Registers.COMMAND && Registers.isNoPower(value)) {
                why = address + " gives no answer: its " + name + " register reads as ones (" + Registers.text(value)
                        + "): reset it, or plug it in and scan the bus, then open it anew";
            }
            if (why != null) {
                throw new NoAnswerException(why);
            }
            return value;
        }
    }

    /**
     * Changes some bits of a register, and checks that the function has accepted them. A function that does not answer
     * is not written to.
     *
     * @param what is to be done, for people
     * @param mask of the bits
     * @param wanted their values
     * @param keep bits that are written as 0, because writing them as they are read changes them
     */
    private synchronized void change(String what, String name, int offset, int mask, int wanted, int keep) {
        int before = register(name, offset);
        int written = (before & ~(mask | keep)) | wanted;
        RegionInfo config = region(Region.CONFIG).info();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(2, 2);
            bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) written);
            checkRegister(name, "written", configIo().write(config, offset, bytes, 2), 2);
        }
        int after = register(name, offset);
        if ((after & mask) != wanted) {
            throw new VfioException(address + " did not " + what + ": its " + name + " register was "
                    + Registers.text(before) + ", " + Registers.text(written) + " was written, and it says "
                    + Registers.text(after) + " now: the device, its host driver or whoever serves it refuses that, "
                    + "or something else has the device; reset it (Device.reset), or look in the log of the host");
        }
    }

    private void checkRegister(String name, String what, long result, int count) {
        if (result == -Errno.EBADF) {
            AccessChecks.open(true);
        }
        if (result != count) {
            throw new VfioException("the " + name + " register of " + address + " could not be " + what + ": "
                    + (result < 0 ? file.explain(result) : result + " of " + count + " bytes"));
        }
    }

    @Override
    public synchronized ConfigSpace config() {
        register("command", Registers.COMMAND);
        RegionInfo config = region(Region.CONFIG).info();
        byte[] bytes = new byte[(int) Math.min(config.size(), ConfigSpace.MOST_BYTES) & -CONFIG_UNIT];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment unit = arena.allocate(CONFIG_UNIT, CONFIG_UNIT);
            for (int at = 0; at < bytes.length; at += CONFIG_UNIT) {
                checkRegister("configuration", "read", file.read(config, at, unit, CONFIG_UNIT), CONFIG_UNIT);
                MemorySegment.copy(unit, ValueLayout.JAVA_BYTE, 0, bytes, at, CONFIG_UNIT);
            }
        }
        register("command", Registers.COMMAND); // if the device went away meanwhile, some of the bytes are ones
        return ConfigSpace.of(bytes);
    }

    @Override
    public synchronized PowerState powerState() {
        int register = powerRegister();
        return register == 0 ? PowerState.D0 : FunctionState.powerState(register("power", register));
    }

    /** The offset of the power register; 0 if there is none. */
    private int powerRegister() {
        if (state == null) {
            return 0;
        }
        if (state.powerRegister() < 0) {
            register("command", Registers.COMMAND);
            state.refresh();
        }
        if (state.powerRegister() < 0) {
            throw new VfioException("the capabilities of " + address
                    + " could not be read, so its power state is unknown: "
                    + "its configuration space answers in part only");
        }
        return state.powerRegister();
    }

    @Override
    public synchronized void setPowerState(PowerState wanted) {
        int register = powerRegister();
        if (register == 0) {
            throw new VfioException(address + " has no power management capability: it is always in D0");
        }
        change("go to " + wanted, "power", register, POWER_STATE, wanted.ordinal(), POWER_EVENT);
    }

    /** The way to the configuration space that sees each write. */
    public RegionIo configIo() {
        return state == null ? file : state;
    }

    private synchronized void expectFaults(@Nullable String cause) {
        mappings.forEach(mapping -> mapping.expectFaults(cause));
    }

    /**
     * Names the accessor that uses a mapping, and tells it why its accesses would fault, if they would.
     *
     * @throws org.hostmem.RegionClosedException if the device was closed meanwhile. It did not know of the accessor
     *     then
     */
    public synchronized void use(Mapping mapping, HostMemoryAccessor accessor) {
        AccessChecks.open(closed);
        mapping.usedBy(accessor);
        if (foresight == Foresight.REFUSE && state != null && state.whyUnanswered() != null) {
            mapping.expectFaults(state.whyUnanswered());
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
            throw new VfioException(
                    address + " cannot be reset alone: the host does not report VFIO_DEVICE_FLAGS_RESET for it");
        }
        int result = state == null ? file.reset() : state.reset(file::reset);
        if (result < 0) {
            throw new VfioException("the reset of " + address + " failed: " + file.explain(result));
        }
        String why = state == null ? null : state.noAnswer();
        if (why != null) {
            throw new NoAnswerException("after its reset " + why);
        }
    }

    public CacheModeCheck checkCacheMode(Region region) {
        return checkCacheMode(region, Path.of("/sys"));
    }

    public CacheModeCheck checkCacheMode(Region region, Path sys) {
        Optional<PciResource> bar = PciAddress.find(address)
                .map(pci -> new PciSysfs(sys).resources(pci).get(region.index()));
        if (bar.isEmpty() || !bar.get().isMemory()) {
            return MemoryTypes.impossible(
                    region + " is not a memory BAR of a PCI device in sysfs: there is nothing to compare with");
        }
        return MemoryTypes.compare(sys, bar.get(), region.capabilities().cacheMode());
    }

    public boolean isClosed() {
        return closed;
    }

    /**
     * Maps, and keeps the mapping, which must be released before the file is closed. It maps without the lock: if
     * addresses are short, it waits until others are given back.
     */
    public Mapping track(Supplier<Mapping> map) {
        synchronized (this) {
            AccessChecks.open(closed);
            opening++;
        }
        @Nullable Mapping mapping = null;
        try {
            mapping = map.get();
            return mapping;
        } finally {
            opened(mapping);
        }
    }

    /** {@code mapping} is null if it could not be mapped. */
    private void opened(@Nullable Mapping mapping) {
        synchronized (this) {
            opening--;
            if (mapping != null) {
                mappings.add(mapping);
                mapping.afterRelease(() -> released(mapping));
            }
        }
        closeFileAfterTheLast();
    }

    private void released(Mapping mapping) {
        synchronized (this) {
            mappings.remove(mapping);
        }
        closeFileAfterTheLast();
    }

    /** A mapping holds the device open, so the file goes after the last of them. */
    private void closeFileAfterTheLast() {
        synchronized (this) {
            if (!left || opening > 0 || !mappings.isEmpty() || fileClosed) {
                return;
            }
            fileClosed = true;
        }
        file.close();
        if (file.space() != null) {
            file.space().descriptorClosed();
        }
    }

    @Override
    public DmaSpace dma() {
        AccessChecks.open(closed);
        if (file.space() == null) {
            throw new DmaException(
                    DmaException.Refusal.UNSUPPORTED,
                    address + " reaches no memory of this process, because it was opened as " + way()
                            + ": use a PCI device that this process opened by VFIO, or that was handed over with its"
                            + " container");
        }
        return file.space();
    }

    @Override
    public Interrupts interrupts(InterruptIndex index) {
        synchronized (interrupts) {
            AccessChecks.open(closed);
            return interrupts.computeIfAbsent(index, kind -> new DeviceInterrupts(file, address, kind));
        }
    }

    /**
     * Stops DMA of the device before its memory is unmapped. A device without a command register cannot be stopped. A
     * device that does not answer any more need not be.
     */
    @Override
    public void stop() {
        try {
            if (busMaster()) {
                setBusMaster(false);
            }
        } catch (HostMemoryException noRegister) {
            return;
        }
    }

    /**
     * Takes each step even if the ones before it failed: it ends the accessors and their mappings, then DMA, then the
     * descriptor if nothing is mapped.
     */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        synchronized (closing) {
            Closing all = new Closing();
            synchronized (interrupts) {
                interrupts.values().forEach(kind -> all.run(kind::close));
            }
            closeMappings(all);
            all.run(this::leave);
            closeFileAfterTheLast();
            all.end();
        }
    }

    /**
     * First closes all mappings that nobody holds, so that a held one does not keep them open. Then closes the others,
     * with one timeout for all.
     */
    private void closeMappings(Closing all) {
        List<Mapping> held;
        synchronized (this) {
            held = new ArrayList<>(mappings);
        }
        held.removeIf(mapping -> new Closing().run(() -> mapping.closeUser(Duration.ZERO)));
        long end = System.nanoTime() + MemoryLifetime.PATIENCE.toNanos();
        held.forEach(mapping ->
                all.run(() -> mapping.closeUser(Duration.ofNanos(Math.max(0, end - System.nanoTime())))));
    }

    /** Runs once. The device does not reach memory after it, even if the descriptor must stay open. */
    private void leave() {
        if (file.space() == null) {
            hasLeft();
        } else if (!leaving) {
            file.space().leave(this, this::hasLeft);
            leaving = true;
        }
    }

    private void hasLeft() {
        synchronized (this) {
            left = true;
        }
        closeFileAfterTheLast();
    }

    @Override
    public String toString() {
        return address + " (" + driver + ")";
    }
}
