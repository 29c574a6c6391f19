package org.hostmem.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.CacheMode;
import org.hostmem.DeviceLimits;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.UnalignedPolicy;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.PowerState;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.VfioOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/**
 * Base of {@code read}, {@code write}, {@code dump} and {@code copy}: opens a region of a device with the given
 * options.
 */
abstract class AccessCommand extends JsonCommand {

    @Parameters(index = "0", paramLabel = "ADDRESS", description = Devices.ADDRESS_FORMS)
    private String address;

    @Parameters(index = "1", paramLabel = "REGION", description = "Index or name: 0 or BAR0, 6 or ROM, 7 or CONFIG.")
    private String region;

    @Parameters(
            index = "2",
            paramLabel = "OFFSET",
            converter = Quantity.class,
            description = "Offset in the region; decimal or 0x hexadecimal.")
    private long offset;

    @Option(
            names = "--assert-cache-mode",
            paramLabel = "MODE",
            description = "How the region is mapped, if neither the host nor the table of drivers knows.")
    private @Nullable String assertedMode;

    @Option(
            names = "--big-endian",
            description =
                    "The device's registers are big-endian. Default: little-endian, as those " + "of PCI devices are.")
    private boolean bigEndian;

    @Option(
            names = "--unaligned",
            paramLabel = "split|reject",
            defaultValue = "split",
            description = "What to do with an unaligned access that the host cannot make as one access. Default:"
                    + " ${DEFAULT-VALUE}.")
    private UnalignedPolicy unaligned;

    @Option(
            names = "--on-fault",
            paramLabel = "throw|all-ones",
            defaultValue = "throw",
            converter = OnFault.class,
            description = "What to do if the device does not answer: end with an error, or read all "
                    + "ones and drop writes. Default:"
                    + " ${DEFAULT-VALUE}.")
    private FaultPolicy onFault;

    @Option(
            names = "--memory",
            paramLabel = "on|off",
            description = "Set the memory-enable bit of the PCI command register first.")
    private @Nullable Switch memory;

    @Option(
            names = "--power",
            paramLabel = "d0|d1|d2|d3hot",
            description = "Put the device into this power state first.")
    private @Nullable PowerState power;

    @Mixin
    private LimitOptions limits;

    @Mixin
    private WaysIn ways;

    private @Nullable Place place;
    private @Nullable Device device;

    @Override
    final int execute() throws IOException {
        check();
        AccessOptions options = AccessOptions.DEFAULT
                .with(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN)
                .with(unaligned)
                .with(onFault)
                .with(limits(limits));
        CacheMode asserted = assertedMode == null ? null : Providers.mode(this, assertedMode);
        try (Device used = Devices.open(address, deviceOptions(asserted))) {
            device = used;
            Region opened = Devices.region(used, region);
            if (asserted != null && opened.capabilities().cacheMode() != asserted) {
                opened.notes()
                        .forEach(note ->
                                note(opened + " is " + opened.capabilities().cacheMode() + ": " + note));
            }
            if (power != null) {
                used.setPowerState(power);
            }
            if (memory != null) {
                used.setMemoryEnabled(memory == Switch.ON);
            }
            at(new Place(address, opened, ""));
            try (HostMemoryAccessor accessor = opened.open(options)) {
                return access(opened, accessor);
            }
        }
    }

    /** The accesses that the device accepts, by the options of the command. */
    DeviceLimits limits(LimitOptions given) {
        return given.limits(this);
    }

    private VfioOptions deviceOptions(@Nullable CacheMode asserted) {
        OptionalInt index = Devices.index(region);
        return ways.apply(
                asserted == null || index.isEmpty()
                        ? Devices.options(address)
                        : Devices.asserting(index.getAsInt(), asserted));
    }

    /** Of another device, by the same ways. */
    final VfioOptions options(String other) {
        return ways.apply(Devices.options(other));
    }

    /** Checks the options before the device is opened. */
    abstract void check();

    abstract int access(Region region, HostMemoryAccessor accessor) throws IOException;

    /** Sets the place that later errors are about; {@code null} if the error names it itself. */
    final void at(@Nullable Place now) {
        place = now;
    }

    @Override
    final String subject() {
        return place == null ? "" : place + ": ";
    }

    @Override
    void describe(JsonObject error) {
        if (place != null) {
            place.describe(error);
        }
    }

    /** {@return what the command is about, while it is open} */
    final Device device() {
        return Objects.requireNonNull(device); // of a command that runs
    }

    final long offset() {
        return offset;
    }

    final String address() {
        return address;
    }

    final void note(String text) {
        err().println("hostmem: note: " + text);
        err().flush();
    }

    final void checkWidth(int width) {
        if (width != 1 && width != 2 && width != 4 && width != 8) {
            throw usage("--width " + width + ": allowed are 1, 2, 4 and 8 bytes");
        }
    }

    static String hex(long value, int width) {
        return "0x" + HexFormat.of().toHexDigits(value, 2 * width);
    }

    /** Says on the error stream if an access was several. The output stream has only the value. */
    final void noteUnlessSingle(AccessPlan plan) {
        if (plan.verdict() != AccessPlan.Verdict.SINGLE) {
            note(plan.verdict().name().toLowerCase(Locale.ROOT) + " into " + plan.accesses() + " accesses:"
                    + PlanText.line(plan));
        }
    }

    final void printScalar(Region opened, int width, long value, AccessPlan plan, String provider) {
        JsonObject one = new JsonObject();
        one.addProperty("address", address);
        one.addProperty("region", opened.index());
        one.addProperty("name", opened.name());
        one.addProperty("offset", offset);
        one.addProperty("width", width);
        one.addProperty("value", hex(value, width));
        one.addProperty("cacheMode", opened.capabilities().cacheMode().name());
        one.addProperty("rules", provider);
        one.add("accesses", PlanText.json(plan));
        one.addProperty("verdict", plan.verdict().name().toLowerCase(Locale.ROOT));
        print(one);
    }

    /** {@code throw} or {@code all-ones}. */
    static final class OnFault implements ITypeConverter<FaultPolicy> {
        @Override
        public FaultPolicy convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "throw" -> FaultPolicy.THROW;
                case "all-ones" -> FaultPolicy.UNSUPPORTED_REQUEST;
                default ->
                    throw new TypeConversionException("expected one of [throw, all-ones] but was '" + text + "'");
            };
        }
    }

    /** Of one bit. */
    enum Switch {
        ON,
        OFF
    }
}
