package org.hostmem.cli;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Interrupts;
import org.hostmem.vfio.VfioException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** Waits for one interrupt. */
@Command(
        name = "await",
        description = {
            "Waits for one interrupt of a device, and says how many signals came.",
            "For msi and msix it turns on the device's bus master bit, because messages arrive only with it.",
            "The exit code is 1 if none came in time."
        })
final class AwaitCommand extends JsonCommand {

    private static final long LONGEST_SECONDS = 1_000_000_000;

    @Parameters(index = "0", paramLabel = "ADDRESS", description = Devices.ADDRESS_FORMS)
    private String address;

    @Parameters(
            index = "1",
            paramLabel = "KIND",
            converter = ByName.class,
            description = "intx, msi, msix, err (an error of the device) or req (somebody wants the device back).")
    private InterruptIndex index;

    @Parameters(
            index = "2",
            paramLabel = "N",
            arity = "0..1",
            defaultValue = "0",
            description = "The vector, from 0 on. Default: ${DEFAULT-VALUE}.")
    private int vector;

    @Option(
            names = "--timeout",
            paramLabel = "S",
            defaultValue = "10",
            description = "How long to wait, in seconds. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(names = "--trigger", description = "Make the host signal the vector itself, to test the waiting.")
    private boolean trigger;

    @Mixin
    private WaysIn ways;

    @Override
    int execute() {
        if (vector < 0) {
            throw usage("a vector is 0 or more, and not " + vector);
        }
        if (!(seconds >= 0 && seconds <= LONGEST_SECONDS)) {
            throw usage("a time is 0 to " + LONGEST_SECONDS + " seconds, and not " + seconds);
        }
        try (Device device = Devices.open(address, ways.apply(Devices.options(address)))) {
            return await(device, device.interrupts(index));
        }
    }

    private int await(Device device, Interrupts interrupts) {
        if (vector >= interrupts.count()) {
            throw new VfioException(address + " has no " + index + " interrupt " + vector + "; it has "
                    + Arrays.stream(InterruptIndex.values())
                            .map(kind -> device.interrupts(kind).count() + " " + kind)
                            .collect(Collectors.joining(", ")));
        }
        interrupts.enable(vector + 1);
        if (index == InterruptIndex.MSI || index == InterruptIndex.MSIX) {
            device.setBusMaster(true);
        }
        if (trigger) {
            interrupts.trigger(vector);
        }
        long start = System.nanoTime();
        long signals = interrupts.await(vector, Duration.ofNanos((long) (seconds * 1e9)));
        double waited = (System.nanoTime() - start) / 1e9;
        if (json()) {
            print(tree(signals, waited));
        } else if (signals > 0) {
            out().println(index + " " + vector + " of " + address + ": " + signals
                    + (signals == 1 ? " signal" : " signals")
                    + String.format(Locale.ROOT, " after %.3f s", waited));
        }
        flush();
        if (signals == 0) {
            err().println(Failures.PREFIX + index + " " + vector + " of " + address
                    + String.format(Locale.ROOT, " did not come in %.3f s", waited));
        }
        return signals > 0 ? 0 : 1;
    }

    private JsonObject tree(long signals, double waited) {
        JsonObject tree = new JsonObject();
        tree.addProperty("address", address);
        tree.addProperty("kind", index.name());
        tree.addProperty("vector", vector);
        tree.addProperty("signals", signals);
        tree.addProperty("seconds", waited);
        return tree;
    }

    /** {@code msix} or {@code MSIX}. */
    static final class ByName implements ITypeConverter<InterruptIndex> {
        @Override
        public InterruptIndex convert(String text) {
            return Arrays.stream(InterruptIndex.values())
                    .filter(kind -> kind.name().equalsIgnoreCase(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("expected one of "
                            + Arrays.toString(InterruptIndex.values()).toLowerCase(Locale.ROOT) + " but was '" + text
                            + "'"));
        }
    }
}
