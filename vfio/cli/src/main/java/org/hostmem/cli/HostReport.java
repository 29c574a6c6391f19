package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.hostmem.AnsweredBy;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Guarantee;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Candidate;
import org.hostmem.spi.Guest;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;

/** Reports the host, the provider that is chosen, and why the others are not. */
final class HostReport {

    /** Of a region that stands for any: providers may look at it, and today's do not. */
    private static final int ANY_SIZE = 4096;

    private final Host host = Host.current();
    private final Guest guest = Guest.current();
    private final List<Candidate> candidates;
    private final Optional<Candidate> chosen;
    private final Set<String> features = new TreeSet<>();
    private final Map<CacheMode, Set<Guarantee>> guarantees = new EnumMap<>(CacheMode.class);

    HostReport() {
        ProviderSelection.Explanation explanation = ProviderSelection.load()
                .explain(host, RegionCapabilities.whole(ANY_SIZE, CacheMode.UNKNOWN, CacheModeSource.UNKNOWN));
        candidates = explanation.candidates();
        Optional<HostMemoryProvider> provider = explanation.chosen();
        chosen = candidates.stream()
                .filter(candidate -> provider.isPresent() && candidate.provider() == provider.get())
                .findFirst();
        provider.ifPresent(it -> {
            features.addAll(it.features(host));
            Arrays.stream(CacheMode.values()).forEach(mode -> guarantees.put(mode, it.guarantees(mode, answeredBy())));
        });
    }

    /** Of the devices of this machine. */
    private AnsweredBy answeredBy() {
        return guest.answer() == Guest.Answer.NO_GUEST ? AnsweredBy.HARDWARE : AnsweredBy.UNKNOWN;
    }

    boolean hasProvider() {
        return chosen.isPresent();
    }

    String providerName() {
        return chosen.map(Candidate::name).orElse("none");
    }

    /** Why a candidate was not chosen. */
    private String reason(Candidate candidate) {
        if (!candidate.isUsable()) {
            return candidate.reason();
        }
        return chosen.map(it -> it == candidate
                        ? "chosen: usable, and of the highest priority"
                        : "usable, but " + it.name() + " has priority " + it.priority() + " and this one "
                                + candidate.priority())
                .orElse("usable, but another has the same priority " + candidate.priority());
    }

    void addTo(JsonObject all) {
        JsonObject it = new JsonObject();
        it.addProperty("os", host.os());
        it.addProperty("kernel", System.getProperty("os.version"));
        it.addProperty("isa", host.isa());
        it.addProperty("byteOrder", host.byteOrder().toString());
        it.addProperty("cpu", cpu());
        it.add("features", Json.strings(features));
        it.add("disabledFeatures", Json.strings(new TreeSet<>(host.disabled())));
        JsonObject found = new JsonObject();
        found.addProperty("answer", guest.answer().name());
        found.addProperty("found", guest.found());
        found.addProperty("source", guest.source());
        it.add("guest", found);
        it.addProperty("jvm", Runtime.version().toString());
        all.add("host", it);
        all.add("provider", chosen.<JsonElement>map(this::provider).orElse(JsonNull.INSTANCE));
        JsonArray array = new JsonArray();
        candidates.forEach(candidate -> array.add(candidate(candidate)));
        all.add("candidates", array);
    }

    private JsonObject provider(Candidate it) {
        JsonObject provider = new JsonObject();
        provider.addProperty("name", it.name());
        provider.addProperty("origin", it.origin());
        provider.addProperty("priority", it.priority());
        JsonObject byMode = new JsonObject();
        guarantees.forEach((mode, held) -> byMode.add(mode.name(), Json.strings(new TreeSet<>(held))));
        provider.add("guarantees", byMode);
        return provider;
    }

    private JsonObject candidate(Candidate candidate) {
        JsonObject one = new JsonObject();
        one.addProperty("name", candidate.name());
        one.addProperty("origin", candidate.origin());
        one.addProperty("priority", candidate.priority());
        one.addProperty("usable", candidate.isUsable());
        one.addProperty("chosen", chosen.isPresent() && chosen.get() == candidate);
        one.addProperty("reason", reason(candidate));
        return one;
    }

    /** The CPU's name under the key that the ISA's kernel gives it; empty if none does. */
    private String cpu() {
        return List.of("model name", "cpu", "uarch", "CPU part").stream()
                .map(key -> host.cpuinfo().getOrDefault(key, ""))
                .filter(name -> !name.isEmpty())
                .findFirst()
                .orElse("");
    }

    void print(PrintWriter out) {
        out.println("host      " + host.os() + " " + System.getProperty("os.version") + " on " + host.isa() + ", "
                + host.byteOrder().toString().toLowerCase(Locale.ROOT).replace('_', ' ')
                + (cpu().isEmpty() ? "" : ", " + cpu()));
        out.println("features  " + (features.isEmpty() ? "none that changes a rule" : String.join(", ", features))
                + (host.disabled().isEmpty()
                        ? ""
                        : "; forced down: " + String.join(", ", new TreeSet<>(host.disabled()))));
        out.println(
                "guest     " + guest.answer().name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + guest.found()
                        + (guest.source().isEmpty() ? "" : " [" + guest.source() + "]"));
        out.println("provider  "
                + chosen.map(it -> it.name() + ", from " + it.origin()).orElse("none"));
        out.println();
        Table table = new Table("candidate", ">priority", "verdict");
        candidates.forEach(candidate -> table.row(candidate.name(), candidate.priority(), reason(candidate)));
        table.print("  ", out);
        if (chosen.isPresent()) {
            out.println();
            guaranteeTable().print("  ", out);
        }
    }

    private Table guaranteeTable() {
        String[] titles = new String[1 + CacheMode.values().length];
        titles[0] = "guarantee on";
        Arrays.stream(CacheMode.values()).forEach(mode -> titles[1 + mode.ordinal()] = mode.name());
        Table table = new Table(titles);
        for (Guarantee guarantee : Guarantee.values()) {
            Object[] row = new Object[titles.length];
            row[0] = guarantee.rule() + " " + guarantee;
            Arrays.stream(CacheMode.values())
                    .forEach(mode -> row[1 + mode.ordinal()] =
                            guarantees.getOrDefault(mode, Set.of()).contains(guarantee) ? "yes" : "no");
            table.row(row);
        }
        return table;
    }

    static String names(Set<Guarantee> guarantees) {
        return new TreeSet<>(guarantees).stream().map(Guarantee::name).collect(Collectors.joining(", "));
    }
}
