package org.hostmem.arch.riscv64;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import org.hostmem.arch.generic.GuestSigns;
import org.hostmem.arch.generic.IsaProvider;
import org.hostmem.arch.generic.Probe;
import org.hostmem.spi.GuestSign;
import org.hostmem.spi.Host;

/** Serves riscv64 hosts. */
public final class Riscv64Provider extends IsaProvider {

    private static final int KEY_CPUPERF_0 = 5; // linux:arch/riscv/include/uapi/asm/hwprobe.h
    private static final int MISALIGNED_MASK = 7;
    private static final int MISALIGNED_FAST = 3;

    /** For {@link java.util.ServiceLoader}. */
    public Riscv64Provider() {
        super(
                Riscv64Rules.ISA,
                () -> Riscv64Provider.class.getResourceAsStream("riscv64.listing"),
                ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    protected Set<String> detect(Host host, Probe probe) {
        int[] pair = {KEY_CPUPERF_0, 0, 0, 0}; // struct riscv_hwprobe: a 64-bit key and a 64-bit value
        boolean known = probe.run("hwprobe", pair) == 0 && pair[0] == KEY_CPUPERF_0;
        return known && (pair[2] & MISALIGNED_MASK) == MISALIGNED_FAST
                ? Set.of(Riscv64Rules.MISALIGNED_FAST)
                : Set.of();
    }

    /** Nothing in the ISA itself tells whether there is a hypervisor. */
    @Override
    protected List<GuestSign> guestSigns() {
        return GuestSigns.all(List.of(GuestSigns.deviceTree(), GuestSigns.dmi(), GuestSigns.acpi()));
    }
}
