package org.hostmem.integration;

import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The real modules of this project, as they were resolved for this test run: directories of classes in a build, jars elsewhere. */
public final class Modules {

    /** The words. */
    public static final String API = "org.hostmem.api";
    /** The machinery. */
    public static final String GENERIC = "org.hostmem.arch.generic";
    /** The contract. */
    public static final String TESTKIT = "org.hostmem.testkit";
    /** One for each ISA. */
    public static final List<String> ISAS = List.of("org.hostmem.arch.x86_64", "org.hostmem.arch.aarch64", "org.hostmem.arch.ppc64", "org.hostmem.arch.riscv64");
    /** Those with a provider. */
    public static final List<String> PROVIDERS = plus(ISAS, GENERIC);
    /** All but the testkit. */
    public static final List<String> LIBRARY = plus(PROVIDERS, API);
    /** All. */
    public static final List<String> ALL = plus(LIBRARY, TESTKIT);

    private Modules() {
    }

    private static List<String> plus(List<String> some, String one) {
        return Stream.concat(some.stream(), Stream.of(one)).toList();
    }

    /** {@return the module that this run resolved} */
    public static ModuleReference find(String name) {
        return ModuleLayer.boot().configuration().findModule(name).map(ResolvedModule::reference)
                .orElseThrow(() -> new AssertionError("the tests must run on the module path, with " + name + " on it"));
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
