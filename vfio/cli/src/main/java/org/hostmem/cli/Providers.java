package org.hostmem.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.hostmem.CacheMode;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;

/** The ISAs of the providers that are there, and their CPU features, by name. */
final class Providers {

    private Providers() {}

    static List<HostMemoryProvider> all() {
        return ProviderSelection.load().providers();
    }

    static Optional<HostMemoryProvider> find(String isa) {
        return all().stream()
                .filter(provider -> provider.name().equals(isa.toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    static String names() {
        return all().stream().map(HostMemoryProvider::name).collect(Collectors.joining(", "));
    }

    static HostMemoryProvider isa(JsonCommand command, String isa) {
        return find(isa).orElseThrow(() -> command.usage("unknown ISA '" + isa + "': there are " + names()));
    }

    static CacheMode mode(JsonCommand command, String mode) {
        try {
            return CacheMode.valueOf(mode.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException unknown) {
            throw command.usage("unknown cache mode '" + mode + "': there are "
                    + Arrays.stream(CacheMode.values()).map(CacheMode::name).collect(Collectors.joining(", ")));
        }
    }

    /** Checks the names of CPU features. */
    static Set<String> features(JsonCommand command, HostMemoryProvider provider, Set<String> features) {
        Set<String> known = new TreeSet<>(provider.knownFeatures());
        for (String feature : features) {
            if (!known.contains(feature)) {
                throw command.usage("unknown feature '" + feature + "' of " + provider.name() + ": "
                        + (known.isEmpty() ? "it has none" : "there are " + String.join(", ", known)));
            }
        }
        return features;
    }
}
