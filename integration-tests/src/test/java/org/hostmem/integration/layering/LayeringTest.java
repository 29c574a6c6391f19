package org.hostmem.integration.layering;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.integration.Modules;
import org.hostmem.integration.layering.offenders.Offenders;
import org.hostmem.integration.layering.offenders.cycle.a.A;
import org.hostmem.integration.layering.offenders.cycle.b.B;
import org.hostmem.integration.layering.offenders.rooms.high.High;
import org.hostmem.integration.layering.offenders.rooms.low.Low;
import org.hostmem.integration.layering.offenders.twins.b.Twin;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The arrows between the modules hold in the class files that the build made. */
class LayeringTest {

    private static final JavaClasses LIBRARY = Imported.modules(Modules.LIBRARY.toArray(String[]::new));
    private static final JavaClasses MADE_OF_PARTS = Imported.modules(Modules.API, Modules.GENERIC, Modules.VFIO);

    /**
     * Fewer classes mean that the import went wrong, and that the rules here hold for nothing. Each number is about
     * half of what there is.
     */
    private static final Map<String, Integer> FLOORS =
            Map.of(Modules.API, 60, Modules.GENERIC, 30, Modules.VFIO, 80, Modules.CLI, 40);

    @Test
    void apiNeedsJavaBaseOnly() {
        Layering.API_DEPENDS_ON_JAVA_ONLY.check(Imported.modules(Modules.API));
        assertThat(requires(Modules.API)).isEqualTo("java.base");
    }

    @Test
    void archGenericNeedsTheApiOnly() {
        Layering.ARCH_GENERIC_DEPENDS_ON_API_ONLY.check(Imported.modules(Modules.GENERIC));
        assertThat(requires(Modules.GENERIC)).isEqualTo("java.base org.hostmem.api");
    }

    @TestFactory
    Stream<DynamicTest> isaNeedsTheApiAndArchGenericOnly() {
        return Modules.ISAS.stream()
                .map(isa -> dynamicTest(isa, () -> {
                    Layering.archDependsOnGenericOnly(isa).check(Imported.modules(isa));
                    assertThat(requires(isa)).isEqualTo("java.base org.hostmem.api org.hostmem.arch.generic");
                }));
    }

    @Test
    void vfioNeedsTheApiOnly() {
        Layering.VFIO_DEPENDS_ON_API_ONLY.check(Imported.modules(Modules.VFIO));
        assertThat(requires(Modules.VFIO)).isEqualTo("com.google.gson java.base org.hostmem.api");
    }

    @Test
    void theCommandLineNeedsVfioAndTwoLibraries() {
        Layering.CLI_USES_WHAT_VFIO_EXPORTS.check(Imported.modules(Modules.CLI));
        assertThat(requires(Modules.CLI)).isEqualTo("com.google.gson info.picocli java.base org.hostmem.vfio");
    }

    @Test
    void everyPackageOfVfioIsOneIdeaAndKnowsThoseBelowIt() {
        Layering.VFIO_ROOMS_KNOW_THOSE_BELOW.check(Imported.modules(Modules.VFIO));
        Layering.packagesHaveAtMost(Layering.MOST_FILES, Layering.MOST_FILES_OF_WORDS)
                .check(Imported.modules(Modules.VFIO));
    }

