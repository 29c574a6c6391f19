package org.hostmem.vfio.file;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.hostmem.CacheMode;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.DriverTable.SystemCalls;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.linux.Descriptor;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.pci.PciAddress;
import org.hostmem.vfio.pci.PciResource;
import org.hostmem.vfio.pci.PciSysfs;
import org.hostmem.vfio.pci.SysfsPath;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.Extent;
import org.hostmem.vfio.region.FileFacts;
import org.hostmem.vfio.region.Report;
import org.jspecify.annotations.Nullable;

/**
 * A PCI device through the files of sysfs for its BARs and its configuration space. It needs root, but no VFIO driver
 * and no IOMMU. Do not access a device that a driver of the kernel uses. A BAR is {@code resourceN}, or
 * {@code resourceN_wc} if the caller asks for it, and the file decides the cache mode.
 */
public final class SysfsFile implements DeviceFile {

    private static final String SOURCE = "by construction: drivers/pci/mmap.c pci_mmap_resource_range: ";

    /**
     * {@code pgprot_device} differs from {@code pgprot_noncached} only where {@code asm/pgtable.h} defines it.
     * Elsewhere {@code linux/pgtable.h} makes them the same.
     */
    private static final String HAS_DEVICE_MODE = "aarch64";

    private static final FileFacts PORTS = new FileFacts(
            CacheMode.UNKNOWN,
            SystemCalls.EXACT,
            "not mappable: drivers/pci/pci-sysfs.c pci_resource_io makes one port access of 1, 2 or 4 bytes");
    private static final FileFacts CONFIGURATION =
            new FileFacts(CacheMode.UNKNOWN, SystemCalls.EXACT, "not mappable: reached by pread and pwrite");

    private final Syscalls syscalls;
    private final PciAddress address;
    private final Map<Integer, PciResource> bars;
    private final Map<Integer, Descriptor> files = new HashMap<>();
    private final boolean writeCombining;
    private final String isa;
    private final boolean isVirtual;
    private final boolean configWritable;
    private final long configSize;

    /**
     * Opens the BARs that are asked for.
     *
     * @param isa {@code os.arch}
     * @throws VfioException if there are none, or this process may not open them; the message says what to do
     */
    public SysfsFile(Syscalls syscalls, PciSysfs sysfs, SysfsPath what, String isa) {
        this.syscalls = syscalls;
        this.address = what.address();
        this.isa = isa;
        writeCombining = what.writeCombining();
        bars = new HashMap<>(sysfs.resources(address));
        Path folder = sysfs.device(address);
        isVirtual = Files.exists(folder.resolve("physfn"));
        if (what.bar() >= 0 && !bars.containsKey(what.bar())) {
            throw new VfioException(address + " has no BAR" + what.bar() + "; there are " + bars.keySet());
        }
        bars.keySet().removeIf(index -> what.bar() >= 0 && what.bar() != index);
        try {
            for (int index : bars.keySet()) {
                files.put(
                        index,
                        new Descriptor(
                                syscalls,
                                opened(
                                        syscalls.open(folder.resolve("resource" + index + (writeCombining ? "_wc" : ""))
                                                .toString()),
                                        "resource" + index)));
            }
            Path config = folder.resolve("config");
            int fd = syscalls.open(config.toString());
            configWritable = fd >= 0;
            files.put(
                    Region.CONFIG,
                    new Descriptor(
                            syscalls,
                            configWritable ? fd : opened(syscalls.openForReading(config.toString()), "config")));
            configSize = config.toFile().length();
        } catch (RuntimeException refused) {
            close();
            throw refused;
        }
    }

    private int opened(int fd, String file) {
        String path = "/sys/bus/pci/devices/" + address + "/" + file;
        return switch (fd) {
            case -Errno.EACCES, -Errno.EPERM ->
                throw new VfioException(path
                        + " may not be opened by this user: only root may open it, and nobody may if the kernel is"
                        + " locked down"
                        + " (/sys/kernel/security/lockdown); bind the device to vfio-pci instead");
            case -Errno.ENOENT -> throw new VfioException(path + " is not there");
            default -> Opening.checked(fd, path);
        };
    }

