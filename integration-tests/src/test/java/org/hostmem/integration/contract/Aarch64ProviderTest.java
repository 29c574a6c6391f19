package org.hostmem.integration.contract;

import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.testkit.ProviderContract;

/** What is asked of {@code aarch64} itself, on any host. */
class Aarch64ProviderTest extends ProviderContract {

    @Override
    public HostMemoryProvider provider() {
        return Installed.provider("aarch64");
    }

    @Override
    protected HostMemoryProvider construct() {
        return Installed.construct("aarch64");
    }
}
