package org.hostmem.arch.x86_64;

import static org.hostmem.AccessRules.Unaligned.SINGLE;
import static org.hostmem.CacheMode.DEVICE;
import static org.hostmem.CacheMode.NONCACHED;
import static org.hostmem.CacheMode.NORMAL;
import static org.hostmem.CacheMode.UNKNOWN;
import static org.hostmem.CacheMode.WRITE_COMBINING;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.hostmem.Barrier;
import org.hostmem.arch.generic.Isa;
import org.hostmem.arch.generic.IsaRow;

/**
 * What x86_64 allows. Unaligned and vector accesses are legal on uncached memory too; the bus may carry them as several TLPs. AVX-512 on NORMAL memory only: on write-combining
 * memory it was measured slower than SSE and AVX on AMD and on many Intel CPUs (GDRCopy src/gdrapi.c), and a hypervisor that emulates an access to a device may not know it.
 */
final class X86Rules {

    private static final String NORMAL_SOURCE = "linux:arch/x86/include/asm/pgtable_types.h (WB); TSO";
    private static final String WC_SOURCE = "linux:arch/x86/mm/pat/memtype.c (WC); Documentation/driver-api/device-io.rst";
    private static final String UC_SOURCE = "linux:arch/x86/include/asm/io.h, pgtable_types.h (UC-); pgprot_device = pgprot_noncached";

    static final Isa ISA = new Isa(
            "x86_64",
            List.of(
                    new IsaRow(EnumSet.of(NORMAL), "", SINGLE, "fromDevice16", 16, "toDevice16", 16, "fill16", NORMAL_SOURCE),
                    new IsaRow(EnumSet.of(NORMAL), "avx", SINGLE, "fromDevice32", 32, "toDevice32", 32, "fill32", NORMAL_SOURCE),
                    new IsaRow(EnumSet.of(NORMAL), "avx512", SINGLE, "fromDevice64", 64, "toDevice64", 64, "fill64", NORMAL_SOURCE),
                    new IsaRow(EnumSet.of(WRITE_COMBINING), "", SINGLE, "fromDevice16", 16, "stream16", 16, "fill16", WC_SOURCE),
                    new IsaRow(EnumSet.of(WRITE_COMBINING), "sse4_1", SINGLE, "streamFrom16", 16, "stream16", 16, "fill16", WC_SOURCE),
                    new IsaRow(EnumSet.of(WRITE_COMBINING), "avx", SINGLE, "streamFrom16", 16, "stream32", 32, "fill32", WC_SOURCE),
                    new IsaRow(EnumSet.of(WRITE_COMBINING), "movdir64b", SINGLE, "streamFrom16", 16, "direct64", 64, "", WC_SOURCE + "; asm/special_insns.h movdir64b"),
                    new IsaRow(EnumSet.of(DEVICE, NONCACHED, UNKNOWN), "", SINGLE, "fromDevice16", 16, "toDevice16", 16, "fill16", UC_SOURCE),
                    new IsaRow(EnumSet.of(DEVICE, NONCACHED, UNKNOWN), "avx", SINGLE, "fromDevice32", 32, "toDevice32", 32, "fill32", UC_SOURCE)),
            Map.of(
                    Barrier.TO_DEVICE, "",
                    Barrier.FROM_DEVICE, "lfence",
                    Barrier.FLUSH_WRITE_COMBINING, "sfence",
                    Barrier.END_COMBINING, "sfence",
                    Barrier.ORDER_DEVICE, "",
                    Barrier.FULL, "mfence"),
            "", "");

    private X86Rules() {
    }
}
