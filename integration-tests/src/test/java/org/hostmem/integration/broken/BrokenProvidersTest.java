package org.hostmem.integration.broken;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.testkit.AccessorContract;
import org.hostmem.testkit.ProviderContract;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The contract bites: each of its tests has a provider that was broken on purpose, and fails exactly that test. */
class BrokenProvidersTest {

    /** For all tests but the one that counts, in a first run. */
    private static final Duration SHORT = Duration.ofMillis(30);
    /** If the one that counts saw too little by then. */
    private static final Duration LONG = Duration.ofSeconds(5);

    /** Shown in a JVM of its own, which does not survive it: see {@link StolenSignalsTest}. */
    private static final String FATAL = "r9_theJvmKeepsItsSignals";

    private static final HostMemoryProvider BEST = ProviderSelection.load()
            .select(Host.current(), RegionCapabilities.whole(4096, CacheMode.DEVICE, CacheModeSource.REPORTED));
    private static final HostMemoryProvider FALLBACK = ProviderSelection.load().providers().stream()
            .filter(p -> p.priority() == HostMemoryProvider.PRIORITY_FALLBACK)
            .findFirst()
            .orElseThrow();

    private static volatile Supplier<HostMemoryProvider> maker;
    private static volatile HostMemoryProvider subject;
    private static volatile Set<CacheMode> modes;
    private static volatile Duration patience;

    /** R1–R14 of whatever is under test. */
    static final class TestedAccessor extends AccessorContract {
        @Override
        public HostMemoryProvider provider() {
            return subject;
        }

        @Override
        public Set<CacheMode> modes() {
            return modes;
        }

        @Override
        public Duration patience() {
            return patience;
        }
    }

    /** The rest of it. */
    static final class TestedProvider extends ProviderContract {
        @Override
        public HostMemoryProvider provider() {
            return subject;
        }

        @Override
        protected HostMemoryProvider construct() {
            return maker.get();
        }

        @Override
        public Set<CacheMode> modes() {
            return modes;
        }
    }

    private static HostMemoryProvider installed(Broken.Base base) {
        return base == Broken.Base.BEST ? BEST : FALLBACK;
    }

    private static List<Broken> all() {
        return Stream.concat(BrokenAccessors.all().stream(), BrokenProviders.all().stream())
                .toList();
    }

    private static ContractRun run(Supplier<HostMemoryProvider> provider, Set<CacheMode> some, Duration howLong) {
        patience = howLong;
        maker = provider;
        subject = provider.get();
        modes = some;
        return ContractRun.of(TestedAccessor.class, TestedProvider.class);
    }

    @TestFactory
    Stream<DynamicTest> aBrokenProviderFailsExactlyItsTest() {
        return all().stream()
                .map(broken -> dynamicTest(broken.toString(), () -> {
                    Supplier<HostMemoryProvider> make = () -> broken.make(BrokenProvidersTest::installed);
                    ContractRun run = run(make, broken.modes(), SHORT);
                    if (run.skipped().contains(broken.fails())) {
                        run = run(make, broken.modes(), LONG);
                    }
                    check(run, broken);
                }));
    }

    private static void check(ContractRun run, Broken broken) {
        assumeFalse(
                run.failed().isEmpty() && run.skipped().contains(broken.fails()),
                () -> "the provider that was broken does not promise this on this host: " + broken.fails());
        assertThat(run.failed())
                .as(run.messages())
                .filteredOn(test -> !isBehindLimits(test) || isBehindLimits(broken.fails()))
                .containsExactly(broken.fails());
    }

    /** R13 holds the accesses of all other rules behind limits: who breaks one of them breaks it there as well. */
    private static boolean isBehindLimits(String test) {
        return test.startsWith("r13_");
    }

    @Test
    void aGoodProviderFailsNothing() {
        ContractRun run = run(() -> new DelegateProvider(installed(Broken.Base.BEST)), Set.of(CacheMode.DEVICE), SHORT);
        assertThat(run.failed()).as(run.messages()).isEmpty();
    }

    @Test
    void everyTestOfTheContractHasABrokenProvider() {
        Set<String> tests = Stream.<Class<?>>of(AccessorContract.class, ProviderContract.class)
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .filter(method ->
                        method.isAnnotationPresent(TestFactory.class) || method.isAnnotationPresent(Test.class))
                .map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        tests.addAll(Arrays.stream(ProviderContract.class.getDeclaredMethods())
                .filter(method ->
                        method.isAnnotationPresent(TestFactory.class) || method.isAnnotationPresent(Test.class))
                .map(Method::getName)
                .toList());
        assertThat(tests).hasSizeGreaterThan(60);
        Set<String> broken = all().stream().map(Broken::fails).collect(Collectors.toCollection(TreeSet::new));
        broken.add(FATAL);
        assertThat(broken).isEqualTo(tests);
        assertThat(all()).as("one for each").doesNotHaveDuplicates().hasSize(tests.size() - 1);
    }
}
