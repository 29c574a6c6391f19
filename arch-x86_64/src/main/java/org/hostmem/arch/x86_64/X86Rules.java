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
import org.hostmem.arch.generic.AscendingRow;
import org.hostmem.arch.generic.Isa;
import org.hostmem.arch.generic.IsaRow;
import org.hostmem.arch.generic.UnobservedRow;

/**
 * The rules of x86_64. Unaligned and vector accesses are legal on uncached memory, too; the bus may carry them as
 * several TLPs. AVX-512 is used on NORMAL memory only. On write-combining memory it was measured to be slower than SSE
 * and AVX on AMD and on many Intel CPUs (GDRCopy src/gdrapi.c). A hypervisor that emulates an access to a device may
 * not know it.
 *
 * <p>The CPU keeps loads in order, and stores in order (TSO). But no manual says in which order the bytes of one access
 * become visible, unless the access is single-copy atomic. This limits the units of ASCENDING transfers of NORMAL
 * memory. A unit of 16 bytes is an aligned {@code movdqa}, because Intel does not name {@code movdqu}.
 */
final class X86Rules {

    private static final String NORMAL_SOURCE = "linux:arch/x86/include/asm/pgtable_types.h (WB); TSO";
    private static final String WC_SOURCE =
            "linux:arch/x86/mm/pat/memtype.c (WC); Documentation/driver-api/device-io.rst";
    private static final String UC_SOURCE =
            "linux:arch/x86/include/asm/io.h, pgtable_types.h (UC-); pgprot_device = pgprot_noncached";
    static final String UNKNOWN_SOURCE = UC_SOURCE + "; no wider than a scalar, as nobody said what the memory is";
    private static final String ATOMIC8_SOURCE =
            "Intel SDM vol. 3A 9.1.1 (aligned quadwords) and 9.2 (order); AMD APM vol. 2 7.3.2 and 7.2";
    private static final String ATOMIC16_SOURCE =
            "Intel SDM vol. 3A 9.1.1 (CPUs with AVX: aligned movdqa); AMD APM vol. 2 7.3.2 (CPUs with AVX: aligned,"
                    + " cacheable double quadwords)";

    /** Aligned 16-byte accesses of cacheable memory are single-copy atomic, as the vendor documents. */
    static final String AVX_ATOMIC16 = "avx_atomic16";

    /** String instructions move whole cache lines: CPUID.7.0:EBX. */
    static final String ERMS = "erms";

    /**
     * From here on the first-level cache does not hold both sides. A string instruction then writes lines that it does
     * not fetch first; below, vectors are faster, with fsrm, too.
     */
    private static final long STRINGS_FROM = 24 << 10;

    private static final String JVM_COPY_SOURCE = "HotSpot: stubGenerator_x86_64_arraycopy.cpp (generate_unsafe_copy)";
    private static final String VECTOR_SOURCE = "glibc: sysdeps/x86_64/multiarch/memmove-vec-unaligned-erms.S";
    private static final String STRING_SOURCE =
            "Intel Optimization Reference Manual 3.7.6 (ERMSB); measured: integration-tests/bench";

    static final Isa ISA = new Isa(
            "x86_64",
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
                            EnumSet.of(NORMAL),
                            "avx",
                            SINGLE,
                            "fromDevice32",
                            32,
                            "toDevice32",
                            32,
                            "fill32",
                            NORMAL_SOURCE),
                    new IsaRow(
                            EnumSet.of(NORMAL),
                            "avx512",
                            SINGLE,
                            "fromDevice64",
                            64,
                            "toDevice64",
                            64,
                            "fill64",
                            NORMAL_SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING),
                            "",
                            SINGLE,
                            "fromDevice16",
                            16,
                            "stream16",
                            16,
                            "fill16",
                            WC_SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING),
                            "sse4_1",
                            SINGLE,
                            "streamFrom16",
                            16,
                            "stream16",
                            16,
                            "fill16",
                            WC_SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING),
                            "avx",
                            SINGLE,
                            "streamFrom16",
                            16,
                            "stream32",
                            32,
                            "fill32",
                            WC_SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING),
                            "movdir64b",
                            SINGLE,
                            "streamFrom16",
                            16,
                            "direct64",
                            64,
                            "",
                            WC_SOURCE + "; asm/special_insns.h movdir64b"),
                    new IsaRow(
                            EnumSet.of(DEVICE, NONCACHED),
                            "",
                            SINGLE,
                            "fromDevice16",
                            16,
                            "toDevice16",
                            16,
                            "fill16",
                            UC_SOURCE),
                    new IsaRow(
                            EnumSet.of(DEVICE, NONCACHED),
                            "avx",
                            SINGLE,
                            "fromDevice32",
                            32,
                            "toDevice32",
                            32,
                            "fill32",
                            UC_SOURCE),
                    new IsaRow(
                            EnumSet.of(UNKNOWN),
                            "",
                            SINGLE,
                            "fromDevice8",
                            8,
                            "toDevice8",
                            8,
                            "fill8",
                            UNKNOWN_SOURCE)),
            List.of(
                    new AscendingRow(
                            EnumSet.of(NORMAL, UNKNOWN),
                            "",
                            8,
                            "fromDevice8",
                            "toDevice8",
                            "toDevice8",
                            ATOMIC8_SOURCE),
                    new AscendingRow(
                            EnumSet.of(NORMAL),
                            AVX_ATOMIC16,
                            16,
                            "fromDevice16",
                            "toDevice16",
                            "copy16",
                            ATOMIC16_SOURCE)),
            List.of(
                    UnobservedRow.ofTheJvm(JVM_COPY_SOURCE),
                    new UnobservedRow(
                            "avx",
                            0,
                            STRINGS_FROM,
                            "fromDeviceVectors32",
                            "toDeviceVectors32",
                            "",
                            "vectors of 32 bytes, of which the last may overlap the one before it",
                            VECTOR_SOURCE),
                    new UnobservedRow(
                            "avx512",
                            0,
                            STRINGS_FROM,
                            "fromDeviceVectors64",
                            "toDeviceVectors64",
                            "",
                            "vectors of 64 bytes, of which the last may overlap the one before it",
                            VECTOR_SOURCE),
                    new UnobservedRow(
                            ERMS,
                            STRINGS_FROM,
                            Long.MAX_VALUE,
                            "fromDeviceString",
                            "toDeviceString",
                            "fillString",
                            "rep movsb and rep stosb",
                            STRING_SOURCE)),
            Map.of(
                    Barrier.TO_DEVICE, "",
                    Barrier.FROM_DEVICE, "lfence",
                    Barrier.FLUSH_WRITE_COMBINING, "sfence",
                    Barrier.END_COMBINING, "sfence",
                    Barrier.ORDER_DEVICE, "",
                    Barrier.FULL, "mfence"),
            X86Decoding.TABLE);

    private X86Rules() {}
}
