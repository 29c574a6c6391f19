package org.hostmem.integration.layering;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.ObjectInputStream;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.spi.HostMemoryProvider;

/**
 * The arrows of the design as rules. Each is applied to the classes of whole modules, so that it holds for every
 * package that will ever be in them.
 */
final class Layering {

    /** For compilers and readers; at run time nobody needs them. */
    private static final String ANNOTATIONS = "org.jspecify.annotations";

    private static final String USERS = "org.hostmem";
    private static final String AUTHORS = "org.hostmem.spi";
    private static final String ENGINE = "org.hostmem.engine";

    private static final String RESTRICTED = "jdk.internal.javac.Restricted";
    private static final Set<String> SEGMENT_ACCESSES =
            Set.of("copy", "copyFrom", "fill", "mismatch", "set", "setAtIndex", "asByteBuffer");
    private static final Set<String> HANDLE_ACCESSES = Set.of(
            "get",
            "set",
            "setOpaque",
            "setRelease",
            "setVolatile",
            "compareAndSet",
            "compareAndExchange",
            "getAndSet",
            "getAndAdd",
            "weakCompareAndSetPlain",
            "getAndBitwiseOr",
            "getAndBitwiseAnd",
            "getAndBitwiseXor");

    /** Who may move bytes by the JVM's own means, and why that cannot go wrong there. */
    static final Map<String, String> JVM_ACCESSES = Map.ofEntries(
            Map.entry("org.hostmem.engine.Mover", "copies between its own buffers: private RAM"),
            Map.entry("org.hostmem.guest.CrossingScalar", "the RAM side of a scalar that lies across mappings"),
            Map.entry(
                    "org.hostmem.arch.generic.Code", "reads and writes its own fault table and arguments: private RAM"),
            Map.entry(
                    "org.hostmem.arch.generic.Instructions", "fills a block of RAM of its own, the pattern of a fill"),
            Map.entry(
                    "org.hostmem.arch.generic.JavaAtomics", "NORMAL memory only: devices are refused before it exists"),
            Map.entry(
                    "org.hostmem.arch.generic.PureJava",
                    "the fallback itself: each plain store stands between fences, where C2 can neither merge nor drop"
                            + " it"),
            Map.entry("org.hostmem.arch.generic.Libc", "reads errno out of its own segment"),
            Map.entry("org.hostmem.arch.generic.NormalAccessor", "NORMAL memory only"),
            Map.entry("org.hostmem.guest.CpuBus", "permanent NORMAL memory only"),
            Map.entry(
                    "org.hostmem.arch.generic.JavaCopies",
                    "NORMAL memory only, permanent, and where nobody looks until it is over"),
            Map.entry("org.hostmem.engine.FirstUse", "fills and copies a few bytes of its own, so that the JVM can"),
            Map.entry("org.hostmem.engine.RamSide", "the RAM side of a transfer"),
            Map.entry("org.hostmem.vfio.kernel.Adoption", "arguments of an ioctl: private RAM"),
            Map.entry("org.hostmem.vfio.socket.DescriptorSocket", "arguments of socket calls: private RAM"),
            Map.entry(
                    "org.hostmem.vfio.embedded.EmbeddedDeviceFile",
                    "buffers of a pwrite, and of reads that it answers itself: private RAM"),
            Map.entry("org.hostmem.vfio.linux.EventFd", "arguments of poll: private RAM"),
            Map.entry("org.hostmem.vfio.kernel.IoasSpace", "arguments of an ioctl: private RAM"),
            Map.entry("org.hostmem.vfio.kernel.SpaprSpace", "arguments of an ioctl: private RAM"),
            Map.entry("org.hostmem.vfio.kernel.Type1Space", "arguments of an ioctl: private RAM"),
            Map.entry("org.hostmem.vfio.device.Registers", "the buffer of a pread: private RAM"),
            Map.entry("org.hostmem.vfio.kernel.GroupOpener", "arguments of an ioctl: private RAM"),
            Map.entry("org.hostmem.vfio.kernel.KernelDeviceFile", "arguments of an ioctl: private RAM"),
            Map.entry("org.hostmem.vfio.linux.Linux", "the name that a call is given: private RAM"),
            Map.entry("org.hostmem.vfio.access.SystemCallAccessor", "buffers of pread and pwrite: private RAM"),
            Map.entry("org.hostmem.vfio.socket.UnixSockets", "arguments of socket calls: private RAM"),
            Map.entry("org.hostmem.vfio.device.VfioDevice", "the buffer of a pwrite: private RAM"),
            Map.entry("org.hostmem.vfio.user.VfioUserConnection", "its own messages: private RAM"),
            Map.entry("org.hostmem.vfio.user.VfioUserFile", "payloads of its own messages: private RAM"));

