package org.hostmem.integration.contract;

import java.util.ServiceLoader;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;

/** Providers by name, as a user gets them: from ServiceLoader. */
final class Installed {

    private Installed() {}

    /** A new one each time, as ServiceLoader makes it. */
    static HostMemoryProvider construct(String name) {
        Class<?> type = provider(name).getClass();
        return ServiceLoader.load(HostMemoryProvider.class).stream()
                .filter(p -> p.type() == type)
                .findFirst()
                .orElseThrow()
                .get();
    }

    static HostMemoryProvider provider(String name) {
        return ProviderSelection.load().providers().stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no provider " + name + " is installed"));
    }
}
