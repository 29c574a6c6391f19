package org.hostmem.vfio.cli;

import com.google.gson.JsonObject;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.TransferPlan;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Region;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** From one place of a device to another, or to another device. */
@Command(
        name = "copy",
        description = {
            "Copies bytes from a region to another place: of the same region, of another one, or of another device. Each byte is read once and written once, on both sides in the units that the host allows.",
            "Where both places overlap, --overlap says how; what needs more buffer than --budget is refused before the first byte."
        })
final class CopyCommand extends AccessCommand {

    @Parameters(index = "3", paramLabel = "LENGTH", converter = Quantity.class, description = "In bytes; K, M, G or T may follow.")
    private long length;

    @Parameters(index = "4", paramLabel = "TO-REGION", description = "Index or name of the region to write.")
    private String toRegion;

    @Parameters(index = "5", paramLabel = "TO-OFFSET", converter = Quantity.class, description = "In that region.")
    private long to;

    @Option(names = "--to", paramLabel = "ADDRESS", description = "The device to write. Without: the same.")
    private String toAddress;

    @Option(names = "--order", paramLabel = "ascending|relaxed", defaultValue = "ascending", description = "Of the bytes. Default: ${DEFAULT-VALUE}.")
    private TransferOrder order;

    @Option(names = "--overlap", paramLabel = "ascending|memmove|reject", defaultValue = "ascending", description = "If the target overlaps the source. Default: ${DEFAULT-VALUE}.")
    private OverlapPolicy overlap;

    @Option(names = "--budget", paramLabel = "N", defaultValue = "64K", converter = Quantity.class, description = "The most bytes to buffer for an overlap in ascending order. Default: ${DEFAULT-VALUE}.")
    private long budget;

    @Override
    void check() {
        // There is nothing that only this command can get wrong.
    }

    @Override
    int access(Region region, HostMemoryAccessor source) {
        if (toAddress == null) {
            return to(region, source, device());
        }
        try (Device other = Devices.open(toAddress, options(toAddress))) {
            return to(region, source, other);
        }
    }

    private int to(Region region, HostMemoryAccessor source, Device device) {
        Region target = Devices.region(device, toRegion);
        if (device == device() && target.index() == region.index()) {
            return copy(region, source, target, source);
        }
        try (HostMemoryAccessor accessor = target.open(source.options())) {
            return copy(region, source, target, accessor);
        }
    }

    private int copy(Region region, HostMemoryAccessor source, Region target, HostMemoryAccessor accessor) {
        Progress progress = new Progress(System::nanoTime, this::note);
        Transfer how = new Transfer(order, overlap, budget, (done, all) -> {
            progress.at(done, all);
            return true;
        });
        TransferPlan plan = how.plan(source, offset(), accessor, to, length);
        how.copy(source, offset(), accessor, to, length);
        if (accessor.capabilities().cacheMode() == CacheMode.WRITE_COMBINING) {
            accessor.barrier(Barrier.FLUSH_WRITE_COMBINING);
        }
        if (json()) {
            print(json(region, target, plan));
        } else {
            out().println(Quantity.size(length) + " from " + region.name() + " at " + Quantity.hex(offset()) + " to " + target.name() + " at " + Quantity.hex(to) + ":" + PlanText.line(plan));
            flush();
        }
        return 0;
    }

    private JsonObject json(Region region, Region target, TransferPlan plan) {
        JsonObject one = new JsonObject();
        one.addProperty("address", address());
        one.addProperty("region", region.index());
        one.addProperty("offset", offset());
        one.addProperty("length", length);
        one.addProperty("toAddress", toAddress == null ? address() : toAddress);
        one.addProperty("toRegion", target.index());
        one.addProperty("toOffset", to);
        one.add("plan", PlanText.json(plan));
        return one;
    }
}
