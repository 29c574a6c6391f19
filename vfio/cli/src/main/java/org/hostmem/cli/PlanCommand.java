package org.hostmem.cli;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.AnsweredBy;
import org.hostmem.CacheMode;
import org.hostmem.DeviceLimits;
import org.hostmem.Direction;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.HostMemoryProvider;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints the plan of a request, for any ISA on any host. */
@Command(
        name = "plan",
        description = {
            "Prints the machine accesses that a request becomes, on any ISA.",
            "It assumes that the region begins at a page, so an offset has the alignment of its address.",
            "Verdicts: single (a scalar, one access), split (a scalar, cut up), bulk, rejected (no access). All four"
                    + " exit with 0.",
            "An access narrower than --min-width is rejected here. A program may allow "
                    + "a read-modify-write instead; its plan is WIDENED."
        })
final class PlanCommand extends JsonCommand {

    /** Characters of JSON gathered before they are printed. */
    private static final int BATCH = 1 << 13;

    @Option(
            names = "--isa",
            required = true,
            paramLabel = "ISA",
            description = "The ISA of the host; 'hostmem rules' lists them.")
    private String isa;

    @Option(
            names = "--mode",
            required = true,
            paramLabel = "MODE",
            description = "Cache mode of the region: NORMAL, WRITE_COMBINING, DEVICE, NONCACHED or UNKNOWN.")
    private String mode;

    @Option(
            names = "--offset",
            required = true,
            paramLabel = "N",
            converter = Quantity.class,
            description = "Offset in the region; decimal or 0x hexadecimal.")
    private long offset;

    @Option(
            names = "--size",
            required = true,
            paramLabel = "N",
            converter = Quantity.class,
            description = "Number of bytes; K, M, G or T may follow.")
    private long size;

    @Option(names = "--scalar", description = "Plan one value of 1, 2, 4 or 8 bytes. Default: a bulk transfer.")
    private boolean scalar;

    @Option(
            names = "--operation",
            paramLabel = "read|write",
            defaultValue = "write",
            description = "Read or write the region. Default: ${DEFAULT-VALUE}.")
    private Direction operation;

    @Option(
            names = "--unaligned",
            paramLabel = "split|reject",
            defaultValue = "split",
            description = "What to do with an unaligned scalar that the host does not make as one "
                    + "access. Default: ${DEFAULT-VALUE}.")
    private UnalignedPolicy unaligned;

    @Option(
            names = "--order",
            paramLabel = "ascending|relaxed|unobserved",
            defaultValue = "ascending",
            description = "The order of a bulk transfer. Default: ${DEFAULT-VALUE}.")
    private TransferOrder order;

    @Option(
            names = "--answered-by",
            paramLabel = "hardware|hypervisor|unknown",
            defaultValue = "hardware",
            description = "Who answers the region. If a hypervisor may, only units that hypervisors "
                    + "decode are used. Default:"
                    + " ${DEFAULT-VALUE}.")
    private AnsweredBy answeredBy;

    @Option(
            names = "--features",
            paramLabel = "NAME",
            split = ",",
            description = "CPU features of the host. Default: the baseline of the ISA.")
    private Set<String> features = Set.of();

    @Mixin
    private LimitOptions limitOptions;

    private DeviceLimits limits = DeviceLimits.NONE;

    @Override
    int execute() {
        limits = limitOptions.limits(this);
        HostMemoryProvider provider = Providers.isa(this, isa);
        CacheMode cacheMode = Providers.mode(this, mode);
        AccessRules rules = provider.rules(cacheMode, answeredBy, Providers.features(this, provider, features));
        AccessPlan plan = plan(rules);
        if (json()) {
            printJson(plan);
        } else {
            printText(plan, rules);
        }
        return 0;
    }

    private AccessPlan plan(AccessRules rules) {
        if (offset + size < 0) {
            throw usage("--offset " + Quantity.hex(offset) + " and --size " + Quantity.hex(size)
                    + " end above 0x7fffffffffffffff");
        }
        if (!scalar) {
            return limits.planBulk(rules, operation, order, offset, offset, size);
        }
        if (size != 1 && size != 2 && size != 4 && size != 8) {
            throw usage("--scalar with --size " + size
                    + ": allowed are 1, 2, 4 and 8 bytes; other sizes are bulk transfers, without --scalar");
        }
        return limits.planScalar(rules, unaligned, offset, offset, (int) size);
    }

    /** As a stream: a plan may have more accesses than fit in memory. */
    private void printJson(AccessPlan plan) {
        document().begin("{\"accesses\":[", "]");
        StringBuilder text = new StringBuilder();
        boolean[] first = {true};
        plan.forEach((at, width) -> {
            text.append(first[0] ? "[" : ",[")
                    .append(at)
                    .append(',')
                    .append(width)
                    .append(']');
            first[0] = false;
            if (text.length() > BATCH) {
                document().add(text);
                text.setLength(0);
            }
        });
        document().add(text);
        document()
                .end((plan.chosen() > 0 ? ",\"chosen\":" + plan.chosen() : "") + ",\"verdict\":\"" + verdict(plan)
                        + "\"");
    }

    private static String verdict(AccessPlan plan) {
        return plan.verdict().name().toLowerCase(Locale.ROOT);
    }

    private void printText(AccessPlan plan, AccessRules rules) {
        out().println((scalar ? "scalar " : "bulk ") + operation.name().toLowerCase(Locale.ROOT) + " of "
                + Quantity.size(size) + " at " + Quantity.hex(offset)
                + (scalar ? "" : ", " + order.name().toLowerCase(Locale.ROOT)) + ", on " + rules.isa() + " with "
                + rules.cacheMode() + " memory"
                + (answeredBy.mayDecode() && rules.cacheMode().needsExactAccesses()
                        ? ", which a hypervisor may answer"
                        : "")
                + (limits.isNone() ? "" : ", of a device that takes " + limits));
        out().println(verdict(plan) + ": " + explain(plan, limits.within(rules)));
        List<Run> runs = Run.of(plan);
        if (!runs.isEmpty()) {
            out().println();
            PlanText.runs(runs, out());
            out().println();
            Picture.of(runs).lines().forEach(line -> out().println("  " + line));
        }
        flush();
    }

    private String explain(AccessPlan plan, AccessRules rules) {
        String isUnaligned = "unaligned, which is " + (scalar ? rules.unaligned((int) size) : "") + " here";
        return switch (plan.verdict()) {
            case SINGLE -> offset % size == 0 ? "aligned, so it is one access (R1)" : isUnaligned + ": one access (R5)";
            case SPLIT ->
                (offset % size == 0 ? "too wide for the device (R13)" : isUnaligned) + ": cut into " + plan.accesses()
                        + (limits.isNone() ? " aligned accesses, ascending (R5)" : " accesses (R5)");
            case REJECTED ->
                limits.isNone()
                        ? isUnaligned + ", and the policy is reject: no access (R5)"
                        : "not what the device takes, or unaligned and the policy is reject: no access (R5, R13)";
            case WIDENED ->
                "less than the least unit of the device: " + plan.accesses()
                        + " around it, which a write reads first (R13)";
            case BULK ->
                plan.accesses() + (plan.accesses() == 1 ? " access" : " accesses")
                        + ", every byte once (R2), units of up to " + rules.widest(operation, order) + " bytes (R4)";
            case UNOBSERVED ->
                "nobody looks, so units, order and repetitions are the machine's choice (R3): " + rules.unobserved();
        };
    }
}
