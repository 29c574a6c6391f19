package org.hostmem.arch.riscv64;

import static org.hostmem.AccessRules.Unaligned.ILLEGAL;
import static org.hostmem.AccessRules.Unaligned.SINGLE;
import static org.hostmem.AccessRules.Unaligned.SPLIT;
import static org.hostmem.CacheMode.DEVICE;
import static org.hostmem.CacheMode.NONCACHED;
import static org.hostmem.CacheMode.NORMAL;
import static org.hostmem.CacheMode.UNKNOWN;
import static org.hostmem.CacheMode.WRITE_COMBINING;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.hostmem.Barrier;
import org.hostmem.arch.generic.AscendingRow;
import org.hostmem.arch.generic.Isa;
import org.hostmem.arch.generic.IsaRow;
import org.hostmem.arch.generic.UnobservedRow;

/**
 * The rules of riscv64. {@code riscv_hwprobe} says whether the hardware makes an unaligned access to main memory, or
 * firmware emulates it byte by byte. On I/O memory it may fault. Vectors are not used, because the order of their
 * elements on I/O memory is undefined. {@code cbo.zero} is not used either.
 *
 * <p>ASCENDING transfers of memory that is or may be NORMAL have a fence at each unit: {@code r,r} behind a load, and
 * {@code w,w} before a store. On I/O memory its channel keeps the order.
 */
final class Riscv64Rules {

    private static final String NORMAL_SOURCE = "linux:Documentation/arch/riscv/uabi.rst (misaligned accesses)";
    private static final String IO_SOURCE =
            "linux:arch/riscv/kernel/traps.c:199,253, traps_misaligned.c:352; riscv-isa-manual vector-common.adoc:1522";
    private static final String ASCENDING_SOURCE =
            "riscv-isa-manual: Load and Store Instructions (naturally aligned ones are atomic), Memory Ordering"
                    + " Instructions (fence)";

    /** The hardware makes unaligned scalar accesses to main memory fast: {@code RISCV_HWPROBE_MISALIGNED_FAST}. */
    static final String MISALIGNED_FAST = "misaligned_fast";

    private static final String JVM_COPY_SOURCE = "HotSpot: stubGenerator_riscv.cpp (generate_unsafe_copy)";

    static final Isa ISA = new Isa(
            "riscv64",
            List.of(
                    new IsaRow(
                            EnumSet.of(NORMAL),
                            "",
                            SPLIT,
                            "fromDeviceBytewise8",
                            8,
                            "toDeviceBytewise8",
                            8,
                            "fill8",
                            NORMAL_SOURCE),
                    new IsaRow(
                            EnumSet.of(NORMAL),
                            MISALIGNED_FAST,
                            SINGLE,
                            "fromDevice8",
                            8,
                            "toDevice8",
                            8,
                            "fill8",
                            NORMAL_SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING, DEVICE, NONCACHED, UNKNOWN),
                            "",
                            ILLEGAL,
                            "fromDeviceBytewise8",
                            8,
                            "toDeviceBytewise8",
                            8,
                            "fill8",
                            IO_SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING, DEVICE, NONCACHED, UNKNOWN),
                            MISALIGNED_FAST,
                            ILLEGAL,
                            "fromDevice8",
                            8,
                            "toDevice8",
                            8,
                            "fill8",
                            IO_SOURCE)),
            List.of(new AscendingRow(
                    EnumSet.of(NORMAL, UNKNOWN),
                    "",
                    8,
                    "fromDeviceOrdered8",
                    "toDeviceOrdered8",
                    "copyOrdered8",
                    ASCENDING_SOURCE)),
            List.of(UnobservedRow.ofTheJvm(JVM_COPY_SOURCE)),
            Map.of(
                    Barrier.TO_DEVICE, "fence ow,ow",
                    Barrier.FROM_DEVICE, "fence ir,ir",
                    Barrier.FLUSH_WRITE_COMBINING, "fence ow,ow",
                    Barrier.END_COMBINING, "fence ow,ow",
                    Barrier.ORDER_DEVICE, "",
                    Barrier.FULL, "fence iorw,iorw"),
            Riscv64Decoding.TABLE);

    private Riscv64Rules() {}
}
