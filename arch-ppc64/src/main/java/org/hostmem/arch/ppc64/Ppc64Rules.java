package org.hostmem.arch.ppc64;

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
import org.hostmem.arch.generic.LinuxAbi;
import org.hostmem.arch.generic.UnobservedRow;

/**
 * The rules of ppc64. An unaligned access to caching-inhibited memory raises an alignment interrupt, and the kernel
 * splits it silently. "Write-combining" memory is caching-inhibited, too. {@code dcbz} is not used, because the kernel
 * emulates it in pieces on such memory.
 *
 * <p>ASCENDING transfers of memory that is or may be NORMAL have an {@code lwsync} between the load and the store of
 * each unit. It orders earlier loads with later loads, and earlier stores with later stores. So one routine orders both
 * sides.
 */
final class Ppc64Rules {

    private static final String NORMAL_SOURCE = "linux:arch/powerpc/include/asm/book3s/64/pgtable.h";
    private static final String WC_SOURCE =
            "linux:arch/powerpc/include/asm/book3s/64/pgtable.h:767 (_PAGE_TOLERANT: I=1, G=0);"
                    + " arch/powerpc/lib/sstep.c:236";
    private static final String DEVICE_SOURCE =
            "linux:arch/powerpc/include/asm/book3s/64/pgtable.h:767 (_PAGE_NON_IDEMPOTENT: I=1, G=1);"
                    + " arch/powerpc/lib/sstep.c:236,356";
    private static final String UNKNOWN_SOURCE =
            DEVICE_SOURCE + "; no wider than a scalar, as nobody said what the memory is";
    private static final String ASCENDING_SOURCE =
            "Power ISA Book II: Single-Copy Atomicity (aligned accesses of up to 8 bytes), Memory Barrier Instructions"
                    + " (lwsync)";
    private static final String ERRATUM_SOURCE =
            "linux:arch/powerpc/kernel/mce.c (p9_hmi_special_emu, DTRIG_VECTOR_CI)";

    /** POWER9 DD2.0 and DD2.1: vector loads from caching-inhibited memory are broken. */
    static final String BROKEN_VECTOR_LOADS = "power9_dd2_vector_ci";

    private static final String JVM_COPY_SOURCE = "HotSpot: stubGenerator_ppc.cpp (generate_unsafe_copy)";

    static final Isa ISA = new Isa(
            "ppc64",
            List.of(
                    new IsaRow(
                            EnumSet.of(NORMAL),
                            "",
                            SINGLE,
                            "fromDevice16",
                            16,
                            "toDevice16",
                            16,
                            "fill16",
                            NORMAL_SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING),
                            "",
                            SPLIT,
                            "fromDevice16",
                            16,
                            "toDevice16",
                            16,
                            "fill16",
                            WC_SOURCE),
                    new IsaRow(
                            EnumSet.of(DEVICE, NONCACHED),
                            "",
                            SPLIT,
                            "fromDevice16",
                            16,
                            "toDevice16",
                            16,
                            "fill16",
                            DEVICE_SOURCE),
                    new IsaRow(
                            EnumSet.of(UNKNOWN), "", SPLIT, "fromDevice8", 8, "toDevice8", 8, "fill8", UNKNOWN_SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING, DEVICE, NONCACHED),
                            BROKEN_VECTOR_LOADS,
                            SPLIT,
                            "fromDevice8",
                            8,
                            "toDevice16",
                            16,
                            "fill16",
                            ERRATUM_SOURCE)),
            List.of(new AscendingRow(
                    EnumSet.of(NORMAL, UNKNOWN),
                    "",
                    8,
                    "fromDeviceOrdered8",
                    "toDeviceOrdered8",
                    "toDeviceOrdered8",
                    ASCENDING_SOURCE)),
            List.of(UnobservedRow.ofTheJvm(JVM_COPY_SOURCE)),
            Map.of(
                    Barrier.TO_DEVICE, "sync",
                    Barrier.FROM_DEVICE, "sync",
                    Barrier.FLUSH_WRITE_COMBINING, "sync",
                    Barrier.END_COMBINING, "sync",
                    Barrier.ORDER_DEVICE, "eieio",
                    Barrier.FULL, "sync"),
            Ppc64Decoding.TABLE,
            LinuxAbi.GENERIC.withMapNoreserve(0x40, "linux:arch/powerpc/include/uapi/asm/mman.h"));

    private Ppc64Rules() {}
}
