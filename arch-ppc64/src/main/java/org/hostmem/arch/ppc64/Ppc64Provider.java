package org.hostmem.arch.ppc64;

import static org.hostmem.spi.GuestSign.Test.EXISTS;
import static org.hostmem.spi.GuestSign.Test.WORD;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import org.hostmem.arch.generic.IsaProvider;
import org.hostmem.arch.generic.Probe;
import org.hostmem.spi.GuestSign;
import org.hostmem.spi.Host;

/** Serves little-endian ppc64 hosts. The rules hold for big-endian hosts, too; the instructions do not. */
public final class Ppc64Provider extends IsaProvider {

    private static final String SYSTEMD = "systemd:src/basic/virt.c detect_vm_device_tree";

    /** For {@link java.util.ServiceLoader}. */
    public Ppc64Provider() {
        super(Ppc64Rules.ISA, () -> Ppc64Provider.class.getResourceAsStream("ppc64.listing"), ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    protected Set<String> detect(Host host, Probe probe) {
        String cpu = host.cpuinfo().getOrDefault("cpu", "");
        String revision = host.cpuinfo().getOrDefault("revision", "");
        return cpu.startsWith("POWER9") && (revision.startsWith("2.0") || revision.startsWith("2.1"))
                ? Set.of(Ppc64Rules.BROKEN_VECTOR_LOADS)
                : Set.of();
    }

    /** A PowerNV machine has no hypervisor. A logical partition has one; with KVM the partition is QEMU's. */
    @Override
    protected List<GuestSign> guestSigns() {
        return List.of(
                GuestSign.none(
                        "proc/device-tree/compatible",
                        WORD,
                        "ibm,powernv",
                        "a PowerNV machine, which has no hypervisor below",
                        "linux:arch/powerpc/platforms/powernv/setup.c (define_machine)"),
                GuestSign.guest("proc/device-tree/hypervisor/compatible", WORD, "linux,kvm", "KVM", SYSTEMD),
                GuestSign.guest("proc/device-tree/hypervisor", EXISTS, "", "a hypervisor's own node", SYSTEMD),
                GuestSign.guest("proc/device-tree/compatible", WORD, "qemu,pseries", "QEMU", SYSTEMD),
                GuestSign.guest("proc/device-tree/ibm,partition-name", EXISTS, "", "a logical partition", SYSTEMD),
                GuestSign.guest(
                        "proc/device-tree/device_type",
                        WORD,
                        "chrp",
                        "a pseries machine, which is a logical partition",
                        "linux:arch/powerpc/platforms/pseries/setup.c pSeries_probe"));
    }
}