    private PciResource bar(int index) {
        return Objects.requireNonNull(bars.get(index));
    }

    private Descriptor file(RegionInfo region) {
        return Objects.requireNonNull(files.get(region.index()));
    }

    @Override
    public boolean isOfThisMachine() {
        return true;
    }

    @Override
    public String way() {
        return "sysfs";
    }

    @Override
    public boolean isPci() {
        return true;
    }

    /**
     * A virtual function answers whatever its command register says (SR-IOV, 3.4.1.3), and has no vendor register. Only
     * vfio-pci emulates both.
     */
    @Override
    public boolean isPciFunction() {
        return !isVirtual;
    }

    @Override
    public Optional<FileFacts> fileFacts(int index) {
        if (index == Region.CONFIG) {
            return Optional.of(CONFIGURATION);
        }
        return Optional.of(
                bar(index).isIo()
                        ? PORTS
                        : writeCombining
                                ? new FileFacts(
                                        CacheMode.WRITE_COMBINING,
                                        SystemCalls.NONE,
                                        SOURCE + "pgprot_writecombine for resource" + index + "_wc")
                                : new FileFacts(
                                        isa.equals(HAS_DEVICE_MODE) ? CacheMode.DEVICE : CacheMode.NONCACHED,
                                        SystemCalls.NONE,
                                        SOURCE + "pgprot_device"
                                                + (isa.equals(HAS_DEVICE_MODE)
                                                        ? ""
                                                        : ", which is pgprot_noncached here,")
                                                + " for resource" + index));
    }

    @Override
    public List<Extent> extents(RegionInfo region) {
        List<Extent> all = new ArrayList<>(Extent.pci(address.text(), region.index(), region.size()));
        all.addAll(Extent.file(file(region).number(), 0, 0, region.size()));
        return all;
    }

    @Override
    public int regionCount() {
        return Region.CONFIG + 1;
    }

    @Override
    public boolean resettable() {
        return false;
    }

    @Override
    public @Nullable ByteBuffer regionInfo(int index) {
        if (!files.containsKey(index)) {
            return null;
        }
        int readWrite = RegionInfo.FLAG_READ | (index != Region.CONFIG || configWritable ? RegionInfo.FLAG_WRITE : 0);
        PciResource bar = bars.get(index);
        return new Report(
                        index,
                        readWrite | (bar != null && bar.isMemory() ? RegionInfo.FLAG_MMAP : 0),
                        bar == null ? configSize : bar.size(),
                        0)
                .bytes();
    }

    @Override
    public int pageSize() {
        return syscalls.pageSize();
    }

    @Override
    public long read(RegionInfo region, long offset, MemorySegment ram, int count) {
        return file(region).use(fd -> syscalls.pread(fd, ram, count, offset));
    }

    @Override
    public long write(RegionInfo region, long offset, MemorySegment ram, int count) {
        return file(region).use(fd -> syscalls.pwrite(fd, ram, count, offset));
    }

    /** The file has whole pages. Before the BAR the first page may have registers of other BARs. */
    @Override
    public Mapping map(RegionInfo region, Area area, int protection) {
        long lead = bar(region.index()).lead(pageSize());
        long mapped = file(region).use(fd -> syscalls.map(fd, 0, lead + area.size(), protection));
        if (mapped < 0) {
            throw new VfioException("cannot map BAR" + region.index() + " of " + address + ": " + Errno.name(mapped)
                    + switch ((int) -mapped) {
                        case Errno.EINVAL ->
                            ": a kernel driver has claimed it; unbind the device: echo " + address
                                    + " > /sys/bus/pci/devices/" + address + "/driver/unbind";
                        case Errno.EPERM ->
                            ": the kernel is locked down (/sys/kernel/security/lockdown); bind the device to vfio-pci"
                                    + " instead";
                        default -> Opening.advice(mapped);
                    });
        }
        return new Mapping(syscalls, mapped, lead, area.size(), protection);
    }

    @Override
    public int reset() {
        return -Errno.EINVAL;
    }

    @Override
    public void close() {
        files.values().forEach(Descriptor::close);
    }
}
