package org.hostmem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodModel;
import java.lang.foreign.Arena;
import java.lang.reflect.AccessFlag;
import java.net.URL;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.NoProviderException;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.fakes.Fakes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProviderSelectionTest {

    private static final Host HOST = Host.of("Linux", "pdp11", ByteOrder.LITTLE_ENDIAN);
    private static final RegionCapabilities REGION =
            RegionCapabilities.whole(4096, CacheMode.DEVICE, CacheModeSource.REPORTED);

    @TempDir
    private Path directory;

    /**
     * A class path with the fakes on it, in the unnamed module of its own loader, and with the service files that a
     * test writes.
     */
    private static final class Loader extends ClassLoader {
        private final List<URL> services;
        private final Set<String> missing;

        Loader(List<URL> services, Set<String> missing) {
            super(ProviderSelectionTest.class.getClassLoader());
            this.services = services;
            this.missing = missing;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null
                        ? loaded
                        : name.startsWith("org.hostmem.spi.fakes.") ? define(name) : super.loadClass(name, resolve);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream in =
                    ProviderSelectionTest.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = without(in.readAllBytes());
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        /** As if the class had been compiled before its base classes wanted these methods. */
        private byte[] without(byte[] bytes) {
            ClassFile format = ClassFile.of();
            return format.transformClass(
                    format.parse(bytes),
                    ClassTransform.dropping(element -> element instanceof MethodModel method
                            && !method.flags().has(AccessFlag.ABSTRACT)
                            && missing.contains(method.methodName().stringValue())));
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            return name.endsWith(HostMemoryProvider.class.getName())
                    ? Collections.enumeration(services)
                    : super.getResources(name);
        }
    }

    @AfterEach
    void clearProperties() {
        System.clearProperty(ProviderSelection.PROVIDER_PROPERTY);
        System.clearProperty(ProviderSelection.EXCLUDED_PROPERTY);
    }

    /** One service file for each text. */
    private ProviderSelection files(String... texts) throws IOException {
        return files(Set.of(), texts);
    }

    private ProviderSelection files(Set<String> missing, String... texts) throws IOException {
        List<URL> services = new ArrayList<>();
        for (String text : texts) {
            Path file = directory.resolve("services" + services.size());
            Files.writeString(file, text, StandardCharsets.UTF_8);
            services.add(file.toUri().toURL());
        }
        return ProviderSelection.load(ServiceLoader.load(HostMemoryProvider.class, new Loader(services, missing)));
    }

    private ProviderSelection of(Class<?>... providers) throws IOException {
        return files(Stream.of(providers).map(Class::getName).collect(Collectors.joining("\n")));
    }

    private static String chosen(ProviderSelection selection) {
        return selection.select(HOST, REGION).name();
    }

    @Test
    void thePriorityDecides() throws IOException {
        assertThat(chosen(of(Fakes.Low.class, Fakes.High.class))).isEqualTo("high");
        assertThat(chosen(of(Fakes.High.class, Fakes.Low.class))).isEqualTo("high");
    }

    @Test
    void aTieIsAnErrorThatNamesTheTied() throws IOException {
        ProviderSelection tied = of(Fakes.High.class, Fakes.Low.class, Fakes.HighToo.class);
        assertThat(tied.explain(HOST, REGION).chosen()).isEmpty();
        assertThatExceptionOfType(NoProviderException.class)
                .isThrownBy(() -> tied.select(HOST, REGION))
                .withMessageContaining("high ")
                .withMessageContaining("high-too")
                .withMessageContaining("priority 100")
                .withMessageContaining(ProviderSelection.PROVIDER_PROPERTY);
    }

    @Test
    void aTieBelowTheTopIsNone() throws IOException {
        System.setProperty(ProviderSelection.EXCLUDED_PROPERTY, "high-too");
        assertThat(chosen(of(Fakes.High.class, Fakes.HighToo.class, Fakes.Low.class)))
                .isEqualTo("high");
    }

    @Test
    void aRefusalCarriesItsReason() throws IOException {
        ProviderSelection selection = of(Fakes.Refusing.class, Fakes.Low.class);
        assertThat(chosen(selection)).isEqualTo("low");
        assertThat(selection.explain(HOST, REGION).candidates())
                .extracting(Candidate::name)
                .containsExactly("low", "refusing");
        assertThat(selection.explain(HOST, REGION).candidates().get(1).reason()).isEqualTo("the moon is not full");
    }

    @Test
    void ifNobodyServesTheMessageIsTheWholeStory() throws IOException {
        ProviderSelection selection = of(Fakes.Refusing.class);
        assertThatExceptionOfType(NoProviderException.class)
                .isThrownBy(() -> selection.select(HOST, REGION))
                .withMessageContaining("pdp11")
                .withMessageContaining("refusing")
                .withMessageContaining("the moon is not full")
                .withMessageContaining("Add a module");
    }

    @Test
    void noProviderAtAllIsSaid() throws IOException {
        ProviderSelection none = files("");
        assertThat(none.providers()).isEmpty();
        assertThatExceptionOfType(NoProviderException.class).isThrownBy(() -> none.select(HOST, REGION));
    }

    @Test
    void aPropertyForcesAProvider() throws IOException {
        System.setProperty(ProviderSelection.PROVIDER_PROPERTY, "low");
        ProviderSelection selection = of(Fakes.Low.class, Fakes.High.class);
        assertThat(chosen(selection)).isEqualTo("low");
        assertThat(selection.explain(HOST, REGION).candidates().get(1).reason())
                .contains("-D" + ProviderSelection.PROVIDER_PROPERTY + "=low");
    }

    @Test
    void aForcedProviderMustStillServe() throws IOException {
        System.setProperty(ProviderSelection.PROVIDER_PROPERTY, "refusing");
        ProviderSelection selection = of(Fakes.Low.class, Fakes.Refusing.class);
        assertThatExceptionOfType(NoProviderException.class)
                .isThrownBy(() -> selection.select(HOST, REGION))
                .withMessageContaining("the moon is not full");
    }

    @Test
    void aPropertyExcludesProviders() throws IOException {
        System.setProperty(ProviderSelection.EXCLUDED_PROPERTY, "high,high-too");
        ProviderSelection selection = of(Fakes.Low.class, Fakes.High.class, Fakes.HighToo.class);
        assertThat(chosen(selection)).isEqualTo("low");
        assertThat(selection.explain(HOST, REGION).candidates().get(1).reason())
                .contains("excluded by -D" + ProviderSelection.EXCLUDED_PROPERTY);
    }

    @Test
    void anUnknownNameIsAnErrorThatListsTheKnown() throws IOException {
        ProviderSelection selection = of(Fakes.Low.class, Fakes.High.class);
        for (String property : List.of(ProviderSelection.PROVIDER_PROPERTY, ProviderSelection.EXCLUDED_PROPERTY)) {
            System.setProperty(property, "hihg");
            assertThatExceptionOfType(NoProviderException.class)
                    .isThrownBy(() -> selection.explain(HOST, REGION))
                    .withMessageContaining("-D" + property)
                    .withMessageContaining("hihg")
                    .withMessageContaining("[high, low]");
            System.clearProperty(property);
        }
    }

    @Test
    void anUnknownCpuFeatureIsAnErrorThatListsTheKnown() throws IOException {
        ProviderSelection selection = of(Fakes.Low.class, Fakes.High.class);
        for (String property : List.of(Host.DISABLED_PROPERTY, Host.REQUESTED_PROPERTY)) {
            System.setProperty(property, "avxx");
            try {
                assertThatExceptionOfType(NoProviderException.class)
                        .isThrownBy(() -> selection.explain(HOST, REGION))
                        .withMessageContaining("-D" + property)
                        .withMessageContaining("avxx")
                        .withMessageContaining("[]");
            } finally {
                System.clearProperty(property);
            }
        }
    }

    @Test
    void aBrokenProviderHidesNoGoodOne() throws IOException {
        for (Class<?> broken : List.of(
                Fakes.ConstructorThrows.class,
                Fakes.InitializerThrows.class,
                Fakes.NoConstructor.class,
                Fakes.NoProvider.class,
                Fakes.AssessThrows.class,
                Fakes.NameThrows.class)) {
            ProviderSelection selection = of(Fakes.Low.class, broken, Fakes.High.class);
            assertThat(chosen(selection)).as(broken.getSimpleName()).isEqualTo("high");
            assertThat(selection.explain(HOST, REGION).candidates())
                    .as(broken.getSimpleName())
                    .hasSize(3)
                    .filteredOn(c -> !c.isUsable())
                    .hasSize(1);
        }
    }

    @Test
    void whatIsWrongWithABrokenProviderIsSaid() throws IOException {
        assertThat(reason(of(Fakes.ConstructorThrows.class))).contains("constructor is broken");
        assertThat(reason(of(Fakes.InitializerThrows.class))).contains("no libmoon");
        assertThat(reason(of(Fakes.AssessThrows.class))).contains("assess is broken");
        assertThat(reason(of(Fakes.NameThrows.class))).contains("name is broken");
        assertThat(reason(of(Fakes.NoConstructor.class))).contains("NoConstructor");
        assertThat(reason(of(Fakes.NoProvider.class))).contains("NoProvider");
    }

    private static String reason(ProviderSelection selection) {
        return selection.explain(HOST, REGION).candidates().getFirst().reason();
    }

    @Test
    void aMissingClassHidesNoGoodOne() throws IOException {
        ProviderSelection selection =
                files(Fakes.Low.class.getName() + "\norg.hostmem.spi.fakes.Gone\n" + Fakes.High.class.getName());
        assertThat(chosen(selection)).isEqualTo("high");
        assertThat(selection.explain(HOST, REGION).candidates())
                .anyMatch(c -> c.reason().contains("org.hostmem.spi.fakes.Gone"));
    }

    @Test
    void aBadServiceFileHidesNoOtherFile() throws IOException {
        ProviderSelection selection = files("this is no class name\n", Fakes.High.class.getName());
        assertThat(chosen(selection)).isEqualTo("high");
        assertThat(selection.explain(HOST, REGION).candidates()).anyMatch(c -> !c.isUsable());
    }

    @Test
    void anEndlessRowOfBrokenProvidersEnds() throws IOException {
        ProviderSelection selection = files(Stream.iterate(0, i -> i + 1)
                .limit(500)
                .map(i -> "org.hostmem.spi.fakes.Gone" + i)
                .collect(Collectors.joining("\n")));
        assertThat(selection.explain(HOST, REGION).candidates()).hasSize(100);
    }

    @Test
    void ofTwoProvidersOfOneNameNeitherIsUsedAndBothAreNamed() throws IOException {
        ProviderSelection selection = of(Fakes.Low.class, Fakes.LowAgain.class, Fakes.High.class);
        assertThat(chosen(selection)).isEqualTo("high");
        assertThat(selection.explain(HOST, REGION).candidates())
                .filteredOn(candidate -> !candidate.isUsable())
                .hasSize(2)
                .allSatisfy(candidate -> assertThat(candidate.reason())
                        .contains(Fakes.Low.class.getName(), Fakes.LowAgain.class.getName()));
        System.setProperty(ProviderSelection.PROVIDER_PROPERTY, "low");
        assertThatExceptionOfType(NoProviderException.class)
                .isThrownBy(() -> selection.select(HOST, REGION))
                .withMessageContaining(Fakes.LowAgain.class.getName());
    }

    @Test
    void aProviderThatLacksAMethodOfTheInterfaceOrOfItsBaseClassIsNotUsable() throws IOException {
        for (String method : List.of("features", "wanted")) {
            ProviderSelection selection = files(Set.of(method), Fakes.Old.class.getName());
            assertThat(selection.explain(HOST, REGION).candidates().getFirst().isUsable())
                    .as(method)
                    .isFalse();
            assertThat(reason(selection)).contains("another version", Fakes.Old.class.getName(), method + "()");
        }
        assertThat(chosen(of(Fakes.Old.class))).isEqualTo("old");
    }

    @Test
    void aMisfitThatShowsInOpenIsATypedExceptionThatNamesTheProvider() throws IOException {
        ProviderSelection selection = of(Fakes.OpenMisfits.class);
        MappedRegion region = MappedRegion.borrowed(Arena.global().allocate(4096), REGION, AccessOptions.DEFAULT);
        assertThatExceptionOfType(NoProviderException.class)
                .isThrownBy(() -> selection.open(region))
                .withMessageContaining("open-misfits")
                .withMessageContaining("MappedRegion.moon()")
                .withCauseInstanceOf(NoSuchMethodError.class);
    }

    @Test
    void noAnswerIsARefusal() throws IOException {
        ProviderSelection selection = of(Fakes.NoAnswer.class, Fakes.Low.class);
        assertThat(chosen(selection)).isEqualTo("low");
    }

    @Test
    void anErrorOfTheJvmIsNotSwallowed() {
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> of(Fakes.OutOfMemory.class));
    }
}
