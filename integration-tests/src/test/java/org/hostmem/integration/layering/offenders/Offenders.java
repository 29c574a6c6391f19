package org.hostmem.integration.layering.offenders;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.LongFunction;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.arch.pdp11.Pdp11;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;

/** Classes that break the rules of the layering, each one of them in one way. */
public final class Offenders {

    private Offenders() {}

    /** The api, an ISA or a device that knows an architecture, or another one. */
    public static final class KnowsAnArchitecture {
        /** The dependency. */
        public final Class<?> other = Pdp11.class;
    }

    /**
     * The api with something beyond java.base would break at the level of the module; of a class, any package but
     * java's counts.
     */
    public static final class KnowsATestLibrary {
        /** The dependency. */
        public final Class<?> other = org.junit.jupiter.api.Test.class;
    }

    /** Calls a restricted method. */
    public static final class CallsRestricted {
        /** {@return a segment from nowhere} */
        @SuppressWarnings("restricted")
        public MemorySegment anywhere(long address) {
            return MemorySegment.ofAddress(address).reinterpret(8);
        }
    }

    /** Hides a restricted call behind a method reference. */
    public static final class RefersToRestricted {
        /** The reference. */
        @SuppressWarnings("restricted")
        public final BiFunction<MemorySegment, Long, MemorySegment> resize = MemorySegment::reinterpret;
        /** Harmless. */
        public final LongFunction<MemorySegment> from = MemorySegment::ofAddress;
    }

    /** Reaches out. */
    public static final class Connects {
        /** The class alone is enough. */
        public final Class<?> socket = java.net.Socket.class;
    }

    /** Lets another program do it. */
    public static final class StartsPrograms {
        /** The builder. */
        public final ProcessBuilder program = new ProcessBuilder("sh");
    }

    /** Believes bytes to be objects. */
    public static final class ReadsObjects {
        /** The class alone is enough. */
        public final Class<?> stream = java.io.ObjectInputStream.class;
    }

    /** Leaves something behind. */
    public static final class MakesTemporaryFiles {
        /** {@return the file} */
        public java.nio.file.Path file() throws java.io.IOException {
            return java.nio.file.Files.createTempFile("a", "b");
        }
    }

    /** Looks behind the JVM's public face. */
    public static final class UsesJvmInternals {
        /** The class alone is enough. */
        public final Class<?> internal = com.sun.management.ThreadMXBean.class;
    }

    /** Copies by the JVM's stubs. */
    public static final class CopiesSegments {
        /** Wrong on a device. */
        public void copy(MemorySegment device, MemorySegment ram) {
            MemorySegment.copy(ram, 0, device, 0, 8);
        }
    }

    /** Fills by the JVM's stubs. */
    public static final class FillsSegments {
        /** Wrong on a device. */
        public void clear(MemorySegment device) {
            device.fill((byte) 0);
        }
    }

    /** Stores plainly through a segment. */
    public static final class StoresPlainly {
        /** May be merged or dropped. */
        public void store(MemorySegment device) {
            device.set(ValueLayout.JAVA_INT, 0, 1);
        }
    }

    /** Stores plainly through a handle. */
    public static final class StoresThroughHandle {
        private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

        /** May be merged or dropped. */
        public void store(MemorySegment device) {
            INT.set(device, 0L, 1);
        }
    }

    /** Prints. */
    public static final class Prints {
        /** On standard output. */
        public void hello() {
            System.out.println("hello");
        }
    }

    /** Asks for the context class loader. */
    public static final class AsksForTheContextClassLoader {
        /** {@return what depends on the caller} */
        public ClassLoader loader() {
            return Thread.currentThread().getContextClassLoader();
        }
    }

    /** Breaks nothing, though it reads memory. */
    public static final class Harmless {
        /** {@return the first byte} */
        public byte first(MemorySegment ram) {
            return ram.get(ValueLayout.JAVA_BYTE, 0);
        }
    }

    /** A provider that ServiceLoader cannot construct, and that is not final. */
    public static class NotConstructible implements HostMemoryProvider {
        NotConstructible(String needed) {}

        @Override
        public String name() {
            return "x";
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Assessment assess(Host host, RegionCapabilities region) {
            return Assessment.usable();
        }

        @Override
        public Set<String> features(Host host) {
            return Set.of();
        }

        @Override
        public AccessRules rules(CacheMode mode, Set<String> features) {
            return null;
        }

        @Override
        public Set<Guarantee> guarantees(CacheMode mode) {
            return Set.of();
        }

        @Override
        public HostMemoryAccessor open(MappedRegion region) {
            throw new UnsupportedOperationException("x");
        }
    }

    private abstract static class FirstLevel {}

    private abstract static class SecondLevel extends FirstLevel {}

    public static final class ThirdLevel extends SecondLevel {}
}
