package org.hostmem.integration.packaging;

import java.util.ServiceLoader;
import java.util.Set;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;

/**
 * Run in a JVM of its own: prints every provider that ServiceLoader finds, after asking each what can be asked without
 * native access: rules, and about other hosts. The verdict on this one takes it, as a provider whose instructions
 * cannot be loaded is unusable.
 */
public final class ListProviders {

    private ListProviders() {}

    /** Prints one line for each provider: its class, its name, and where it came from. */
    public static void main(String[] none) {
        for (HostMemoryProvider provider :
                ServiceLoader.load(HostMemoryProvider.class, ListProviders.class.getClassLoader())) {
            for (CacheMode mode : CacheMode.values()) {
                provider.assess(Host.none(), RegionCapabilities.whole(4096, mode, CacheModeSource.REPORTED));
                provider.rules(mode, Set.of());
            }
            System.out.println(provider.getClass().getName() + " " + provider.name() + " "
                    + provider.getClass().getModule());
        }
    }
}
