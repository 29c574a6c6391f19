package org.hostmem.vfio;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hostmem.CacheMode;

/**
 * Says how the VFIO drivers of Linux map their regions. No released kernel reports it, so it was read in their sources.
 * There is no answer for a driver that is not listed.
 *
 * <p>One known patch makes a row wrong where it is applied: Amazon's "enav2" lets {@code vfio-pci} map every
 * prefetchable BAR write-combining. The rules for NONCACHED hold there too.
 */
public final class DriverTable {

    /** The name that a device of a vfio-user server has here. */
    public static final String VFIO_USER = "vfio-user";

    /** The regions of a driver that a row describes. */
    public enum Condition {
        /** All. */
        ALWAYS,
        /** Those with a sparse-mmap capability. */
        SPARSE
    }

    /** What {@code pread} and {@code pwrite} on the device's descriptor do. */
    public enum SystemCalls {
        /** One access of the device for each aligned call of 1, 2 or 4 bytes. */
        EXACT,
        /** Not known to be exact. */
        UNKNOWN,
        /** Nothing: the driver has no such calls. */
        NONE
    }

    /**
     * Says how one driver maps some of its regions.
     *
     * @param drivers by name, a hyphen for every underscore
     * @param regions by index; empty for all
     * @param condition on the region
     * @param mode of the mapping
     * @param systemCalls what {@code pread} and {@code pwrite} do
     * @param kernels in which it was read, for example {@code 6.12.117}; empty if the driver is not in a kernel
     * @param source file, function and attribute
     */
    public record Row(
            Set<String> drivers,
            Set<Integer> regions,
            Condition condition,
            CacheMode mode,
            SystemCalls systemCalls,
            List<String> kernels,
            String source) {

        private boolean fits(String driver, RegionInfo region) {
            return drivers.contains(driver)
                    && (regions.isEmpty() || regions.contains(region.index()))
                    && (condition == Condition.ALWAYS
                            || region.capability(InfoCapability.SparseMmap.class)
                                    .isPresent());
        }
    }

    private static final List<String> READ_IN = List.of("6.12.117", "7.3.4");
    private static final Set<String> NVGRACE = Set.of("nvgrace-gpu-vfio-pci");

    /** The first row that fits counts. */
    private static final List<Row> ROWS = List.of(
            new Row(
                    NVGRACE,
                    Set.of(2),
                    Condition.SPARSE,
                    CacheMode.WRITE_COMBINING,
                    SystemCalls.UNKNOWN,
                    READ_IN,
                    "drivers/vfio/pci/nvgrace-gpu/main.c nvgrace_gpu_mmap: pgprot_writecombine for the reserved"
                            + " memory"),
            new Row(
                    NVGRACE,
                    Set.of(4),
                    Condition.SPARSE,
                    CacheMode.NORMAL,
                    SystemCalls.UNKNOWN,
                    READ_IN,
                    "drivers/vfio/pci/nvgrace-gpu/main.c nvgrace_gpu_mmap: unchanged for the usable memory"),
            new Row(
                    NVGRACE,
                    Set.of(),
                    Condition.ALWAYS,
                    CacheMode.NONCACHED,
                    SystemCalls.EXACT,
                    READ_IN,
                    "drivers/vfio/pci/nvgrace-gpu/main.c nvgrace_gpu_mmap: all others go to vfio_pci_core_mmap,"
                            + " pgprot_noncached"),
            new Row(
                    Set.of(
                            "vfio-pci",
                            "mlx5-vfio-pci",
                            "virtio-vfio-pci",
                            "xe-vfio-pci",
                            "qat-vfio-pci",
                            "pds-vfio-pci",
                            "hisi-acc-vfio-pci"),
                    Set.of(),
                    Condition.ALWAYS,
                    CacheMode.NONCACHED,
                    SystemCalls.EXACT,
                    READ_IN,
                    "drivers/vfio/pci/vfio_pci_core.c vfio_pci_core_mmap: pgprot_noncached"),
            new Row(
                    Set.of("vfio-cdx"),
                    Set.of(),
                    Condition.ALWAYS,
                    CacheMode.DEVICE,
                    SystemCalls.NONE,
                    READ_IN,
                    "drivers/vfio/cdx/main.c vfio_cdx_mmap_mmio: pgprot_device; the driver has no read and write"),
            new Row(
                    Set.of("vfio-fsl-mc"),
                    Set.of(),
                    Condition.ALWAYS,
                    CacheMode.UNKNOWN,
                    SystemCalls.UNKNOWN,
                    READ_IN,
                    "drivers/vfio/fsl-mc/vfio_fsl_mc.c vfio_fsl_mc_mmap_mmio: noncached, but cacheable for regions"
                            + " whose bus flags say so, and those are not reported"),
            new Row(
                    Set.of("vfio-platform", "vfio-amba"),
                    Set.of(),
                    Condition.ALWAYS,
                    CacheMode.NONCACHED,
                    SystemCalls.EXACT,
                    READ_IN,
                    "drivers/vfio/platform/vfio_platform_common.c vfio_platform_mmap_mmio: pgprot_noncached"),
            // This is mostly shared memory. But its owner can truncate it, and it need not be memory. Only the rules of
            // UNKNOWN are safe on anything.
            new Row(
                    Set.of(VFIO_USER),
                    Set.of(),
                    Condition.ALWAYS,
                    CacheMode.UNKNOWN,
                    SystemCalls.EXACT,
                    List.of(),
                    "the vfio-user protocol: what is mapped is whatever file the server passes; each other access is"
                            + " one message"));

    private DriverTable() {}

    /** {@return every row, in the order of precedence} */
    public static List<Row> rows() {
        return ROWS;
    }

    /**
     * {@return the row for a region}
     *
     * @param driver as sysfs names it: hyphens and underscores are the same
     * @param region whose mapping is asked for
     */
    public static Optional<Row> find(String driver, RegionInfo region) {
        String name = driver.replace('_', '-');
        return ROWS.stream().filter(row -> row.fits(name, region)).findFirst();
    }
}