    /** How many classes of ours a class may have from itself up to {@link Object}. */
    private static final int LEVELS = 2;

    /** Which classes have more levels, and why; by name without the package. */
    static final Map<String, String> DEEPER = Map.of(
            "NormalAccessor$Swapped",
            "row P1: a field that tells the byte order takes 3 of the 50 instructions of a scalar",
            "AccessorDecorator$MappedTwin",
            "a decorator of mapped memory, as authors write it: the SPI's base class has two levels",
            "DirtyLog$Marking",
            "as AccessorDecorator$MappedTwin",
            "RomDevice$Rom",
            "as AccessorDecorator$MappedTwin",
            "PhysicalSpace",
            "has the groups that all containers have, and the descriptors that all spaces have",
            "SpaprSpace",
            "as PhysicalSpace",
            "Type1Space",
            "as PhysicalSpace");

    static final ArchRule API_DEPENDS_ON_JAVA_ONLY = mayDependOn("java..", USERS, "org.hostmem.guest", AUTHORS, ENGINE)
            .because("whoever names a region must not pull in an architecture");

    static final ArchRule ARCH_GENERIC_DEPENDS_ON_API_ONLY = mayDependOn(
                    "java..", USERS, AUTHORS, ENGINE, "org.hostmem.arch.generic")
            .because("the machinery serves every ISA and knows none");

    static final ArchRule VFIO_DEPENDS_ON_API_ONLY = mayDependOn(
                    "java..", USERS, AUTHORS, ENGINE, "org.hostmem.vfio..", "com.google.gson..")
            .because("a device must not care for the ISA of the host: providers are found at run time");

    static final ArchRule CLI_USES_WHAT_VFIO_EXPORTS = mayDependOn(
                    "java..",
                    "org.hostmem",
                    "org.hostmem.spi",
                    "org.hostmem.vfio",
                    "org.hostmem.cli..",
                    "picocli..",
                    "com.google.gson..")
            .because("the command line is a user like any other");

    static final ArchRule NO_RESTRICTED_CALLS = classes()
            .should(notAccess(
                    "a restricted method",
                    (access, target) -> target.resolveMember()
                            .map(member -> member.isAnnotatedWith(RESTRICTED))
                            .orElse(false)))
            .because("native access is to be enabled for org.hostmem.arch.generic and org.hostmem.vfio, and for no"
                    + " other module");

    static final ArchRule NO_JVM_INTERNALS = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("sun..", "jdk.internal..", "com.sun..")
            .because("sun.misc.Unsafe and the like go away, and a user would need flags to let us in");

    /** Classes that may, and why. */
    static final Map<String, String> MACHINERY = Map.of(
            "org.hostmem.spi.Gaps",
            "compares the class of a provider with its base classes; no input reaches it",
            "org.hostmem.cli.Assembler",
            "starts the assembler that its user names, for authors of listings");

    static final ArchRule NO_OTHER_MACHINERY = noOtherMachinery(MACHINERY.keySet());

    static final ArchRule NO_JVM_ACCESSES_ON_DEVICES = noJvmAccesses(JVM_ACCESSES.keySet());

    static final ArchRule FEW_LEVELS = fewLevels(DEEPER.keySet());

    static final ArchRule NO_STANDARD_STREAMS = GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.because(
            "a library has exceptions and results to speak with; standard output belongs to the command line");

    static final ArchRule NO_CONTEXT_CLASS_LOADER = classes()
            .should(notAccess(
                    "the context class loader",
                    (access, target) -> target.getOwner().isEquivalentTo(Thread.class)
                            && target.getName().equals("getContextClassLoader")))
            .because("what it sees depends on who calls: a caller passes a ServiceLoader instead");

    static final ArchRule PROVIDERS_ARE_FINAL = classes()
            .that()
            .implement(HostMemoryProvider.class)
            .and()
            .doNotHaveModifier(JavaModifier.ABSTRACT)
            .should()
            .haveModifier(JavaModifier.FINAL)
            .andShould()
            .bePublic()
            .andShould(havePublicConstructorWithoutParameters())
            .because("ServiceLoader has to construct them");

