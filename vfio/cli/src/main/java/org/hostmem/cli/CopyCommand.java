package org.hostmem.cli;

import com.google.gson.JsonObject;
import java.util.Locale;
import java.util.Optional;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.TransferPlan;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Region;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** Copies from one place of a device to another, or to another device. */
@Command(
        name = "copy",
        description = {
            "Copies bytes from a region to another place: of the same region, of another one, or of another device."
                    + " Each byte is read once and written once, on both sides in the units that the host allows.",
            "If source and target overlap, --overlap says how to copy. If that needs "
                    + "more buffer than --budget, the copy is refused before the first byte."
        })
final class CopyCommand extends AccessCommand {

    private static final String SOURCE = "source";
    private static final String TARGET = "target";

    @Parameters(
            index = "3",
            paramLabel = "LENGTH",
            converter = Quantity.class,
            description = "Number of bytes; K, M, G or T may follow.")
    private long length;

    @Parameters(index = "4", paramLabel = "TO-REGION", description = "Index or name of the region to write.")
    private String toRegion;

    @Parameters(
            index = "5",
            paramLabel = "TO-OFFSET",
            converter = Quantity.class,
            description = "Offset in that region; decimal or 0x hexadecimal.")
    private long to;

    @Option(
            names = "--to",
            paramLabel = "ADDRESS",
            description = "The device to write. Default: the device that is read.")
    private @Nullable String toAddress;

    @Option(
            names = "--order",
            paramLabel = "ascending|relaxed|unobserved",
            defaultValue = "ascending",
            description = "The order in which the bytes are read and written. Default: ${DEFAULT-VALUE}.")
    private TransferOrder order;

    @Option(
            names = "--overlap",
            paramLabel = "keep-order|memmove|reject",
            defaultValue = "keep-order",
            converter = OnOverlap.class,
            description = "What to do if the target overlaps the source. Default: ${DEFAULT-VALUE}.")
    private OverlapPolicy overlap;

    @Option(
            names = "--budget",
            paramLabel = "N",
            defaultValue = "64K",
            converter = Quantity.class,
            description = "The most bytes to buffer to keep the order where they overlap. Default: ${DEFAULT-VALUE}.")
    private long budget;

    /** {@code keep-order}, {@code memmove} or {@code reject}. */
    static final class OnOverlap implements ITypeConverter<OverlapPolicy> {
        @Override
        public OverlapPolicy convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "keep-order" -> OverlapPolicy.KEEP_ORDER;
                case "memmove" -> OverlapPolicy.MEMMOVE_ORDER;
                case "reject" -> OverlapPolicy.REJECT;
                default ->
                    throw new TypeConversionException(
                            "expected one of [keep-order, memmove, reject] but was '" + text + "'");
            };
        }
    }

    @Override
    void check() {
        // There is nothing more to check.
    }

    @Override
    int access(Region region, HostMemoryAccessor source) {
        if (toAddress == null || isSameName(toAddress)) {
            return to(region, source, device());
        }
        at(null);
        try (Device other = Devices.open(toAddress, options(toAddress))) {
            return to(region, source, other);
        }
    }

    /** Of a device that a name always leads to; each hand-over, and each use of the embedded one, is another. */
    private boolean isSameName(String other) {
        return other.equals(address()) && !Devices.isNewEachTime(other);
    }

    private int to(Region region, HostMemoryAccessor source, Device device) {
        at(null);
        Region target = Devices.region(device, toRegion);
        at(place(region, SOURCE));
        source.check(Direction.READ, offset(), length, order);
        at(place(target, TARGET));
        long size = target.capabilities().size();
        if (to > size - length) {
            throw new RegionBoundsException(length + " bytes at offset 0x" + Long.toHexString(to)
                    + " leave the region, which has " + size + " bytes (0x" + Long.toHexString(size) + ")");
        }
        Optional<SameMemory.Within> within = new SameMemory(region, offset(), target, to, length).within();
        if (within.isPresent()) {
            note(region + " and " + target + " are the same memory: copied within it");
            SameMemory.Within same = within.get();
            if (same.region() == region) {
                return copy(region, source, same.from(), target, source, same.to());
            }
            try (HostMemoryAccessor both = target.open(source.options())) {
                return copy(region, both, same.from(), target, both, same.to());
            }
        }
        if (device == device() && target.index() == region.index()) {
            return copy(region, source, offset(), target, source, to);
        }
        try (HostMemoryAccessor accessor = target.open(source.options())) {
            return copy(region, source, offset(), target, accessor, to);
        }
    }

    private Place place(Region region, String operand) {
        return new Place(operand.equals(TARGET) && toAddress != null ? toAddress : address(), region, operand);
    }

    private int copy(
            Region region,
            HostMemoryAccessor source,
            long from,
            Region target,
            HostMemoryAccessor accessor,
            long begin) {
        accessor.check(Direction.WRITE, begin, length, order);
        at(null);
        Progress progress = new Progress(System::nanoTime, this::note);
        Transfer how = Transfer.DEFAULT
                .with(order)
                .with(overlap)
                .withBudget(budget)
                .with((done, all) -> {
                    progress.at(done, all);
                    return true;
                });
        TransferPlan plan = how.plan(source, from, accessor, begin, length);
        try {
            how.copy(source, from, accessor, begin, length);
            at(place(target, TARGET));
            if (accessor.capabilities().cacheMode() == CacheMode.WRITE_COMBINING) {
                accessor.barrier(Barrier.FLUSH_WRITE_COMBINING);
            }
        } catch (RegionFaultException fault) {
            at(fault.direction() == Direction.READ ? place(region, SOURCE) : place(target, TARGET));
            throw fault;
        }
        if (json()) {
            print(json(region, target, plan));
        } else {
            out().println(Quantity.size(length) + " from " + region.name() + " at " + Quantity.hex(offset()) + " to "
                    + target.name() + " at " + Quantity.hex(to) + ":" + PlanText.line(plan));
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
