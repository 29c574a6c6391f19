package org.hostmem.spi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.NoProviderException;
import org.hostmem.RegionCapabilities;
import org.jspecify.annotations.Nullable;

/**
 * Finds all providers, asks each, and chooses the usable one of the highest priority. If two have the highest priority,
 * that is an error.
 *
 * <p>A broken provider is listed as a candidate with its reason, and does not hide others. A provider is broken, too,
 * if it lacks a method of this version of the library, or if another one has its name. Immutable and thread-safe.
 * Providers are found once, at {@link #load}.
 */
public final class ProviderSelection {

    /** System property: the name of the only provider to use. It must still be usable. */
    public static final String PROVIDER_PROPERTY = "hostmem.provider";

    /** System property: names of providers not to use, separated by commas. */
    public static final String EXCLUDED_PROPERTY = "hostmem.provider.excluded";

    private static final String OWN = "org.hostmem.";

    /** How many consecutive broken entries end the search, because a broken service file could be endless. */
    private static final int MAX_FAILURES = 100;

    private static final class Current {
        private static final ProviderSelection INSTANCE = load(visible());

        /**
         * If everything is a module, only the layer is asked. A class loader would open every jar to look for a service
         * file, which takes a fifth of the time to the first access.
         */
        private static ServiceLoader<HostMemoryProvider> visible() {
            boolean isAllModules = ProviderSelection.class.getModule().getLayer() == ModuleLayer.boot()
                    && System.getProperty("java.class.path", "").isEmpty();
            return isAllModules
                    ? ServiceLoader.load(ModuleLayer.boot(), HostMemoryProvider.class)
                    : ServiceLoader.load(HostMemoryProvider.class, ProviderSelection.class.getClassLoader());
        }
    }

    /** {@code failure} is why it cannot be used, whatever the host; empty if nothing is known against it. */
    private record Found(
            @Nullable HostMemoryProvider provider, String name, String origin, int priority, String failure) {

        boolean isNamesake(Found other) {
            return this != other && provider != null && other.provider != null && name.equals(other.name);
        }

        Found failed(String why) {
            return new Found(provider, name, origin, priority, why);
        }
    }

    private final List<Found> found;

    private ProviderSelection(List<Found> found) {
        this.found = found;
    }

    /** {@return the providers visible to this library's own class loader, found once} */
    public static ProviderSelection load() {
        return Current.INSTANCE;
    }

    /**
     * {@return the providers that a loader finds, for a module layer or a class loader of the caller's}
     *
     * @param loader to ask
     */
    public static ProviderSelection load(ServiceLoader<HostMemoryProvider> loader) {
        List<Found> found = new ArrayList<>();
        Iterator<HostMemoryProvider> iterator = loader.iterator();
        for (int failures = 0; failures < MAX_FAILURES; ) {
            try {
                if (!iterator.hasNext()) {
                    break;
                }
                found.add(found(iterator.next()));
                failures = 0;
            } catch (ServiceConfigurationError | RuntimeException | LinkageError broken) {
                rethrowIfVirtualMachineError(broken);
                failures++;
                found.add(
                        new Found(null, "?", "service file or module", 0, "could not be loaded: " + describe(broken)));
            }
        }
        return new ProviderSelection(withoutNamesakes(found));
    }

    private static Found found(HostMemoryProvider provider) {
        Class<?> type = provider.getClass();
        Module module = type.getModule();
        String origin = module.isNamed() ? module.getName() : "class path, " + type.getName();
        return new Found(provider, provider.name(), origin, provider.priority(), "");
    }

    /** No name says which of two it means, so neither is used. */
    private static List<Found> withoutNamesakes(List<Found> found) {
        List<Found> told = new ArrayList<>();
        for (Found one : found) {
            String others = "";
            for (Found other : found) {
                others += one.isNamesake(other) ? " " + typeName(other) : "";
            }
            told.add(
                    others.isEmpty()
                            ? one
                            : one.failed("another provider has the name of " + typeName(one) + ":" + others
                                    + "; take one of them off the path, or rename it"));
        }
        return List.copyOf(told);
    }

    private static String typeName(Found one) {
        return one.provider == null ? "" : one.provider.getClass().getName();
    }

    /** {@return the providers that could be loaded, by name} */
    public List<HostMemoryProvider> providers() {
        return found.stream()
                .map(Found::provider)
                .filter(p -> p != null)
                .sorted(Comparator.comparing(HostMemoryProvider::name))
                .toList();
    }

    /**
     * Asks every provider.
     *
     * @param host where
     * @param region what
     * @return every candidate with its answer, in the order of decision
     * @throws NoProviderException if a system property names a provider that was not found, or a CPU feature that no
     *     provider knows
     */
    public Explanation explain(Host host, RegionCapabilities region) {
        return explain(host, region, true);
    }

    /**
     * To look for gaps takes milliseconds of every start. So an opening looks for them in providers from outside only;
     * the others are built with this library.
     */
    private Explanation explain(Host host, RegionCapabilities region, boolean isForPeople) {
        Set<String> excluded = names(EXCLUDED_PROPERTY);
        Set<String> forced = names(PROVIDER_PROPERTY);
        checkFeatures(Host.DISABLED_PROPERTY, Host.disabledFeatures());
        checkFeatures(Host.REQUESTED_PROPERTY, Host.requestedFeatures());
        List<Candidate> candidates = new ArrayList<>();
        for (Found one : found) {
            candidates.add(new Candidate(
                    one.name,
                    one.origin,
                    one.priority,
                    assess(one, host, region, excluded, forced, isForPeople),
                    one.provider));
        }
        candidates.sort(Candidate::inOrderOfDecision);
        return new Explanation(host, region, List.copyOf(candidates));
    }

