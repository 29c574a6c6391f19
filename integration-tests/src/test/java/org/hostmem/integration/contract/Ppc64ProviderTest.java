package org.hostmem.integration.contract;

import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.testkit.ProviderContract;

/** What is asked of {@code ppc64} itself, on any host. */
class Ppc64ProviderTest extends ProviderContract {

    @Override
    public HostMemoryProvider provider() {
        return Installed.provider("ppc64");
    }

    @Override
    protected HostMemoryProvider construct() {
        return Installed.construct("ppc64");
    }
}
