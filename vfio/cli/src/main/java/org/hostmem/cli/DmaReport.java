package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.hostmem.HostMemoryException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaSpace;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Interrupts;
import org.hostmem.vfio.IovaRange;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that a device's DMA may use, and its interrupts.
 *
 * @param space what it is, and whether there is an IOMMU; null if the device reaches no memory
 * @param ranges of addresses
 * @param pageSizes of the IOMMU, a bit for each
 * @param physical whether there is no IOMMU
 * @param refusal why it reaches no memory; null if it does
 * @param interrupts of each kind there is
 */
record DmaReport(
        @Nullable String space,
        List<IovaRange> ranges,
        long pageSizes,
        boolean physical,
        @Nullable String refusal,
        List<Interrupts> interrupts) {

    static DmaReport of(Device device) {
        List<Interrupts> interrupts = new ArrayList<>();
        for (InterruptIndex index : InterruptIndex.values()) {
            Interrupts some = device.interrupts(index);
            if (some.count() > 0) {
                interrupts.add(some);
            }
        }
        try {
            DmaSpace space = device.dma();
            return new DmaReport(space.name(), space.ranges(), space.pageSizes(), space.isPhysical(), null, interrupts);
        } catch (HostMemoryException none) {
            return new DmaReport(null, List.of(), 0, false, none.getMessage(), interrupts);
        }
    }

    void addTo(JsonObject device) {
        JsonObject dma = new JsonObject();
        if (refusal != null) {
            dma.addProperty("refusal", refusal);
        } else {
            dma.addProperty("space", space);
            dma.addProperty("physical", physical);
            JsonArray all = new JsonArray();
            ranges.forEach(range -> {
                JsonObject one = new JsonObject();
                one.addProperty("first", Quantity.hex(range.first()));
                one.addProperty("last", Quantity.hex(range.last()));
                all.add(one);
            });
            dma.add("ranges", all);
            JsonArray sizes = new JsonArray();
            sizes().forEach(sizes::add);
            dma.add("pageSizes", sizes);
        }
        device.add("dma", dma);
        JsonObject kinds = new JsonObject();
        interrupts.forEach(some -> {
            JsonObject kind = new JsonObject();
            kind.addProperty("count", some.count());
            kind.addProperty("maskable", some.maskable());
            kind.addProperty("automasked", some.automasked());
            kinds.add(some.index().name(), kind);
        });
        device.add("interrupts", kinds);
    }

    /** Below the regions. */
    void print(PrintWriter out) {
        if (refusal == null) {
            out.println("  reaches memory through: " + space
                    + (physical
                            ? ", any address of this host's"
                            : ", addresses "
                                    + ranges.stream().map(IovaRange::toString).collect(Collectors.joining(" ")))
                    + ", pages of " + sizes().stream().map(Quantity::size).collect(Collectors.joining(", ")));
        } else {
            out.println("  reaches no memory: " + refusal);
        }
        out.println("  interrupts: "
                + (interrupts.isEmpty()
                        ? "none"
                        : interrupts.stream()
                                .map(some -> some.count() + " " + some.index()
                                        + (some.automasked() ? " (level-triggered)" : ""))
                                .collect(Collectors.joining(", "))));
    }

    private List<Long> sizes() {
        List<Long> sizes = new ArrayList<>();
        for (long rest = pageSizes; rest != 0; rest &= rest - 1) {
            sizes.add(Long.lowestOneBit(rest));
        }
        return sizes;
    }
}
