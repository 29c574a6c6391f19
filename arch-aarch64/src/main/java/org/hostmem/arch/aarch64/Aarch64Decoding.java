package org.hostmem.arch.aarch64;

import static org.hostmem.AccessRules.Unaligned.ILLEGAL;
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
 * The instructions that hypervisors decode on aarch64: single loads and stores of general registers without write-back.
 *
 * <p>The CPU describes only those in the syndrome register (ISV), and KVM decodes no others. This was measured on Linux
 * 6.12 to 7.3. KVM refuses a pair, a vector register, write-back or an exclusive access. The refusal arrives as a
 * SIGBUS, like that of a device that is gone. Loads are unsigned, because KVM before 7.2 does not extend the sign of
 * signed ones.
 */
final class Aarch64Decoding {

    private static final String SOURCE =
            "measured: integration-tests/lab/nested; Arm ARM ESR_EL2.ISS (ISV); linux:arch/arm64/kvm/mmio.c"
                    + " io_mem_abort";

    static final Decoding TABLE = new Decoding(
            List.of(
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING), "", SINGLE, "fromDevice8", 8, "toDevice8", 8, "fill8", SOURCE),
                    new IsaRow(
                            EnumSet.of(DEVICE, NONCACHED, UNKNOWN),
                            "",
                            ILLEGAL,
                            "fromDevice8",
                            8,
                            "toDevice8",
                            8,
                            "fill8",
                            SOURCE)),
            Set.of(
                    "ldr", "ldrh", "ldrb", "ldur", "ldurh", "ldurb", "ldar", "ldarh", "ldarb", "str", "strh", "strb",
                    "stur", "sturh", "sturb", "stlr", "stlrh", "stlrb"),
            List.of(
                    "a hypervisor may answer: no pair, no vector register, no write-back, no LS64, as the CPU does not"
                            + " describe them to it",
                    "exclusive accesses and those of LSE are refused there (SIGBUS): atomics on device memory are"
                            + " refused before"));

    private Aarch64Decoding() {}
}
