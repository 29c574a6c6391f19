package org.hostmem.integration.contract;

import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.testkit.ProviderContract;

/** What is asked of {@code generic} itself, on any host. */
class GenericProviderTest extends ProviderContract {

    @Override
    public HostMemoryProvider provider() {
        return Installed.provider("generic");
    }

    @Override
    protected HostMemoryProvider construct() {
        return Installed.construct("generic");
    }
}
