package org.hostmem.integration;

import java.io.File;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The real modules of this project, as this test run has them: directories of classes in a build, jars elsewhere.
 * Surefire puts what the testkit requires, and every provider, on the module path, and the rest (vfio, the command
 * line) on the class path; a module can be read there too.
 */
public final class Modules {

    /** The words. */
    public static final String API = "org.hostmem.api";
    /** The machinery. */
    public static final String GENERIC = "org.hostmem.arch.generic";
    /** The contract. */
    public static final String TESTKIT = "org.hostmem.testkit";
    /** One for each ISA. */
    public static final List<String> ISAS = List.of(
            "org.hostmem.arch.x86_64",
            "org.hostmem.arch.aarch64",
            "org.hostmem.arch.ppc64",
            "org.hostmem.arch.riscv64");
    /** Those with a provider. */
    public static final List<String> PROVIDERS = plus(ISAS, GENERIC);
    /** Devices. */
    public static final String VFIO = "org.hostmem.vfio";
    /** The command line, and the exhibits. */
    public static final String CLI = "org.hostmem.cli";
    /** All but the testkit. */
    public static final List<String> LIBRARY = plus(plus(plus(PROVIDERS, API), VFIO), CLI);
    /** All. */
    public static final List<String> ALL = plus(LIBRARY, TESTKIT);

    private Modules() {}

    private static List<String> plus(List<String> some, String one) {
        return Stream.concat(some.stream(), Stream.of(one)).toList();
    }

    /** {@return the module that this run has} */
    public static ModuleReference find(String name) {
        return ModuleLayer.boot()
                .configuration()
                .findModule(name)
                .map(ResolvedModule::reference)
                .or(() -> onTheClassPath(name))
                .orElseThrow(() ->
                        new AssertionError(name + " is neither among the resolved modules nor on the class path"));
    }

    private static Optional<ModuleReference> onTheClassPath(String name) {
        for (Path entry : Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .toList()) {
            if (Files.exists(entry.resolve("module-info.class"))
                    || entry.toString().endsWith(".jar") && entry.toString().contains("hostmem")) {
                Optional<ModuleReference> found = ModuleFinder.of(entry).find(name);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** {@return what a module says of itself} */
    public static ModuleDescriptor descriptor(String name) {
        return find(name).descriptor();
    }

    /** {@return where the classes of a module lie} */
    public static Path location(String name) {
        URI location = find(name).location().orElseThrow();
        return Path.of(location);
    }
}
