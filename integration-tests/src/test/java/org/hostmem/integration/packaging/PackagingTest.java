package org.hostmem.integration.packaging;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.hostmem.integration.Modules;
import org.hostmem.spi.HostMemoryProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the artifacts say of themselves, on the module path and on the class path. */
class PackagingTest {

    private static final String SERVICE = HostMemoryProvider.class.getName();
    private static final String SERVICE_FILE = "META-INF/services/" + SERVICE;

    /**
     * Everything that is open to others. Whoever adds a package here adds it to what this project has to keep stable.
     */
    private static final Map<String, Set<String>> EXPORTS = Map.of(
            Modules.API, Set.of("org.hostmem", "org.hostmem.guest", "org.hostmem.spi"),
            Modules.GENERIC, Set.of("org.hostmem.arch.generic"),
            Modules.VFIO, Set.of("org.hostmem.vfio"),
            Modules.TESTKIT, Set.of("org.hostmem.testkit"));

    /** What is open to modules of this project alone, and to which. */
    private static final Map<String, Map<String, Set<String>>> EXPORTS_AMONG_US =
            Map.of(Modules.API, Map.of("org.hostmem.engine", Set.of(Modules.GENERIC, Modules.VFIO)));

    @TestFactory
    Stream<DynamicTest> modulesExportExactlyThis() {
        return Modules.ALL.stream()
                .map(name -> dynamicTest(name, () -> {
                    ModuleDescriptor descriptor = found(name);
                    assertThat(descriptor.exports().stream()
                                    .filter(e -> !e.isQualified())
                                    .map(Exports::source))
                            .containsExactlyInAnyOrderElementsOf(EXPORTS.getOrDefault(name, Set.of()));
                    assertThat(descriptor.exports().stream()
                                    .filter(Exports::isQualified)
                                    .collect(toMap(Exports::source, Exports::targets)))
                            .as("qualified exports")
                            .isEqualTo(EXPORTS_AMONG_US.getOrDefault(name, Map.of()));
                }));
    }

    @TestFactory
    Stream<DynamicTest> serviceFileSaysWhatTheModuleSays() {
        return Modules.PROVIDERS.stream()
                .map(name -> dynamicTest(name, () -> {
                    assertThat(provided(name)).hasSize(1);
                    assertThat(servicesOnTheClassPath(name)).isEqualTo(provided(name));
                }));
    }

    @Test
    void othersProvideNothing() {
        assertThat(List.of(Modules.API, Modules.VFIO, Modules.CLI, Modules.TESTKIT))
                .allSatisfy(name -> {
                    assertThat(provided(name)).isEmpty();
                    assertThat(servicesOnTheClassPath(name)).isEmpty();
                });
    }

    @Test
    void whoLoadsProvidersSaysSo() {
        assertThat(List.of(Modules.API, Modules.TESTKIT))
                .allSatisfy(name -> assertThat(found(name).uses()).contains(SERVICE));
    }

    @Test
    void noPackageIsInTwoModules() {
        Map<String, String> owners = new TreeMap<>();
        for (String name : Modules.LIBRARY) {
            for (String one : found(name).packages()) {
                assertThat(owners.put(one, name))
                        .as("%s is in %s too", one, name)
                        .isNull();
            }
        }
    }

    /** The list of names is the point, not its order, which ServiceLoader does not promise. */
    @Test
    void modulePathAndClassPathFindTheSameProviders() throws Exception {
        Set<String> onModulePath = ServiceLoader.load(HostMemoryProvider.class).stream()
                .map(p -> p.type().getName())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> declared = Modules.PROVIDERS.stream()
                .flatMap(name -> provided(name).stream())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(onModulePath).isEqualTo(declared);

        Forked.Result onClassPath = Forked.onTheClassPath(Modules.LIBRARY, ListProviders.class);

        assertThat(onClassPath.exit()).as(onClassPath.output()).isZero();
        assertThat(onClassPath.output().lines().map(line -> line.split(" ")[0]))
                .containsExactlyInAnyOrderElementsOf(declared);
    }

    /**
     * Constructing, naming, asking and printing tables needs no native access: {@code hostmem rules} runs for every ISA
     * on any host.
     */
    @Test
    void askingAProviderNeedsNoNativeAccess() throws Exception {
        Forked.Result asked =
                Forked.onTheClassPath(Modules.LIBRARY, ListProviders.class, "--illegal-native-access=deny");

        assertThat(asked.exit()).as(asked.output()).isZero();
        assertThat(asked.output().lines()).hasSize(Modules.PROVIDERS.size());
    }

    /** Shows that the test above can fail: the same JVM refuses a restricted call. */
    @Test
    void theForkedJvmRefusesNativeAccess() throws Exception {
        Forked.Result refused =
                Forked.onTheClassPath(Modules.LIBRARY, CallRestricted.class, "--illegal-native-access=deny");

        assertThat(refused.exit()).isNotZero();
        assertThat(refused.output()).contains("IllegalCallerException");
    }

    private static ModuleDescriptor found(String name) {
        return ModuleFinder.of(Modules.location(name)).find(name).orElseThrow().descriptor();
    }

    private static List<String> provided(String name) {
        return found(name).provides().stream()
                .filter(p -> p.service().equals(SERVICE))
                .flatMap(p -> p.providers().stream())
                .toList();
    }

    private static List<String> servicesOnTheClassPath(String name) {
        Path location = Modules.location(name);
        try (ModuleReader reader =
                ModuleFinder.of(location).find(name).orElseThrow().open()) {
            Optional<InputStream> file = reader.open(SERVICE_FILE);
            if (file.isEmpty()) {
                return List.of();
            }
            try (InputStream in = file.get()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> line.replaceAll("#.*", "").strip())
                        .filter(line -> !line.isEmpty())
                        .toList();
            }
        } catch (IOException e) {
            throw new AssertionError(name, e);
        }
    }
}
