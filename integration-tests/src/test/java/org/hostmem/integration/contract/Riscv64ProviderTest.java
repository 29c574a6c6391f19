package org.hostmem.integration.contract;

import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.testkit.ProviderContract;

/** What is asked of {@code riscv64} itself, on any host. */
class Riscv64ProviderTest extends ProviderContract {

    @Override
    public HostMemoryProvider provider() {
        return Installed.provider("riscv64");
    }

    @Override
    protected HostMemoryProvider construct() {
        return Installed.construct("riscv64");
    }
}
