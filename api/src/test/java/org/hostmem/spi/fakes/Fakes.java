package org.hostmem.spi.fakes;

import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;

/** Providers, good ones and bad ones, to be found by a class loader of the tests. */
public final class Fakes {

    private Fakes() {}

    /** What they have in common. */
    public abstract static class Fake implements HostMemoryProvider {
        private final String name;
        private final int priority;

        Fake(String name, int priority) {
            this.name = name;
            this.priority = priority;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int priority() {
            return priority;
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
            throw new UnsupportedOperationException();
        }

        @Override
        public Set<Guarantee> guarantees(CacheMode mode) {
            return Set.of();
        }

        @Override
        public HostMemoryAccessor open(MappedRegion region) {
            throw new UnsupportedOperationException(name);
        }
    }

    /** Serves everything, at the lowest rank. */
    public static final class Low extends Fake {
        /** For ServiceLoader. */
        public Low() {
            super("low", PRIORITY_FALLBACK);
        }
    }

    /** Serves everything, at the rank of an ISA. */
    public static final class High extends Fake {
        /** For ServiceLoader. */
        public High() {
            super("high", PRIORITY_ISA);
        }
    }

    /** The same rank. */
    public static final class HighToo extends Fake {
        /** For ServiceLoader. */
        public HighToo() {
            super("high-too", PRIORITY_ISA);
        }
    }

    /** Serves nothing, and says why. */
    public static final class Refusing extends Fake {
        /** For ServiceLoader. */
        public Refusing() {
            super("refusing", PRIORITY_FEATURE);
        }

        @Override
        public Assessment assess(Host host, RegionCapabilities region) {
            return Assessment.unusable("the moon is not full");
        }
    }

    /** Breaks its word. */
    public static final class AssessThrows extends Fake {
        /** For ServiceLoader. */
        public AssessThrows() {
            super("assess-throws", PRIORITY_FEATURE);
        }

        @Override
        public Assessment assess(Host host, RegionCapabilities region) {
            throw new IllegalStateException("assess is broken");
        }
    }

    /** Breaks its word, too. */
    public static final class NameThrows extends Fake {
        /** For ServiceLoader. */
        public NameThrows() {
            super("name-throws", PRIORITY_FEATURE);
        }

        @Override
        public String name() {
            throw new IllegalStateException("name is broken");
        }
    }

    /** Cannot be constructed. */
    public static final class ConstructorThrows extends Fake {
        /** For ServiceLoader. */
        public ConstructorThrows() {
            super(fail("constructor is broken"), PRIORITY_FEATURE);
        }

        private static String fail(String message) {
            throw new IllegalStateException(message);
        }
    }

    /** Cannot be initialised. */
    public static final class InitializerThrows extends Fake {
        static {
            if (Boolean.parseBoolean("true")) {
                throw new UnsatisfiedLinkError("no libmoon");
            }
        }

        /** For ServiceLoader. */
        public InitializerThrows() {
            super("initializer-throws", PRIORITY_FEATURE);
        }
    }

    /** Has no constructor for ServiceLoader. */
    public static final class NoConstructor extends Fake {
        private NoConstructor(String needed) {
            super(needed, PRIORITY_FEATURE);
        }
    }

    /** Fails as the JVM does. */
    public static final class OutOfMemory extends Fake {
        /** For ServiceLoader. */
        public OutOfMemory() {
            super(fail(), PRIORITY_FEATURE);
        }

        private static String fail() {
            throw new OutOfMemoryError("simulated");
        }
    }

    /** Has the name of another. */
    public static final class LowAgain extends Fake {
        /** For ServiceLoader. */
        public LowAgain() {
            super("low", PRIORITY_FEATURE);
        }
    }

    /** A base class that wants one method more than {@link Fake}. */
    public abstract static class Wanting extends Fake {
        Wanting(String name) {
            super(name, PRIORITY_FEATURE);
        }

        /** {@return what only this class knows} */
        protected abstract int wanted();
    }

    /** Has two methods that a test takes away: {@code features} is the interface's, {@code wanted} the base class's. */
    public static final class Old extends Wanting {
        /** For ServiceLoader. */
        public Old() {
            super("old");
        }

        @Override
        protected int wanted() {
            return 1;
        }
    }

    /** Calls what is not there. */
    public static final class OpenMisfits extends Fake {
        /** For ServiceLoader. */
        public OpenMisfits() {
            super("open-misfits", PRIORITY_FEATURE);
        }

        @Override
        public HostMemoryAccessor open(MappedRegion region) {
            throw new NoSuchMethodError("MappedRegion.moon()");
        }
    }

    /** Does not answer. */
    public static final class NoAnswer extends Fake {
        /** For ServiceLoader. */
        public NoAnswer() {
            super("no-answer", PRIORITY_FEATURE);
        }

        @Override
        @SuppressWarnings("NullAway") // which is what it shows
        public Assessment assess(Host host, RegionCapabilities region) {
            return null;
        }
    }

    /** Is no provider at all. */
    public static final class NoProvider {
        /** Nothing. */
        public NoProvider() {}
    }
}
