package org.hostmem.arch.ppc64;

import java.nio.ByteOrder;
import java.util.Set;
import org.hostmem.arch.generic.IsaProvider;
import org.hostmem.arch.generic.Probe;
import org.hostmem.spi.Host;

/** Serves little-endian ppc64 hosts. The rules are those of big-endian hosts too; the instructions are not. */
public final class Ppc64Provider extends IsaProvider {

    /** For {@link java.util.ServiceLoader}. */
    public Ppc64Provider() {
        super(Ppc64Rules.ISA, () -> Ppc64Provider.class.getResourceAsStream("ppc64.listing"), ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    protected Set<String> detect(Host host, Probe probe) {
        String cpu = host.cpuinfo().getOrDefault("cpu", "");
        String revision = host.cpuinfo().getOrDefault("revision", "");
        return cpu.startsWith("POWER9") && (revision.startsWith("2.0") || revision.startsWith("2.1")) ? Set.of(Ppc64Rules.BROKEN_VECTOR_LOADS) : Set.of();
    }
}
