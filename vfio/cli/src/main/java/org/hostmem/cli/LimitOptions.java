package org.hostmem.cli;

import java.util.Locale;
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which accesses the device takes. */
final class LimitOptions {

    private static final int WIDEST = 64;

    @Option(
            names = "--min-width",
            paramLabel = "W",
            description = "The narrowest unit that the device accepts: 1, 2, 4, 8, 16, 32 or 64 "
                    + "bytes. A narrower access is refused.")
    private @Nullable Integer least;

    @Option(
            names = "--max-width",
            paramLabel = "W",
            description =
                    "The widest unit that the device accepts: one of the same widths. A wider " + "access is cut.")
    private @Nullable Integer widest;

    @Option(
            names = "--halves",
            paramLabel = "low-first|high-first",
            converter = Halves.class,
            description = "The device accepts 8 bytes as two halves in this order. The low half is "
                    + "that of the lower offset.")
    private @Nullable Eight halves;

    @Option(
            names = "--aligned",
            description = "The device accepts only aligned accesses, even where the host can make " + "others.")
    private boolean aligned;

    boolean hasWidths() {
        return least != null || widest != null;
    }

    DeviceLimits limits(JsonCommand command) {
        return limits(
                command,
                "--min-width, --max-width and --halves",
                least == null ? 1 : least,
                widest == null ? WIDEST : widest);
    }

    /** With units of one width, which another option gives. */
    DeviceLimits limits(JsonCommand command, int width) {
        return limits(command, "--width and --halves", width, width);
    }

    private DeviceLimits limits(JsonCommand command, String options, int from, int to) {
        try {
            DeviceLimits limits = DeviceLimits.NONE.withUnits(from, to);
            limits = halves == null ? limits : limits.with(halves);
            return aligned ? limits.withAlignment() : limits;
        } catch (IllegalArgumentException refused) {
            throw command.usage(options + ": " + refused.getMessage());
        }
    }

    /** {@code low-first} or {@code high-first}. */
    static final class Halves implements ITypeConverter<Eight> {
        @Override
        public Eight convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "low-first" -> Eight.LOW_FIRST;
                case "high-first" -> Eight.HIGH_FIRST;
                default ->
                    throw new TypeConversionException("expected one of [low-first, high-first] but was '" + text + "'");
            };
        }
    }
}