    /**
     * {@return the provider for a region}
     *
     * @param host where
     * @param region what
     * @throws NoProviderException if none is usable, or several of the highest priority are, with every candidate's
     *     answer
     */
    public HostMemoryProvider select(Host host, RegionCapabilities region) {
        return explain(host, region, false).orThrow();
    }

    /**
     * Chooses the provider for a region on this host and opens it. The limits of its {@linkplain MappedRegion#options
     * options} hold even if the provider does not know them.
     *
     * @param region to open
     * @return its accessor
     * @throws NoProviderException if there is no provider for it, or the provider does not fit this version of the
     *     library
     */
    public HostMemoryAccessor open(MappedRegion region) {
        HostMemoryProvider provider = select(Host.current(), region.capabilities());
        try {
            return region.limited(provider::open);
        } catch (LinkageError misfit) {
            throw new NoProviderException(
                    "the provider " + provider.name() + " ("
                            + provider.getClass().getName()
                            + ") cannot open a region, because it does not fit the classes that it found: " + misfit
                            + "\nPut the version of its module that belongs to this version of org.hostmem.api on the"
                            + " path, or exclude it with -D" + EXCLUDED_PROPERTY + "=" + provider.name() + ".",
                    misfit);
        }
    }

    private Assessment assess(
            Found one,
            Host host,
            RegionCapabilities region,
            Set<String> excluded,
            Set<String> forced,
            boolean isForPeople) {
        if (one.provider == null || !one.failure.isEmpty()) {
            return Assessment.unusable(one.failure);
        }
        if (excluded.contains(one.name)) {
            return Assessment.unusable("excluded by -D" + EXCLUDED_PROPERTY);
        }
        if (!forced.isEmpty() && !forced.contains(one.name)) {
            return Assessment.unusable("not the one named by -D" + PROVIDER_PROPERTY + "=" + String.join(",", forced));
        }
        try {
            if (isForPeople || !one.provider.getClass().getName().startsWith(OWN)) {
                List<String> gaps = Gaps.of(one.provider.getClass());
                if (!gaps.isEmpty()) {
                    return Assessment.unusable("it was compiled against another version of this library: "
                            + typeName(one) + " has no " + String.join(", ", gaps));
                }
            }
            Assessment answer = one.provider.assess(host, region);
            return answer == null ? Assessment.unusable("its assess() returned null") : answer;
        } catch (RuntimeException | LinkageError broken) {
            return Assessment.unusable("it failed when it was asked: " + describe(broken));
        }
    }

    private Set<String> names(String property) {
        Set<String> names =
                new TreeSet<>(Arrays.asList(System.getProperty(property, "").split(",")));
        names.remove("");
        Set<String> known = found.stream()
                .filter(f -> f.provider != null)
                .map(Found::name)
                .collect(Collectors.toCollection(TreeSet::new));
        for (String name : names) {
            if (!known.contains(name)) {
                throw new NoProviderException("-D" + property + " names the provider \"" + name
                        + "\", which is not there: use names of " + known);
            }
        }
        return names;
    }

    /** Without this check a misspelt feature would stay in use, without a message. */
    private void checkFeatures(String property, Set<String> features) {
        if (features.isEmpty()) {
            return;
        }
        Set<String> known = new TreeSet<>();
        found.stream().filter(one -> one.provider != null).forEach(one -> known.addAll(one.provider.knownFeatures()));
        for (String feature : features) {
            if (!known.contains(feature)) {
                throw new NoProviderException("-D" + property + " names the CPU feature \"" + feature
                        + "\", which no provider on the path knows: use names of " + known);
            }
        }
    }

    private static void rethrowIfVirtualMachineError(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof VirtualMachineError fatal) {
                throw fatal;
            }
        }
    }

    private static String describe(Throwable thrown) {
        return thrown.getCause() == null ? thrown.toString() : thrown.getMessage() + ": " + thrown.getCause();
    }

    /**
     * The answers of all candidates, in the order of decision.
     *
     * @param host where
     * @param region what
     * @param candidates usable first, then by priority
     */
    public record Explanation(Host host, RegionCapabilities region, List<Candidate> candidates) {

        /** {@return the chosen provider; empty if none is usable, or the highest priority is tied} */
        public Optional<HostMemoryProvider> chosen() {
            return top().size() == 1 ? Optional.ofNullable(top().getFirst().provider()) : Optional.empty();
        }

        /**
         * {@return the chosen provider}
         *
         * @throws NoProviderException if there is none, or a tie
         */
        public HostMemoryProvider orThrow() {
            return chosen().orElseThrow(() -> new NoProviderException(
                    top().isEmpty()
                            ? "no provider can serve this region on " + host.os() + " " + host.isa() + ":\n" + this
                                    + "Add a module such as org.hostmem.arch.generic to the module path, or drop -D"
                                    + PROVIDER_PROPERTY + "."
                            : "several providers claim priority "
                                    + top().getFirst().priority() + ":\n" + this + "Choose one with -D"
                                    + PROVIDER_PROPERTY + "=NAME, or exclude with -D" + EXCLUDED_PROPERTY + "=NAME."));
        }

        private List<Candidate> top() {
            int highest = candidates.stream()
                    .filter(Candidate::isUsable)
                    .mapToInt(Candidate::priority)
                    .max()
                    .orElse(0);
            return candidates.stream()
                    .filter(c -> c.isUsable() && c.priority() == highest)
                    .toList();
        }

        /** {@return a table of the candidates, one a line} */
        @Override
        public String toString() {
            return candidates.stream()
                    .map(c -> "  %-10s %4d  %s (%s)%n".formatted(c.name(), c.priority(), c.reason(), c.origin()))
                    .collect(Collectors.joining());
        }
    }
}
