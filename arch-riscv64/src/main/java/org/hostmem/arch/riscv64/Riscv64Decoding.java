package org.hostmem.arch.riscv64;

import static org.hostmem.AccessRules.Unaligned.ILLEGAL;
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
 * The instructions that hypervisors decode on riscv64: scalars. Hostmem uses no others on device memory of this ISA.
 * This was read in KVM's source, and not measured.
 *
 * <p>Loads are unsigned, because older kernels shift the value of a signed load back as an unsigned number.
 */
final class Riscv64Decoding {

    private static final String SOURCE =
            "not measured; linux:arch/riscv/kvm/vcpu_insn.c (kvm_riscv_vcpu_mmio_load, kvm_riscv_vcpu_mmio_store:"
                    + " scalars, compressed ones included)";

    static final Decoding TABLE = new Decoding(
            List.of(
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING, DEVICE, NONCACHED, UNKNOWN),
                            "",
                            ILLEGAL,
                            "fromDeviceBytewise8",
                            8,
                            "toDeviceBytewise8",
                            8,
                            "fill8",
                            SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING, DEVICE, NONCACHED, UNKNOWN),
                            Riscv64Rules.MISALIGNED_FAST,
                            ILLEGAL,
                            "fromDevice8",
                            8,
                            "toDevice8",
                            8,
                            "fill8",
                            SOURCE)),
            Set.of("lbu", "lhu", "lwu", "ld", "sb", "sh", "sw", "sd"),
            List.of(
                    "a hypervisor may answer: scalars only; no hypervisor of this ISA was measured",
                    "KVM ends the guest at an unaligned access (EIO), and at an instruction that it does not decode"
                            + " (EOPNOTSUPP)",
                    "KVM decodes no lr, sc or AMO: atomics on device memory are refused"));

    private Riscv64Decoding() {}
}
