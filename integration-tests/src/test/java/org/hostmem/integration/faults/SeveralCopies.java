package org.hostmem.integration.faults;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * Run in a JVM of its own: loads the library several times over, faults through each, lets one go and sees it unloaded.
 * One argument: classloaders or layers.
 */
public final class SeveralCopies {

    private static final int COPIES = 3;

    private SeveralCopies() {}

    /** What each copy runs. */
    public static final class Faults implements Callable<Boolean> {
        @Override
        public Boolean call() throws Exception {
            var region = TruncatedFile.accessor(TruncatedFile.memory());
            boolean right = true;
            for (int i = 0; i < 200; i++) {
                long at = TruncatedFile.EDGE + 8L * i;
                right &= TruncatedFile.faults(() -> region.readLong(at), at, 0);
                right &= TruncatedFile.faults(
                        () -> region.fill(TruncatedFile.EDGE - 24, 64, (byte) 1), TruncatedFile.EDGE, 24);
                right &= region.readByte(TruncatedFile.EDGE - 24) == 1;
            }
            return right;
        }
    }

    /** Exits with 0 if every copy saw its faults, before and after another one was unloaded, and the JVM its own. */
    public static void main(String[] way) throws Exception {
        List<Callable<Boolean>> copies = new ArrayList<>();
        for (int i = 0; i < COPIES; i++) {
            copies.add(copy(way[0]));
        }
        boolean right = true;
        for (int round = 0; round < 3; round++) {
            for (Callable<Boolean> copy : copies) {
                right &= inAThread(copy);
            }
        }
        System.out.println(right ? "every copy has its faults" : "a copy lost faults");
        WeakReference<ClassLoader> loader =
                new WeakReference<>(copies.remove(1).getClass().getClassLoader());
        for (int tries = 0; tries < 200 && loader.get() != null; tries++) {
            System.gc();
            Thread.sleep(20);
        }
        System.out.println(loader.get() == null ? "one is unloaded" : "one is still there");
        right &= loader.get() == null;
        for (Callable<Boolean> copy : copies) {
            right &= inAThread(copy);
        }
        right &= inAThread(copy(way[0])) && hasNullChecks();
        System.exit(right ? 0 : 1);
    }

    /** A thread's values keep what it used alive, so it ends. */
    private static boolean inAThread(Callable<Boolean> copy) throws InterruptedException {
        boolean[] result = new boolean[1];
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                result[0] = copy.call();
            } catch (Exception e) {
                e.printStackTrace();
            }
        });
        thread.join();
        return result[0];
    }

    private static boolean hasNullChecks() {
        int checked = 0;
        for (int i = 0; i < 50_000; i++) {
            try {
                checked -= lengthOf(i % 2 == 0 ? null : new int[1]) - 1;
            } catch (NullPointerException expected) {
                checked++;
            }
        }
        return checked == 25_000;
    }

    private static int lengthOf(int[] array) {
        return array.length;
    }

    @SuppressWarnings("unchecked")
    static Callable<Boolean> copy(String way) throws Exception {
        ClassLoader loader = way.equals("layers")
                ? beside(layer())
                : new URLClassLoader(urls(entries()), ClassLoader.getPlatformClassLoader());
        return (Callable<Boolean>)
                loader.loadClass(Faults.class.getName()).getConstructor().newInstance();
    }

    private static List<Path> entries() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::exists)
                .toList();
    }

    private static URL[] urls(List<Path> entries) throws MalformedURLException {
        URL[] urls = new URL[entries.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = entries.get(i).toUri().toURL();
        }
        return urls;
    }

    /** The modules of the library that this class path has, in a layer of their own. */
    @SuppressWarnings("restricted")
    private static ModuleLayer layer() {
        List<Path> modules = entries().stream()
                .filter(entry -> Files.exists(entry.resolve("module-info.class"))
                        || entry.getFileName().toString().matches("hostmem-(api|arch-).*\\.jar"))
                .toList();
        ModuleFinder finder = ModuleFinder.of(modules.toArray(Path[]::new));
        Set<String> roots = Set.of(
                "org.hostmem.api",
                "org.hostmem.arch.generic",
                "org.hostmem.arch.x86_64",
                "org.hostmem.arch.aarch64",
                "org.hostmem.arch.ppc64",
                "org.hostmem.arch.riscv64");
        Configuration configuration = ModuleLayer.boot().configuration().resolve(finder, ModuleFinder.of(), roots);
        ModuleLayer.Controller controller = ModuleLayer.defineModulesWithOneLoader(
                configuration, List.of(ModuleLayer.boot()), ClassLoader.getPlatformClassLoader());
        controller.enableNativeAccess(
                controller.layer().findModule("org.hostmem.arch.generic").orElseThrow());
        return controller.layer();
    }

    /** The tests' classes, which are in no module, on top of a layer. */
    private static ClassLoader beside(ModuleLayer layer) throws MalformedURLException {
        return new URLClassLoader(
                urls(entries().stream()
                        .filter(entry -> Files.exists(
                                entry.resolve(SeveralCopies.class.getName().replace('.', '/') + ".class")))
                        .toList()),
                layer.findLoader("org.hostmem.api"));
    }
}
