package org.hostmem.arch.ppc64;

import static org.hostmem.AccessRules.Unaligned.SPLIT;
import static org.hostmem.CacheMode.DEVICE;
import static org.hostmem.CacheMode.NONCACHED;
import static org.hostmem.CacheMode.UNKNOWN;
import static org.hostmem.CacheMode.WRITE_COMBINING;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.hostmem.arch.generic.Decoding;
import org.hostmem.arch.generic.IsaRow;

/**
 * The instructions that hypervisors decode on ppc64: scalars, also with an index or an update. This was read in KVM's
 * source, and not measured.
 *
 * <p>KVM decodes vectors, too, and makes two accesses of 8 bytes of each. No other hypervisor is known to decode them.
 */
final class Ppc64Decoding {

    private static final String SOURCE =
            "not measured; linux:arch/powerpc/kvm/emulate_loadstore.c (kvmppc_emulate_loadstore: LOAD and STORE of"
                    + " arch/powerpc/lib/sstep.c analyse_instr)";

    static final Decoding TABLE = new Decoding(
            List.of(new IsaRow(
                    EnumSet.of(WRITE_COMBINING, DEVICE, NONCACHED, UNKNOWN),
                    "",
                    SPLIT,
                    "fromDevice8",
                    8,
                    "toDevice8",
                    8,
                    "fill8",
                    SOURCE)),
            Set.of(
                    "lbz", "lhz", "lwz", "ld", "lbzx", "lhzx", "lwzx", "ldx", "lbzu", "lhzu", "lwzu", "ldu", "stb",
                    "sth", "stw", "std", "stbx", "sthx", "stwx", "stdx", "stbu", "sthu", "stwu", "stdu"),
            List.of(
                    "a hypervisor may answer: scalars only; no hypervisor of this ISA was measured",
                    "KVM decodes no larx, no stcx., no lq and no stq, which trap on such memory: atomics on device"
                            + " memory are refused"));

    private Ppc64Decoding() {}
}
