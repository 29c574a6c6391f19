package org.hostmem.arch.riscv64;

import java.nio.ByteOrder;
import java.util.Set;
import org.hostmem.arch.generic.IsaProvider;
import org.hostmem.arch.generic.Probe;
import org.hostmem.spi.Host;

/** Serves riscv64 hosts. */
public final class Riscv64Provider extends IsaProvider {

    /** For {@link java.util.ServiceLoader}. */
    public Riscv64Provider() {
        super(Riscv64Rules.ISA, () -> Riscv64Provider.class.getResourceAsStream("riscv64.listing"), ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    protected Set<String> detect(Host host, Probe probe) {
        return Set.of();
    }
}
