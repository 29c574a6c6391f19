package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.AnsweredBy;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.spi.HostMemoryProvider;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints the table of rules. */
@Command(
        name = "rules",
        description = "Prints what each ISA allows on memory of each cache mode. The output is the same on any host.")
final class RulesCommand extends JsonCommand {

    @Option(names = "--isa", paramLabel = "ISA", description = "Show only this ISA.")
    private @Nullable String isa;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "Show only this cache mode: NORMAL, WRITE_COMBINING, DEVICE, NONCACHED or UNKNOWN.")
    private @Nullable String mode;

    @Option(
            names = "--answered-by",
            paramLabel = "hardware|hypervisor|unknown",
            defaultValue = "hardware",
            description = "Show the rules for memory that this one answers. If a hypervisor may "
                    + "answer, units are those that hypervisors decode. Default: ${DEFAULT-VALUE}.")
    private AnsweredBy answeredBy;

    @Option(
            names = "--features",
            paramLabel = "NAME",
            split = ",",
            description = "Show the rules with these CPU features. Needs --isa. Default: the baseline of the ISA.")
    private Set<String> features = Set.of();

    @Override
    int execute() {
        if (isa == null && !features.isEmpty()) {
            throw usage("--features needs --isa: each ISA has its own");
        }
        List<HostMemoryProvider> providers = isa == null ? Providers.all() : List.of(Providers.isa(this, isa));
        List<CacheMode> modes = mode == null ? Arrays.asList(CacheMode.values()) : List.of(Providers.mode(this, mode));
        providers.forEach(provider -> Providers.features(this, provider, features));
        if (json()) {
            print(tree(providers, modes));
        } else {
            providers.forEach(provider -> text(provider, modes));
            out().println("unaligned: what a scalar of 2, 4 or 8 bytes at any other address does. SINGLE: one"
                    + " instruction makes it. SPLIT: hardware, kernel or firmware would cut it silently.");
            out().println("ILLEGAL: it faults. Hostmem keeps SINGLE whole, and cuts or rejects the others, as the user "
                    + "says. Units are in bytes; ordered: in ascending order for every observer.");
            flush();
        }
        return 0;
    }

    private JsonObject tree(List<HostMemoryProvider> providers, List<CacheMode> modes) {
        JsonArray rules = new JsonArray();
        for (HostMemoryProvider provider : providers) {
            for (CacheMode each : modes) {
                JsonObject one = RulesJson.of(provider.rules(each, answeredBy, features));
                one.add("features", Json.strings(new TreeSet<>(features)));
                rules.add(one);
            }
        }
        JsonObject all = new JsonObject();
        all.add("rules", rules);
        return all;
    }

    private void text(HostMemoryProvider provider, List<CacheMode> modes) {
        out().println(provider.name()
                + (features.isEmpty() ? "" : " with " + String.join(", ", new TreeSet<>(features)))
                + (answeredBy.mayDecode() ? ", where a hypervisor may answer" : ""));
        Table table = new Table("mode", "unaligned", ">read", ">write", ">ordered", "source");
        List<String> sources = new ArrayList<>();
        Map<Map<Barrier, String>, List<CacheMode>> barriers = new LinkedHashMap<>();
        for (CacheMode each : modes) {
            AccessRules rules = provider.rules(each, answeredBy, features);
            table.row(
                    each,
                    unaligned(rules),
                    rules.widestRead(),
                    rules.widestWrite(),
                    rules.widestAscending(),
                    "[" + footnote(sources, rules.source()) + "]");
            barriers.computeIfAbsent(rules.barriers(), unseen -> new ArrayList<>())
                    .add(each);
        }
        table.print("  ", out());
        barriers.forEach((instructions, of) ->
                out().println("  barriers" + (barriers.size() > 1 ? " of " + of : "") + ": " + barriers(instructions)));
        modes.stream()
                .map(each -> provider.rules(each, answeredBy, features))
                .filter(rules -> !rules.unobserved().isEmpty())
                .forEach(rules -> out().println("  UNOBSERVED on " + rules.cacheMode() + ": " + rules.unobserved()));
        for (String feature : new TreeSet<>(provider.knownFeatures())) {
            out().println("  " + feature + ": " + effect(provider, feature, modes));
        }
        modes.stream()
                .flatMap(each -> hypervisorNotes(provider, each))
                .distinct()
                .forEach(note -> out().println("  " + note));
        for (String source : sources) {
            out().println("  [" + footnote(sources, source) + "] " + source);
        }
        out().println();
    }

    /** Notes about accesses that a hypervisor answers. */
    private Stream<String> hypervisorNotes(HostMemoryProvider provider, CacheMode mode) {
        List<String> ofHardware = provider.rules(mode, features).notes();
        return provider.rules(mode, answeredBy, features).notes().stream().filter(note -> !ofHardware.contains(note));
    }

    private static int footnote(List<String> sources, String source) {
        if (!sources.contains(source)) {
            sources.add(source);
        }
        return sources.indexOf(source) + 1;
    }

    static String unaligned(AccessRules rules) {
        Unaligned two = rules.unaligned(2);
        return two == rules.unaligned(4) && two == rules.unaligned(8)
                ? two.name()
                : "2:" + two + " 4:" + rules.unaligned(4) + " 8:" + rules.unaligned(8);
    }

    static String barriers(Map<Barrier, String> instructions) {
        StringBuilder text = new StringBuilder();
        for (Barrier purpose : Barrier.values()) {
            String instruction = instructions.getOrDefault(purpose, "");
            text.append(text.isEmpty() ? "" : ", ")
                    .append(purpose)
                    .append(' ')
                    .append(instruction.isEmpty() ? "(program order)" : "[" + instruction + "]");
        }
        return text.toString();
    }

    /** The effect of one feature. */
    private String effect(HostMemoryProvider provider, String feature, List<CacheMode> modes) {
        Map<String, List<CacheMode>> effects = new LinkedHashMap<>();
        for (CacheMode each : modes) {
            AccessRules without = provider.rules(each, answeredBy, Set.of());
            AccessRules with = provider.rules(each, answeredBy, Set.of(feature));
            if (!without.unobserved().equals(with.unobserved())) {
                effects.computeIfAbsent("UNOBSERVED " + with.unobserved(), unseen -> new ArrayList<>())
                        .add(each);
            }
            if (without.widestRead() != with.widestRead()
                    || without.widestWrite() != with.widestWrite()
                    || !without.unaligned().equals(with.unaligned())) {
                String effect = "unaligned " + unaligned(with) + ", read " + with.widestRead() + ", write "
                        + with.widestWrite();
                effects.computeIfAbsent(effect, unseen -> new ArrayList<>()).add(each);
            }
        }
        StringBuilder text = new StringBuilder();
        effects.forEach((effect, of) -> text.append(text.isEmpty() ? "" : "; ")
                .append(String.join(", ", of.stream().map(CacheMode::name).toList()))
                .append(": ")
                .append(effect));
        return text.isEmpty() ? "other instructions, the same rules" : text.toString();
    }
}