    @Test
    void noTwoTypesThatUsersSeeHaveOneName() {
        Set<String> exported = Modules.LIBRARY.stream()
                .flatMap(module -> Modules.descriptor(module).exports().stream())
                .filter(one -> !one.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .collect(Collectors.toSet());
        assertThat(exported).contains("org.hostmem", "org.hostmem.spi", "org.hostmem.vfio");
        Layering.namesAreUniqueIn(exported).check(LIBRARY);
    }

    @Test
    void vfioNamesNoIsa() throws IOException {
        assertThat(IsaNames.in(Modules.location(Modules.VFIO))).isEmpty();
    }

    @Test
    void aNamedIsaIsFound() throws IOException {
        assertThat(IsaNames.in(Modules.location("org.hostmem.arch.ppc64")))
                .anyMatch(found -> found.contains("Ppc64Rules") && found.contains("\"ppc64\""));
    }

    @Test
    void testkitNeedsTheApiAndJUnitOnly() {
        assertThat(requires(Modules.TESTKIT))
                .isEqualTo("java.base jdk.management org.hostmem.api org.junit.jupiter.api");
    }

    @TestFactory
    Stream<DynamicTest> everyModuleKeepsTheCommonRules() {
        JavaClasses unprivileged = Imported.modules(
                Stream.concat(Stream.of(Modules.API, Modules.CLI, Modules.TESTKIT), Modules.ISAS.stream())
                        .toArray(String[]::new));
        return Stream.of(
                rule("restricted methods", Layering.NO_RESTRICTED_CALLS, unprivileged),
                rule("JVM internals", Layering.NO_JVM_INTERNALS, LIBRARY),
                rule(
                        "network, reflection, processes, serialization, temporary files",
                        Layering.NO_OTHER_MACHINERY,
                        LIBRARY),
                rule("levels of inheritance", Layering.FEW_LEVELS, MADE_OF_PARTS),
                rule("JVM accesses on devices", Layering.NO_JVM_ACCESSES_ON_DEVICES, LIBRARY),
                rule(
                        "standard streams",
                        Layering.NO_STANDARD_STREAMS,
                        LIBRARY.that(resideOutsideOfPackage("org.hostmem.cli.."))),
                rule("context class loader", Layering.NO_CONTEXT_CLASS_LOADER, LIBRARY),
                rule("providers", Layering.PROVIDERS_ARE_FINAL, LIBRARY),
                rule("cycles", Layering.NO_PACKAGE_CYCLES, LIBRARY),
                rule(
                        "null",
                        Layering.PACKAGES_SAY_WHAT_MAY_BE_NULL,
                        Imported.modules(Modules.ALL.toArray(String[]::new))),
                rule("users and authors", Layering.USERS_WORDS_KNOW_NO_AUTHORS, LIBRARY),
                rule("the engine and the bus", Layering.ENGINE_KNOWS_NO_BUS, LIBRARY),
                rule("the engine is hidden", Layering.NOBODY_SEES_THE_ENGINE, LIBRARY),
                rule("the SPI is hidden from users", Layering.USERS_SEE_NO_SPI, LIBRARY));
    }

    private static DynamicTest rule(String name, ArchRule rule, JavaClasses classes) {
        return dynamicTest(name, () -> rule.check(classes));
    }

    @TestFactory
    Stream<DynamicTest> enoughClassesWereSeen() {
        return Modules.LIBRARY.stream()
                .map(name -> dynamicTest(
                        name,
                        () -> assertThat(Imported.modules(name).size())
                                .isGreaterThanOrEqualTo(FLOORS.getOrDefault(name, 2))));
    }

    @Test
    void everyListedExemptionIsStillNeeded() {
        String violations = Layering.noJvmAccesses(Set.of())
                .evaluate(LIBRARY)
                .getFailureReport()
                .toString();
        assertThat(Layering.JVM_ACCESSES.keySet())
                .allSatisfy(name -> assertThat(violations)
                        .as("%s needs its exemption no more", name)
                        .contains(name));
    }

    @Test
    void everyClassThatMayUseOtherMachineryDoes() {
        String violations = Layering.noOtherMachinery(Set.of())
                .evaluate(LIBRARY)
                .getFailureReport()
                .toString();
        assertThat(Layering.MACHINERY.keySet())
                .allSatisfy(name -> assertThat(violations)
                        .as("%s needs its exemption no more", name)
                        .contains(name));
    }

    @Test
    void everyListedClassHasMoreLevels() {
        String violations = Layering.fewLevels(Set.of())
                .evaluate(MADE_OF_PARTS)
                .getFailureReport()
                .toString();
        assertThat(Layering.DEEPER.keySet())
                .allSatisfy(name -> assertThat(violations)
                        .as("%s needs its exemption no more", name)
                        .contains("." + name + " has 3 levels"));
    }

    @TestFactory
    Stream<DynamicTest> everyRuleBites() {
        return Stream.of(
                bites(Layering.API_DEPENDS_ON_JAVA_ONLY, "Pdp11", Offenders.KnowsAnArchitecture.class),
                bites(Layering.API_DEPENDS_ON_JAVA_ONLY, "org.junit", Offenders.KnowsATestLibrary.class),
                bites(Layering.ARCH_GENERIC_DEPENDS_ON_API_ONLY, "Pdp11", Offenders.KnowsAnArchitecture.class),
                bites(
                        Layering.archDependsOnGenericOnly("org.hostmem.arch.x86_64"),
                        "Pdp11",
                        Offenders.KnowsAnArchitecture.class),
                bites(Layering.VFIO_DEPENDS_ON_API_ONLY, "Pdp11", Offenders.KnowsAnArchitecture.class),
                bites(Layering.CLI_USES_WHAT_VFIO_EXPORTS, "Pdp11", Offenders.KnowsAnArchitecture.class),
                bites(Layering.NO_RESTRICTED_CALLS, "reinterpret", Offenders.CallsRestricted.class),
                bites(Layering.NO_RESTRICTED_CALLS, "reinterpret", Offenders.RefersToRestricted.class),
                bites(Layering.NO_JVM_INTERNALS, "com.sun.management", Offenders.UsesJvmInternals.class),
                bites(Layering.NO_OTHER_MACHINERY, "java.net.Socket", Offenders.Connects.class),
                bites(Layering.NO_OTHER_MACHINERY, "java.lang.ProcessBuilder", Offenders.StartsPrograms.class),
                bites(Layering.NO_OTHER_MACHINERY, "java.io.ObjectInputStream", Offenders.ReadsObjects.class),
                bites(Layering.NO_OTHER_MACHINERY, "createTempFile", Offenders.MakesTemporaryFiles.class),
                bites(Layering.FEW_LEVELS, "ThirdLevel has 3 levels", Offenders.ThirdLevel.class),
                bites(Layering.NO_JVM_ACCESSES_ON_DEVICES, "copy", Offenders.CopiesSegments.class),
                bites(Layering.NO_JVM_ACCESSES_ON_DEVICES, "fill", Offenders.FillsSegments.class),
                bites(Layering.NO_JVM_ACCESSES_ON_DEVICES, "set", Offenders.StoresPlainly.class),
                bites(Layering.NO_JVM_ACCESSES_ON_DEVICES, "VarHandle.set", Offenders.StoresThroughHandle.class),
                bites(Layering.NO_STANDARD_STREAMS, "System.out", Offenders.Prints.class),
                bites(
                        Layering.NO_CONTEXT_CLASS_LOADER,
                        "getContextClassLoader",
                        Offenders.AsksForTheContextClassLoader.class),
                bites(Layering.PROVIDERS_ARE_FINAL, "FINAL", Offenders.NotConstructible.class),
                bites(Layering.PROVIDERS_ARE_FINAL, "no public constructor", Offenders.NotConstructible.class),
                bites(
                        Layering.rooms(
                                "org.hostmem.integration.layering.offenders.rooms",
                                Map.of("low", Set.of(), "high", Set.of("low"))),
                        "High",
                        Low.class,
                        High.class),
                bites(
                        Layering.namesAreUniqueIn(Set.of(
                                org.hostmem.integration.layering.offenders.twins.a.Twin.class.getPackageName(),
                                Twin.class.getPackageName())),
                        "one of 2 of that name",
                        org.hostmem.integration.layering.offenders.twins.a.Twin.class,
                        Twin.class),
                bites(Layering.PACKAGES_SAY_WHAT_MAY_BE_NULL, "is not null-marked", A.class),
                bites(Layering.packagesHaveAtMost(0, 0), "1 files", A.class),
                bites(Layering.NO_PACKAGE_CYCLES, "Cycle detected", A.class, B.class));
    }

    private static DynamicTest bites(ArchRule rule, String named, Class<?>... offenders) {
        return dynamicTest(offenders[0].getSimpleName() + ": " + named, () -> {
            JavaClasses classes = Imported.offenders(offenders);
            assertThat(classes).as("the offender was imported").hasSize(offenders.length);
            assertThat(rule.evaluate(classes).getFailureReport().toString()).contains(named);
        });
    }

    /** What javac cannot make here: a class that names the JVM's own, or is in a package of another module. */
    @TestFactory
    Stream<DynamicTest> everyRuleBitesAClassMadeByHand(@TempDir Path directory) {
        String pool = "org.hostmem.engine.Pool";
        String region = "org.hostmem.spi.MappedRegion";
        return Stream.of(
                bites(directory, Layering.NO_JVM_INTERNALS, "UsesUnsafe", "sun.misc.Unsafe"),
                bites(directory, Layering.USERS_WORDS_KNOW_NO_AUTHORS, "org.hostmem.KnowsTheSpi", region),
                bites(
                        directory,
                        Layering.ENGINE_KNOWS_NO_BUS,
                        "org.hostmem.engine.KnowsTheBus",
                        "org.hostmem.guest.AddressSpace"),
                bites(directory, Layering.NOBODY_SEES_THE_ENGINE, "org.hostmem.ShowsTheEngine", pool),
                bites(directory, Layering.NOBODY_SEES_THE_ENGINE, "org.hostmem.guest.ShowsTheEngine", pool),
                bites(directory, Layering.NOBODY_SEES_THE_ENGINE, "org.hostmem.spi.ShowsTheEngine", pool),
                bites(directory, Layering.USERS_SEE_NO_SPI, "org.hostmem.guest.ShowsTheSpi", region));
    }

    /** The offender is a public class with a public field of the type. */
    private static DynamicTest bites(Path directory, ArchRule rule, String offender, String type) {
        return dynamicTest(offender + ": " + type, () -> {
            Path file = directory.resolve(offender + ".class");
            Files.write(
                    file,
                    ClassFile.of()
                            .build(
                                    ClassDesc.of(offender),
                                    c -> c.withFlags(ClassFile.ACC_PUBLIC)
                                            .withField("shown", ClassDesc.of(type), ClassFile.ACC_PUBLIC)));
            assertThat(rule.evaluate(new ClassFileImporter().importPath(file))
                            .getFailureReport()
                            .toString())
                    .contains(type);
        });
    }

    @Test
    void harmlessClassesPass() {
        JavaClasses harmless = Imported.offenders(Offenders.Harmless.class);
        for (ArchRule rule : List.of(
                Layering.NO_RESTRICTED_CALLS,
                Layering.NO_JVM_INTERNALS,
                Layering.NO_OTHER_MACHINERY,
                Layering.FEW_LEVELS,
                Layering.NO_JVM_ACCESSES_ON_DEVICES,
                Layering.NO_STANDARD_STREAMS,
                Layering.NO_CONTEXT_CLASS_LOADER)) {
            assertThatCode(() -> rule.check(harmless)).doesNotThrowAnyException();
        }
    }

    /** At run time. */
    private static String requires(String module) {
        return Modules.descriptor(module).requires().stream()
                .filter(one -> !one.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC))
                .map(ModuleDescriptor.Requires::name)
                .sorted()
                .collect(Collectors.joining(" "));
    }
}
