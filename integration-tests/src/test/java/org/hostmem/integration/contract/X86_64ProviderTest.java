package org.hostmem.integration.contract;

import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.testkit.ProviderContract;

/** What is asked of {@code x86_64} itself, on any host. */
class X86_64ProviderTest extends ProviderContract {

    @Override
    public HostMemoryProvider provider() {
        return Installed.provider("x86_64");
    }

    @Override
    protected HostMemoryProvider construct() {
        return Installed.construct("x86_64");
    }
}