    static final ArchRule NO_PACKAGE_CYCLES = slices().assignedFrom(new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                    return javaClass.getPackageName().startsWith("org.hostmem")
                            ? SliceIdentifier.of(slice(javaClass))
                            : SliceIdentifier.ignore();
                }

                @Override
                public String getDescription() {
                    return "packages";
                }
            })
            .should()
            .beFreeOfCycles()
            .ignoreDependency(resideInAnyPackage(USERS, AUTHORS), resideInAPackage(ENGINE))
            .because("the words and the SPI call the engine, and the engine speaks in their words: no other arrow goes"
                    + " both ways");

    static final ArchRule USERS_WORDS_KNOW_NO_AUTHORS = classes()
            .that()
            .resideInAPackage(USERS)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", USERS, ENGINE, ANNOTATIONS)
            .because("whoever uses memory implements nothing");

    static final ArchRule ENGINE_KNOWS_NO_BUS = classes()
            .that()
            .resideInAPackage(ENGINE)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", USERS, AUTHORS, ENGINE, ANNOTATIONS)
            .because("the bus is a client of the engine");

    static final ArchRule NOBODY_SEES_THE_ENGINE = classes()
            .that()
            .resideInAnyPackage(USERS, "org.hostmem.guest", AUTHORS)
            .should(notShow(ENGINE))
            .because("it is exported to the modules of this tree only");

    static final ArchRule USERS_SEE_NO_SPI = classes()
            .that()
            .resideInAnyPackage(USERS, "org.hostmem.guest")
            .should(notShow(AUTHORS))
            .because("whoever uses memory never imports it");

    /** What each package of vfio may know, beside the words of {@code org.hostmem.vfio} and itself. */
    static final Map<String, Set<String>> VFIO_ROOMS = Map.ofEntries(
            Map.entry("linux", Set.of()),
            Map.entry("pci", Set.of()),
            Map.entry("socket", Set.of("linux")),
            Map.entry("dma", Set.of("linux", "pci")),
            Map.entry("region", Set.of("linux", "pci", "dma")),
            Map.entry("access", Set.of("linux", "region")),
            Map.entry("device", Set.of("linux", "pci", "dma", "region", "access")),
            Map.entry("file", Set.of("linux", "pci", "region")),
            Map.entry("embedded", Set.of("linux", "region")),
            Map.entry("user", Set.of("linux", "socket", "region", "device")),
            Map.entry("kernel", Set.of("linux", "pci", "dma", "region", "device", "file")));

    static final ArchRule VFIO_ROOMS_KNOW_THOSE_BELOW = rooms("org.hostmem.vfio", VFIO_ROOMS);

    /** More files than this are more than one idea. */
    static final int MOST_FILES = 22;

    /** Of the package that users name: every word of theirs, in one place. */
    static final int MOST_FILES_OF_WORDS = 32;

    /**
     * The classes of {@code org.hostmem.vfio} by which a user comes in: they alone know how a device is made. All
     * others of that package are words, which know nobody. So the packages have no cycle but this one, which a user's
     * static method beside its result is worth.
     */
    private static final Set<String> VFIO_DOORS = Set.of(
            "org.hostmem.vfio.Vfio",
            "org.hostmem.vfio.EmbeddedDevice",
            "org.hostmem.vfio.HandOver",
            "org.hostmem.vfio.DmaMemory",
            "org.hostmem.vfio.PageSize");

    private Layering() {}

    private static String slice(JavaClass javaClass) {
        return VFIO_DOORS.contains(outermost(javaClass).getName())
                ? javaClass.getPackageName() + ": doors"
                : javaClass.getPackageName();
    }

    /** Packages below one know those that are named for them, and the words in the one itself. */
    static ArchRule rooms(String root, Map<String, Set<String>> rooms) {
        return classes()
                .that(DescribedPredicate.describe(
                        "are in " + root + " and no door",
                        c -> c.getPackageName().startsWith(root)
                                && !VFIO_DOORS.contains(outermost(c).getName())))
                .should(new ArchCondition<>("know only the rooms that are named for theirs") {
                    @Override
                    public void check(JavaClass javaClass, ConditionEvents events) {
                        String room = room(root, javaClass);
                        javaClass.getDirectDependenciesFromSelf().forEach(dependency -> {
                            JavaClass target = dependency.getTargetClass();
                            boolean door = VFIO_DOORS.contains(outermost(target).getName());
                            String other = room(root, target);
                            if (door
                                    || target.getPackageName().startsWith(root)
                                            && !other.isEmpty()
                                            && !other.equals(room)
                                            && !rooms.getOrDefault(room, Set.of())
                                                    .contains(other)) {
                                events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                            }
                        });
                    }
                })
                .because("each package is one idea, and the arrows between them are drawn here");
    }

    private static String room(String root, JavaClass javaClass) {
        String name = javaClass.getPackageName();
        return name.startsWith(root + ".") ? name.substring(root.length() + 1) : "";
    }

    static final ArchRule PACKAGES_SAY_WHAT_MAY_BE_NULL = classes()
            .should(new ArchCondition<>("be in a package that is null-marked") {
                @Override
                public void check(JavaClass javaClass, ConditionEvents events) {
                    if (!javaClass.getPackage().isAnnotatedWith(ANNOTATIONS + ".NullMarked")) {
                        events.add(SimpleConditionEvent.violated(
                                javaClass, javaClass.getPackageName() + " is not null-marked"));
                    }
                }
            })
            .because("whatever may be null is said where it is declared, and NullAway holds the rest to it");

    /** A reader, and an import, must know which type a simple name means. */
    static ArchRule namesAreUniqueIn(Set<String> packages) {
        return classes()
                .should(new ArchCondition<>("have a simple name of their own") {
                    private Map<String, List<JavaClass>> byName = Map.of();

                    @Override
                    public void init(Collection<JavaClass> all) {
                        byName = all.stream()
                                .filter(c -> packages.contains(c.getPackageName()) && isSeen(c))
                                .collect(Collectors.groupingBy(JavaClass::getSimpleName));
                    }

                    @Override
                    public void check(JavaClass javaClass, ConditionEvents events) {
                        List<JavaClass> same = byName.getOrDefault(javaClass.getSimpleName(), List.of());
                        if (same.size() > 1 && same.contains(javaClass)) {
                            events.add(SimpleConditionEvent.violated(
                                    javaClass, javaClass.getName() + " is one of " + same.size() + " of that name"));
                        }
                    }
                })
                .because("a simple name means one type");
    }

    /** Of vfio's packages: the one that is exported holds words, the others an idea each. */
    static ArchRule packagesHaveAtMost(int most, int mostOfWords) {
        return classes()
                .should(new ArchCondition<>("be in a package of at most " + most + " files") {
                    @Override
                    public void check(JavaClass javaClass, ConditionEvents events) {
                        long files = javaClass.getPackage().getClasses().stream()
                                .filter(c -> !c.isArray() && !c.getName().contains("$"))
                                .filter(c -> !c.getSimpleName().equals("package-info"))
                                .count();
                        int allowed = javaClass.getPackageName().equals("org.hostmem.vfio") ? mostOfWords : most;
                        if (files > allowed) {
                            events.add(SimpleConditionEvent.violated(
                                    javaClass, javaClass.getPackageName() + " has " + files + " files"));
                        }
                    }
                })
                .because("a package is one idea");
    }

    /** An ISA's module: on the api, on arch-generic and on itself, never on another ISA. */
    static ArchRule archDependsOnGenericOnly(String itself) {
        return mayDependOn("java..", USERS, AUTHORS, "org.hostmem.arch.generic", itself)
                .because("an ISA is one module, to be added or left out alone");
    }

    static ArchRule noJvmAccesses(Set<String> exempt) {
        return classes()
                .that(DescribedPredicate.describe(
                        "are not listed with a reason",
                        c -> !exempt.contains(outermost(c).getName())))
                .should(notAccess(
                        "memory by MemorySegment or VarHandle",
                        (access, target) -> target.getOwner().isEquivalentTo(MemorySegment.class)
                                        && SEGMENT_ACCESSES.contains(target.getName())
                                || target.getOwner().isEquivalentTo(VarHandle.class)
                                        && HANDLE_ACCESSES.contains(target.getName())))
                .because("the JVM splits, merges, repeats and drops such accesses: on device memory they are wrong in"
                        + " one tier or another");
    }

    static ArchRule noOtherMachinery(Set<String> exempt) {
        return noClasses()
                .that(DescribedPredicate.describe(
                        "are not listed with a reason",
                        c -> !exempt.contains(outermost(c).getName())))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.net..", "java.lang.reflect..", "java.rmi..", "javax..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(ObjectInputStream.class, Process.class, ProcessBuilder.class)
                .orShould()
                .callMethodWhere(DescribedPredicate.describe(
                        "a temporary file is made, or a program started",
                        call -> call.getTarget().getName().startsWith("createTemp")
                                || call.getTargetOwner().isEquivalentTo(Runtime.class)
                                        && call.getName().equals("exec")))
                .because("input reaches no network, no reflection, no other program, no object stream and no temporary"
                        + " file");
    }

    static ArchRule fewLevels(Set<String> exempt) {
        return classes()
                .that(DescribedPredicate.describe(
                        "are no exceptions and are not listed with a reason",
                        c -> !c.isAssignableTo(Throwable.class)
                                && !exempt.contains(
                                        c.getName().substring(c.getPackageName().length() + 1))))
                .should(haveFewLevels())
                .because("a class that has its parts can be read alone; one that inherits them cannot");
    }

    /** No public or protected signature has a type of the package. */
    private static ArchCondition<JavaClass> notShow(String hidden) {
        return new ArchCondition<>("not show types of " + hidden) {
            @Override
            public void check(JavaClass javaClass, ConditionEvents events) {
                if (isSeen(javaClass)) {
                    shown(javaClass)
                            .filter(type ->
                                    type.getBaseComponentType().getPackageName().equals(hidden))
                            .forEach(type -> events.add(SimpleConditionEvent.violated(
                                    javaClass, javaClass.getName() + " shows " + type.getName())));
                }
            }
        };
    }

    private static Stream<JavaClass> shown(JavaClass javaClass) {
        Stream<JavaClass> parents =
                Stream.concat(javaClass.getRawInterfaces().stream(), javaClass.getRawSuperclass().stream());
        return Stream.concat(
                parents,
                javaClass.getMembers().stream()
                        .filter(member -> isOpen(member.getModifiers()))
                        .flatMap(member -> member.getAllInvolvedRawTypes().stream()));
    }

    private static boolean isSeen(JavaClass javaClass) {
        return isOpen(javaClass.getModifiers())
                && javaClass.getEnclosingClass().map(Layering::isSeen).orElse(true);
    }

    private static boolean isOpen(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static ArchRule mayDependOn(String... packages) {
        return classes().should().onlyDependOnClassesThat().resideInAnyPackage(with(ANNOTATIONS, packages));
    }

    private static String[] with(String one, String... others) {
        return Stream.concat(Stream.of(one), Arrays.stream(others)).toArray(String[]::new);
    }

    private static JavaClass outermost(JavaClass javaClass) {
        return javaClass.getEnclosingClass().map(Layering::outermost).orElse(javaClass);
    }

    private static ArchCondition<JavaClass> notAccess(
            String what, BiPredicate<JavaAccess<?>, CodeUnitAccessTarget> forbidden) {
        return new ArchCondition<>("not access " + what) {
            @Override
            public void check(JavaClass javaClass, ConditionEvents events) {
                for (JavaAccess<?> access : javaClass.getAccessesFromSelf()) { // method references too
                    if (access.getTarget() instanceof CodeUnitAccessTarget target && forbidden.test(access, target)) {
                        events.add(SimpleConditionEvent.violated(access, access.getDescription()));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaClass> haveFewLevels() {
        return new ArchCondition<>("have at most " + LEVELS + " levels of inheritance") {
            @Override
            public void check(JavaClass javaClass, ConditionEvents events) {
                long levels = javaClass.getAllClassesSelfIsAssignableTo().stream()
                        .filter(c -> !c.isInterface() && c.getPackageName().startsWith("org.hostmem"))
                        .count();
                events.add(new SimpleConditionEvent(
                        javaClass, levels <= LEVELS, javaClass.getName() + " has " + levels + " levels"));
            }
        };
    }

    private static ArchCondition<JavaClass> havePublicConstructorWithoutParameters() {
        return new ArchCondition<>("have a public constructor without parameters") {
            @Override
            public void check(JavaClass javaClass, ConditionEvents events) {
                boolean has = javaClass
                        .tryGetConstructor()
                        .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaConstructor::getFullName)
                        .isPresent();
                events.add(new SimpleConditionEvent(
                        javaClass,
                        has,
                        javaClass.getName() + (has ? " has one" : " has no public constructor without parameters")));
            }
        };
    }
}
