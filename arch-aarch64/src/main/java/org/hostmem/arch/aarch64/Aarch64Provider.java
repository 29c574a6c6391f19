package org.hostmem.arch.aarch64;

import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hostmem.arch.generic.GuestSigns;
import org.hostmem.arch.generic.IsaProvider;
import org.hostmem.arch.generic.Probe;
import org.hostmem.spi.GuestSign;
import org.hostmem.spi.Host;

/** Serves aarch64 hosts. */
public final class Aarch64Provider extends IsaProvider {

    private static final long HWCAP2_MOPS = 1L << 43;
    private static final long HWCAP3_LS64 = 1 << 3;

    /** For {@link java.util.ServiceLoader}. */
    public Aarch64Provider() {
        super(
                Aarch64Rules.ISA,
                () -> Aarch64Provider.class.getResourceAsStream("aarch64.listing"),
                ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    protected Set<String> detect(Host host, Probe probe) {
        Set<String> features = new HashSet<>();
        if ((host.auxv(Host.AT_HWCAP2) & HWCAP2_MOPS) != 0) {
            features.add(Aarch64Rules.MOPS);
        }
        if ((host.auxv(Host.AT_HWCAP3) & HWCAP3_LS64) != 0
                && Host.requestedFeatures().contains(Aarch64Rules.LS64)) {
            features.add(Aarch64Rules.LS64);
        }
        return features;
    }

    /** Nothing in the ISA itself tells whether there is a hypervisor. */
    @Override
    protected List<GuestSign> guestSigns() {
        return GuestSigns.all(List.of(GuestSigns.xen(), GuestSigns.deviceTree(), GuestSigns.dmi(), GuestSigns.acpi()));
    }
}
