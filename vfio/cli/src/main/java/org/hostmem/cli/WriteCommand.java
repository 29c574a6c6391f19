package org.hostmem.cli;

import java.math.BigInteger;
import java.util.Locale;
import org.hostmem.AccessPlan;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.Region;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes one register. */
@Command(
        name = "write",
        description = {
            "Writes one value to a region, as one machine access where the host allows it, and never reads it.",
            "Write combining is flushed. A write may be posted; it has arrived at the device only after a read from"
                    + " there: 'hostmem read'."
        })
final class WriteCommand extends AccessCommand {

    @Parameters(
            index = "3",
            paramLabel = "VALUE",
            description = "Decimal, negative too, or 0x hexadecimal; must fit into the width.")
    private String value;

    @Option(
            names = {"-w", "--width"},
            paramLabel = "W",
            defaultValue = "4",
            description = "Width of the access: 1, 2, 4 or 8 bytes. Default: ${DEFAULT-VALUE}.")
    private int width;

    private long bits;

    @Override
    void check() {
        checkWidth(width);
        BigInteger number = number();
        BigInteger lowest = BigInteger.ONE.shiftLeft(8 * width - 1).negate();
        BigInteger above = BigInteger.ONE.shiftLeft(8 * width);
        if (number.compareTo(lowest) < 0 || number.compareTo(above) >= 0) {
            throw usage("VALUE " + value + " does not fit into " + Quantity.size(width) + ": allowed are " + lowest
                    + " to 0x" + above.subtract(BigInteger.ONE).toString(16));
        }
        bits = number.longValue();
    }

    private BigInteger number() {
        try {
            String digits = value.toLowerCase(Locale.ROOT);
            return digits.startsWith("0x") ? new BigInteger(digits.substring(2), 16) : new BigInteger(digits);
        } catch (NumberFormatException notANumber) {
            throw usage("VALUE '" + value + "' is not a number: allowed are decimal and 0x hexadecimal");
        }
    }

    @Override
    int access(Region region, HostMemoryAccessor accessor) {
        AccessPlan plan = accessor.planScalar(offset(), width);
        accessor.write(offset(), width, bits);
        if (accessor.capabilities().cacheMode() == CacheMode.WRITE_COMBINING) {
            accessor.barrier(Barrier.FLUSH_WRITE_COMBINING);
        }
        if (json()) {
            printScalar(region, width, bits, plan, accessor.rules().isa());
            return 0;
        }
        noteUnlessSingle(plan);
        return 0;
    }
}
