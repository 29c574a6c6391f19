package org.hostmem.integration.contract;

import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.testkit.AccessorContract;

/** R1–R14 of the accessors of {@code riscv64}. */
class Riscv64AccessorTest extends AccessorContract {

    @Override
    public HostMemoryProvider provider() {
        return Installed.provider("riscv64");
    }
}
