package org.hostmem.integration.layering;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.integration.Modules;

/**
 * Classes as ArchUnit sees them, read from where the modules really lie. One import serves all rules, for most of its
 * time goes into the JDK's classes.
 */
final class Imported {

    private static final URI TESTS = testClasses();
    private static final JavaClasses ALL = new ClassFileImporter()
            .importLocations(
                    Stream.concat(Modules.ALL.stream().map(Modules::location).map(Imported::uri), Stream.of(TESTS))
                            .map(Location::of)
                            .toList());

    private Imported() {}

    private static URI uri(Path location) {
        return location.toString().endsWith(".jar") ? URI.create("jar:" + location.toUri() + "!/") : location.toUri();
    }

    private static URI testClasses() {
        String self = Imported.class.getName().replace('.', '/') + ".class";
        String uri = Imported.class.getResource("/" + self).toString();
        return URI.create(uri.substring(0, uri.length() - self.length()));
    }

    static JavaClasses modules(String... names) {
        List<String> roots =
                Arrays.stream(names).map(Modules::location).map(Imported::root).toList();
        return ALL.that(DescribedPredicate.describe(
                "in " + Arrays.toString(names), c -> roots.stream().anyMatch(source(c)::startsWith)));
    }

    /** Without the slash at its end that only a directory has. */
    private static String root(Path location) {
        return location.toUri().getPath().replaceAll("/$", "")
                + (location.toString().endsWith(".jar") ? "!" : "/");
    }

    private static String source(JavaClass javaClass) {
        String uri =
                javaClass.getSource().map(Source::getUri).map(URI::toString).orElse("");
        return uri.replaceAll("^(jar:)?file:(//)?", "");
    }

    /** Only the given classes of the tests. */
    static JavaClasses offenders(Class<?>... offenders) {
        Set<String> names = Arrays.stream(offenders).map(Class::getName).collect(Collectors.toSet());
        return ALL.that(DescribedPredicate.describe("offenders", c -> names.contains(c.getName())));
    }
}
