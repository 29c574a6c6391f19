package org.hostmem.integration.broken;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.testkit.AccessorContract;

/**
 * Run in a JVM of its own: one test of the contract, with a good provider or with one that takes a signal away from the
 * JVM.
 */
public final class StolenSignals {

    private static final int SIGSEGV = 11;
    private static final long SIG_DFL = 0;

    private StolenSignals() {}

    /** The contract of the provider. */
    static final class TestedAccessor extends AccessorContract {
        @Override
        public HostMemoryProvider provider() {
            HostMemoryProvider good = ProviderSelection.load()
                    .select(Host.current(), RegionCapabilities.whole(4096, CacheMode.DEVICE, CacheModeSource.REPORTED));
            return Boolean.getBoolean("steal") ? new DelegateProvider(good, StolenSignals::steal) : good;
        }

        @Override
        public Set<CacheMode> modes() {
            return Set.of(CacheMode.DEVICE);
        }
    }

    @SuppressWarnings("restricted") // What a provider must not do.
    private static HostMemoryAccessor steal(HostMemoryAccessor accessor, MappedRegion region) {
        Linker linker = Linker.nativeLinker();
        try {
            long ignored = (long) linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("signal"),
                            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG))
                    .invokeExact(SIGSEGV, SIG_DFL);
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
        return accessor;
    }

    /** Ends with the number of failed tests. */
    public static void main(String[] none) {
        ContractRun run = ContractRun.of(TestedAccessor.class, "r9_theJvmKeepsItsSignals");
        System.out.println("failed " + run.failed() + ", skipped " + run.skipped() + "\n" + run.messages());
        System.exit(run.failed().size());
    }
}
