package org.hostmem.arch.x86_64;

import static org.hostmem.AccessRules.Unaligned.SINGLE;
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
 * The instructions that hypervisors decode on x86_64: those of general registers, and 16-byte moves in their legacy
 * encoding.
 *
 * <p>This was measured on KVM (SVM) of Linux 6.12 to 7.3. Before Linux 6.19 each VEX-encoded instruction of 16 or 32
 * bytes ends in SIGILL. On all of them, single elements of vectors (movd, movq, movss, movsd) and lddqu end in SIGILL.
 * A movntdqa that should read ends in SIGILL as well, and on 6.19 it <em>writes</em> to the device. Instructions that
 * this KVM does not know are assumed to be unknown to other hypervisors.
 */
final class X86Decoding {

    private static final String SOURCE =
            "measured: integration-tests/lab/nested; linux:arch/x86/kvm/emulate.c (opcode tables; VEX since 6.19:"
                    + " x86_decode_avx)";

    static final Decoding TABLE = new Decoding(
            List.of(
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING),
                            "",
                            SINGLE,
                            "fromDevice16",
                            16,
                            "stream16",
                            16,
                            "fill16",
                            SOURCE),
                    new IsaRow(
                            EnumSet.of(DEVICE, NONCACHED),
                            "",
                            SINGLE,
                            "fromDevice16",
                            16,
                            "toDevice16",
                            16,
                            "fill16",
                            SOURCE),
                    new IsaRow(
                            EnumSet.of(UNKNOWN),
                            "",
                            SINGLE,
                            "fromDevice8",
                            8,
                            "toDevice8",
                            8,
                            "fill8",
                            SOURCE + "; " + X86Rules.UNKNOWN_SOURCE)),
            Set.of(
                    "mov", "movzbl", "movzwl", "movnti", "movbe", "movups", "movaps", "movdqu", "movdqa", "movntdq",
                    "movntps"),
            List.of(
                    "a hypervisor may answer: no VEX-encoded vector, no movntdqa, no MOVDIR64B, as hypervisors do not"
                            + " decode them",
                    "a hypervisor that answers gives the device 16 bytes as two accesses of 8, ascending, and 8 bytes"
                            + " across two pages as two parts",
                    "xchg, lock xadd and lock cmpxchg become a read and a write of the device there, which are not"
                            + " atomic: atomics on device memory are refused"));

    private X86Decoding() {}
}
