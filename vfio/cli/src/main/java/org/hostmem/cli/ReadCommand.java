package org.hostmem.cli;

import org.hostmem.AccessPlan;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.Region;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Reads one register. */
@Command(
        name = "read",
        description = {
            "Reads one value of a region, as one machine access where the host allows it.",
            "Prints the value in hexadecimal. If it needs more than one access, the error stream says which."
        })
final class ReadCommand extends AccessCommand {

    @Option(
            names = {"-w", "--width"},
            paramLabel = "W",
            defaultValue = "4",
            description = "Width of the access: 1, 2, 4 or 8 bytes. Default: ${DEFAULT-VALUE}.")
    private int width;

    @Override
    void check() {
        checkWidth(width);
    }

    @Override
    int access(Region region, HostMemoryAccessor accessor) {
        AccessPlan plan = accessor.planScalar(offset(), width);
        long value = accessor.read(offset(), width);
        if (json()) {
            printScalar(region, width, value, plan, accessor.rules().isa());
            return 0;
        }
        out().println(hex(value, width));
        flush();
        noteUnlessSingle(plan);
        return 0;
    }
}
