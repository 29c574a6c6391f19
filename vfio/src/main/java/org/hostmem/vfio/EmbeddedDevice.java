package org.hostmem.vfio;

import java.util.List;
import org.hostmem.CacheMode;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.embedded.EmbeddedDeviceFile;
import org.hostmem.vfio.embedded.EmbeddedRegion;
import org.hostmem.vfio.linux.Linux;

/**
 * Opens a device made of memory, to try the library without hardware and without root. It has the same reports, parser,
 * mappings and errors as a real device.
 *
 * <table>
 *   <caption>Its regions</caption>
 *   <tr><th scope="col">index</th><th scope="col">size</th><th scope="col">reported mode</th><th scope="col">what it
 *       is</th></tr>
 *   <tr><td>0</td><td>16 MiB</td><td>NONCACHED</td><td>as BAR 0 of a GH100</td></tr>
 *   <tr><td>1 ({@link #REGISTERS})</td><td>4 KiB</td><td>NONCACHED</td><td>registers; the first is {@link
 *       #ID}</td></tr>
 *   <tr><td>2</td><td>2 GiB</td><td>WRITE_COMBINING</td><td>as BAR 2 of a GH100, one area</td></tr>
 *   <tr><td>3 ({@link #MSIX})</td><td>256 KiB</td><td>NONCACHED</td><td>two areas, between them 64 KiB with an MSI-X
 *       table: reads as ones, drops writes</td></tr>
 *   <tr><td>4</td><td>128 GiB</td><td>NORMAL</td><td>as BAR 4 of a GH100, one area; costs only the pages that are
 *       touched</td></tr>
 *   <tr><td>5 ({@link #PORTS})</td><td>256 bytes</td><td>none</td><td>cannot be mapped, as an I/O BAR</td></tr>
 *   <tr><td>7</td><td>256 bytes</td><td>none</td><td>PCI configuration space; the command register works</td></tr>
 * </table>
 *
 * <p>Its bytes are in {@code memfd}s, so the CPU maps all of them as ordinary memory, whatever mode is reported. It
 * shows how to use a device. It does not show the effect of a cache mode.
 */
public final class EmbeddedDevice {

    /** The address of the device. */
    public static final String ADDRESS = "embedded";

    /**
     * The number of the cache-mode capability that it reports: the same as the experimental driver of the project's
     * lab.
     */
    public static final int CACHE_MODE_CAPABILITY = EmbeddedRegion.CACHE_MODE_CAPABILITY;

    /** Index of the register BAR. */
    public static final int REGISTERS = EmbeddedRegion.REGISTERS;

    /** Index of the BAR with a hole. */
    public static final int MSIX = 3;

    /** Index of the BAR that cannot be mapped. */
    public static final int PORTS = 5;

    /** The first value of the 4 bytes at offset 0 of {@link #REGISTERS}. */
    public static final int ID = 0x4d454d48;

    private static final long K64 = 1L << 16;
    private static final long GIB = 1L << 30;

    private static final List<EmbeddedRegion> REGIONS = List.of(
            EmbeddedRegion.mapped(0, 16L << 20, CacheMode.NONCACHED, List.of()),
            EmbeddedRegion.mapped(REGISTERS, 4096, CacheMode.NONCACHED, List.of()),
            EmbeddedRegion.mapped(2, 2 * GIB, CacheMode.WRITE_COMBINING, List.of(new Area(0, 2 * GIB))),
            // Edges at 64 KiB, which is a page on every host.
            EmbeddedRegion.mapped(
                    MSIX, 4 * K64, CacheMode.NONCACHED, List.of(new Area(0, 2 * K64), new Area(3 * K64, K64))),
            EmbeddedRegion.mapped(4, 128 * GIB, CacheMode.NORMAL, List.of(new Area(0, 128 * GIB))),
            EmbeddedRegion.unmappable(PORTS, 256),
            EmbeddedRegion.unmappable(Region.CONFIG, 256));

    private EmbeddedDevice() {}

    /**
     * Makes a device whose cache-mode capability is decoded.
     *
     * @return the device, to be closed
     * @throws VfioException if the host refuses the memory
     */
    public static Device open() {
        return open(VfioOptions.none().with(new CacheModeCapabilityDecoder(CACHE_MODE_CAPABILITY)));
    }

    /**
     * Makes a device.
     *
     * @param options of the device; without a decoder for {@link #CACHE_MODE_CAPABILITY} its cache modes are unknown
     * @return the device, to be closed
     * @throws VfioException if the host refuses the memory
     */
    public static Device open(VfioOptions options) {
        return open(options, REGIONS);
    }

    static Device open(VfioOptions options, List<EmbeddedRegion> regions) {
        EmbeddedDeviceFile file = new EmbeddedDeviceFile(Linux.INSTANCE, regions);
        Device device = new VfioDevice(ADDRESS, ADDRESS, file, options);
        file.writeId(ID);
        return device;
    }
}
