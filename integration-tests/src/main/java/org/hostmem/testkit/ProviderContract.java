package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.AnsweredBy;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.RegionCapabilities;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The contract of {@link HostMemoryProvider} itself. Extend it, and return the provider. It runs on any host, except
 * the tests that open memory.
 */
@Tag("P")
public abstract class ProviderContract implements Kit {

    private static final int WIDEST_KNOWN = 64;
    private static final String SERVICES = "/META-INF/services/org.hostmem.spi.HostMemoryProvider";

    /** For subclasses. */
    protected ProviderContract() {}

    /** {@return the provider under test} */
    @Override
    public abstract HostMemoryProvider provider();

    /** {@return another provider, made by its constructor, as {@link java.util.ServiceLoader} does} */
    protected abstract HostMemoryProvider construct();

    /** {@return hosts of every kind, and of no kind} */
    private static List<Host> hosts() {
        List<Host> hosts = new ArrayList<>(List.of(Host.none(), Host.current()));
        for (String os : List.of("Linux", "linux", "FreeBSD", "Windows 11", "Mac OS X", "")) {
            for (String isa : List.of(
                    "x86_64",
                    "x86",
                    "aarch64",
                    "arm",
                    "ppc64",
                    "riscv64",
                    "riscv32",
                    "s390x",
                    "loongarch64",
                    "",
                    "no such isa")) {
                for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                    hosts.add(Host.of(os, isa, order));
                    hosts.add(Host.of(os, isa, order)
                            .withCpuinfo(Map.of("flags", "avx avx", "cpu", "POWER9 (raw)", "isa", "", "", ""))
                            .withAuxv(Map.of(Host.AT_HWCAP, -1L, Host.AT_HWCAP2, Long.MIN_VALUE, -1L, 0L))
                            .withDisabled(Set.of("", "avx")));
                }
            }
        }
        return hosts;
    }

    private static List<RegionCapabilities> regions() {
        List<RegionCapabilities> regions = new ArrayList<>();
        for (CacheMode mode : CacheMode.values()) {
            for (CacheModeSource source : CacheModeSource.values()) {
                for (long size : new long[] {0, 1, 4096, Long.MAX_VALUE}) {
                    regions.add(RegionCapabilities.whole(size, mode, source));
                }
                regions.add(RegionCapabilities.whole(4096, mode, source)
                        .withAreas(List.of())
                        .withRights(false, false));
            }
        }
        return regions;
    }

    @Test
    @DisplayName("P1: the name can be written into a system property, and stays")
    void p1_theNameIsAName() {
        String name = provider().name();
        assertTrue(isName(name), () -> "name: " + name);
        assertEquals(name, provider().name(), "asked again");
    }

    private static boolean isName(@Nullable String name) {
        return name != null && name.matches("[a-z0-9_-]{1,32}");
    }

    @Test
    @DisplayName("P2: the priority stays, and is on the ladder")
    void p2_thePriorityIsARank() {
        int priority = provider().priority();
        assertTrue(priority >= HostMemoryProvider.PRIORITY_FALLBACK && priority <= 1000, () -> "priority " + priority);
        assertEquals(priority, provider().priority(), "asked again");
    }

    @Test
    @DisplayName("P3: assess answers for every host and region, and the same every time")
    void p3_assessAnswersAlways() {
        HostMemoryProvider provider = provider();
        for (Host host : hosts()) {
            for (RegionCapabilities region : regions()) {
                Assessment verdict = assertDoesNotThrow(
                        () -> provider.assess(host, region),
                        () -> "host " + host.os() + " " + host.isa() + ", region " + region);
                assertNotNull(verdict, () -> "host " + host.os() + " " + host.isa() + ", region " + region);
                assertEquals(
                        verdict instanceof Assessment.Usable,
                        provider.assess(host, region) instanceof Assessment.Usable,
                        "asked again");
            }
        }
    }

    @Test
    @DisplayName("P4: a refusal says why")
    void p4_aRefusalSaysWhy() {
        HostMemoryProvider provider = provider();
        for (Host host : hosts()) {
            for (RegionCapabilities region : regions()) {
                if (answer(provider, host, region) instanceof Assessment.Unusable(String reason)) {
                    assertFalse(reason.isBlank(), () -> "host " + host.os() + " " + host.isa() + ", region " + region);
                }
            }
        }
    }

    /** None is P3's business. */
    private static @Nullable Assessment answer(HostMemoryProvider provider, Host host, RegionCapabilities region) {
        try {
            return provider.assess(host, region);
        } catch (RuntimeException none) {
            return null;
        }
    }

    @TestFactory
    @DisplayName("P5: there are rules for every mode and every set of features, on any host")
    Stream<DynamicTest> p5_thereAreRulesForEveryMode() {
        return Stream.of(CacheMode.values())
                .map(mode -> DynamicTest.dynamicTest(mode.name(), () -> {
                    for (Set<String> features : sets(provider().knownFeatures())) {
                        AccessRules rules =
                                assertDoesNotThrow(() -> provider().rules(mode, features), () -> "with " + features);
                        assertEquals(mode, rules.cacheMode(), "mode");
                        assertFalse(rules.isa().isBlank(), "name of the ISA");
                        assertFalse(rules.source().isBlank(), "source of the rules");
                        assertEquals(rules, provider().rules(mode, features), "asked again");
                        for (Barrier purpose : Barrier.values()) {
                            assertNotNull(rules.barriers().get(purpose), purpose::toString);
                        }
                        for (Direction direction : Direction.values()) {
                            for (TransferOrder order : TransferOrder.values()) {
                                int widest = rules.widest(direction, order);
                                assertTrue(
                                        widest >= 8 && widest <= WIDEST_KNOWN,
                                        () -> "widest unit " + widest
                                                + ": every host ISA has 8 bytes, none has more than " + WIDEST_KNOWN);
                            }
                        }
                    }
                }));
    }

    private static List<Set<String>> sets(Set<String> features) {
        List<Set<String>> sets = new ArrayList<>(List.of(Set.of()));
        for (String feature : new TreeSet<>(features)) {
            sets.add(Set.of(feature));
        }
        sets.add(features);
        return sets;
    }

    @Test
    @DisplayName(
            "P6: memory of unknown mode gets the strictest rules: the alignment of NONCACHED, and no unit wider than a"
                    + " scalar")
    void p6_unknownIsTheStrictest() {
        for (Set<String> features : sets(provider().knownFeatures())) {
            AccessRules unknown = provider().rules(CacheMode.UNKNOWN, features);
            assertEquals(
                    provider().rules(CacheMode.NONCACHED, features).unaligned(),
                    unknown.unaligned(),
                    () -> "unaligned scalars with " + features);
            for (Direction direction : Direction.values()) {
                for (TransferOrder order : TransferOrder.values()) {
                    assertEquals(
                            8, unknown.widest(direction, order), () -> direction + " " + order + " with " + features);
                }
            }
        }
    }

    @Test
    @DisplayName("P7: features are given for the provider's own hosts, and only known ones")
    void p7_featuresAreKnown() {
        for (Host host : hosts()) {
            Set<String> features =
                    assertDoesNotThrow(() -> provider().features(host), () -> "host " + host.os() + " " + host.isa());
            assertTrue(
                    provider().knownFeatures().containsAll(features),
                    () -> features + " on " + host.isa() + ", known are "
                            + provider().knownFeatures());
        }
        assertEquals(Set.of(), provider().features(Host.none()), "features of a host of which nothing is known");
    }

    @Test
    @DisplayName("P8: a feature that is disabled is not used, and its rules are not those of the accessor")
    void p8_aDisabledFeatureIsNotUsed() {
        Host here = Host.current();
        Set<String> features = provider().features(here);
        assumeTrue(!features.isEmpty(), "this host has no feature that the provider uses");
        assumeServed(CacheMode.DEVICE);
        for (String feature : features) {
            Host without = here.withDisabled(Set.of(feature));
            assertFalse(provider().features(without).contains(feature), () -> feature + " is disabled");
            String before = System.getProperty(Host.DISABLED_PROPERTY);
            try {
                System.setProperty(Host.DISABLED_PROPERTY, feature);
                for (CacheMode mode : CacheMode.values()) {
                    Set<String> left = new HashSet<>(features);
                    left.remove(feature);
                    try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                        assertEquals(
                                provider().rules(mode, left),
                                subject.accessor().rules(),
                                () -> "rules of " + mode + " memory without " + feature);
                    }
                }
            } finally {
                if (before == null) {
                    System.clearProperty(Host.DISABLED_PROPERTY);
                } else {
                    System.setProperty(Host.DISABLED_PROPERTY, before);
                }
            }
        }
    }

    @TestFactory
    @DisplayName("P9: an accessor promises what the provider said it would")
    Stream<DynamicTest> p9_guaranteesAreKept() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                Set<Guarantee> promised = subject.accessor().guarantees();
                assertEquals(provider().guarantees(mode), promised);
                assertTrue(
                        !promised.contains(Guarantee.UNALIGNED_SINGLE)
                                || subject.accessor().rules().unaligned(8) == Unaligned.SINGLE,
                        "UNALIGNED_SINGLE is promised, and the rules do not allow it");
            }
        });
    }

    @TestFactory
    @DisplayName("P10: an accessor says of itself what it was opened with")
    Stream<DynamicTest> p10_anAccessorDescribesItself() {
        return eachMode(mode -> {
            for (UnalignedPolicy unaligned : UnalignedPolicy.values()) {
                for (FaultPolicy fault : FaultPolicy.values()) {
                    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                        AccessOptions options = AccessOptions.DEFAULT
                                .with(order)
                                .with(unaligned)
                                .with(fault);
                        RegionCapabilities capabilities = RegionCapabilities.whole(64, mode, CacheModeSource.ASSERTED);
                        try (RegionUnderTest subject =
                                RegionUnderTest.of(provider(), capabilities, options, 0, () -> {})) {
                            assertEquals(64, subject.accessor().size());
                            assertEquals(options, subject.accessor().options());
                            assertEquals(capabilities, subject.accessor().capabilities());
                            assertEquals(mode, subject.accessor().rules().cacheMode());
                        }
                    }
                }
            }
        });
    }

    /** No ISA documents more: 8 bytes each does, 16 some do of some CPUs. */
    @Test
    @DisplayName(
            "P12: on NORMAL memory a unit of an ASCENDING transfer is no wider than what some manual calls single-copy"
                    + " atomic: 8 bytes, or 16 with a feature")
    void p12_ascendingUnitsOfNormalMemoryAreAtomic() {
        for (Set<String> features : sets(provider().knownFeatures())) {
            for (Direction direction : Direction.values()) {
                int widest = provider().rules(CacheMode.NORMAL, features).widest(direction, TransferOrder.ASCENDING);
                assertTrue(
                        widest <= (features.isEmpty() ? 8 : 16),
                        () -> direction + " of " + widest + " bytes with " + features);
            }
        }
    }

    /** No hypervisor decodes a wider unit, and RAM is emulated by none. */
    @Test
    @DisplayName("P14: where a hypervisor may answer, rules of device memory have no unit above 16 bytes and none wider"
            + " than hardware's, and those of NORMAL memory are hardware's")
    void p14_rulesOfWhatAHypervisorAnswersAreNarrow() {
        for (AnsweredBy who : AnsweredBy.values()) {
            for (CacheMode mode : CacheMode.values()) {
                for (Set<String> features : sets(provider().knownFeatures())) {
                    AccessRules hardware = provider().rules(mode, features);
                    AccessRules rules = provider().rules(mode, who, features);
                    assertEquals(who, rules.answeredBy(), "who answers");
                    assertEquals(mode, rules.cacheMode(), "mode");
                    for (Direction direction : Direction.values()) {
                        for (TransferOrder order : TransferOrder.values()) {
                            int limit = who.mayDecode() && mode.needsExactAccesses()
                                    ? Math.min(16, hardware.widest(direction, order))
                                    : hardware.widest(direction, order);
                            int widest = rules.widest(direction, order);
                            assertTrue(
                                    mode.needsExactAccesses() ? widest <= limit : widest == limit,
                                    () -> who + " " + mode + " " + direction + " of " + widest + " bytes with "
                                            + features);
                        }
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("P15: the provider finds no mistake in itself: its tables and its instructions fit each other, on any"
            + " host")
    void p15_tablesAndInstructionsFit() {
        List<String> mistakes = provider().selfCheck();
        assertEquals(List.of(), mistakes, () -> String.join("\n", mistakes));
    }

    @Test
    @DisplayName("P16: the provider is found under its name, on the module path and on the class path")
    void p16_theProviderIsFound() throws IOException {
        String name = provider().name();
        assumeTrue(isName(name), "P1's business");
        List<Class<?>> found = new ArrayList<>();
        for (HostMemoryProvider one : ProviderSelection.load().providers()) {
            if (one.name().equals(name)) {
                found.add(one.getClass());
            }
        }
        assertEquals(
                1,
                found.size(),
                () -> "ServiceLoader finds " + found + " under the name " + name + ": a module-info says"
                        + " \"provides org.hostmem.spi.HostMemoryProvider with\" it, once");
        Class<?> type = found.getFirst();
        if (type.getModule().isNamed()) { // else a service file is what it was found by
            assertTrue(
                    serviceFile(type).contains(type.getName()),
                    () -> "no file " + SERVICES + " names " + type.getName() + ": it is not found on a class path");
        }
    }

    private static List<String> serviceFile(Class<?> type) throws IOException {
        try (InputStream text = type.getResourceAsStream(SERVICES)) {
            return text == null
                    ? List.of()
                    : new String(text.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .map(line -> line.replaceFirst("#.*", "").strip())
                            .toList();
        }
    }

    /** What a constructor must not do leaves traces here: a mapped library, a memfd, an open file. */
    @Test
    @DisplayName("P11: the constructor maps nothing and opens nothing")
    void p11_theConstructorDoesNothing() throws IOException {
        Path maps = Path.of("/proc/self/maps");
        assumeTrue(Files.isReadable(maps), "this host does not show what a process has mapped");
        construct(); // Loads the class, from a jar perhaps.
        mapped(maps);
        Set<String> before = mapped(maps);
        HostMemoryProvider another = construct();
        Set<String> after = mapped(maps);
        after.removeAll(before);
        assertEquals(Set.of(), after, () -> "mapped by the constructor of " + another.name());
    }

    /** Names of what is mapped with their counts; anonymous memory is the JVM's. */
    private static Set<String> mapped(Path maps) throws IOException {
        Map<String, Long> counts = Files.readAllLines(maps).stream()
                .map(line -> line.split("\\s+", 6))
                .filter(words -> words.length == 6 && words[5].startsWith("/"))
                .collect(Collectors.groupingBy(words -> words[5], Collectors.counting()));
        return counts.entrySet().stream()
                .map(e -> e.getValue() + " x " + e.getKey())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
