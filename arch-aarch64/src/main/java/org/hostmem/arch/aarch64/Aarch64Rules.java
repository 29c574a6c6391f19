package org.hostmem.arch.aarch64;

import static org.hostmem.AccessRules.Unaligned.ILLEGAL;
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
 * The rules of aarch64. An unaligned access to Device memory faults, and so does a 16-byte vector that is not
 * 16-aligned. On Normal-NC neither faults. One unit is one {@code ldr q} or {@code str q}, because a pair would be two
 * accesses. {@code DC ZVA} is not used, because it faults on Device memory.
 *
 * <p>ASCENDING transfers of memory that is or may be NORMAL use load-acquire and store-release, which exist for general
 * registers only. FEAT_LSE2 makes 16 bytes of cacheable memory single-copy atomic, but the order would then need
 * barriers.
 */
final class Aarch64Rules {

    private static final String NORMAL_SOURCE = "linux:arch/arm64/include/asm/pgtable.h (MT_NORMAL)";
    private static final String WC_SOURCE = "linux:arch/arm64/include/asm/pgtable.h:677 (MT_NORMAL_NC)";
    private static final String DEVICE_SOURCE =
            "linux:arch/arm64/mm/fault.c:852 (BUS_ADRALN), include/asm/pgtable.h:677-683; tt-umd device_memcpy.cpp"
                    + " (16-aligned vectors)";
    private static final String UNKNOWN_SOURCE =
            DEVICE_SOURCE + "; no wider than a scalar, as nobody said what the memory is";
    private static final String ASCENDING_SOURCE =
            "Arm ARM B2.2.1 (single-copy atomicity of aligned accesses by general registers), B2.3 (Load-Acquire,"
                    + " Store-Release)";
    private static final String LS64_SOURCE =
            "Arm ARM FEAT_LS64 (64-aligned, faults where the target does not support it); rdma-core 24361103d"
                    + " (AT_HWCAP3 bit 3)";

    /**
     * 64-byte single-shot accesses. They are used only on request, because a device that does not support them faults.
     */
    static final String LS64 = "ls64";

    /** Instructions that copy and set memory of any length. */
    static final String MOPS = "mops";

    /** A call takes some nanoseconds. For fewer bytes the JVM's copy needs none, as the JIT inlines it. */
    private static final long MOPS_FROM = 1 << 10;

    private static final String MOPS_SOURCE =
            "Arm ARM C6.2 (CPYFP, SETP); linux:Documentation/arch/arm64/mops.rst; glibc:"
                    + " sysdeps/aarch64/multiarch/memcpy_mops.S";
    private static final String JVM_COPY_SOURCE = "HotSpot: stubGenerator_aarch64.cpp (generate_unsafe_copy)";

    static final Isa ISA = new Isa(
            "aarch64",
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
                            SINGLE,
                            "fromDevice16",
                            16,
                            "toDevice16",
                            16,
                            "fill16",
                            WC_SOURCE),
                    new IsaRow(
                            EnumSet.of(DEVICE, NONCACHED),
                            "",
                            ILLEGAL,
                            "fromDevice16",
                            16,
                            "toDevice16",
                            16,
                            "fill16",
                            DEVICE_SOURCE),
                    new IsaRow(
                            EnumSet.of(UNKNOWN),
                            "",
                            ILLEGAL,
                            "fromDevice8",
                            8,
                            "toDevice8",
                            8,
                            "fill8",
                            UNKNOWN_SOURCE),
                    new IsaRow(
                            EnumSet.of(WRITE_COMBINING),
                            LS64,
                            SINGLE,
                            "directFrom64",
                            64,
                            "direct64",
                            64,
                            "",
                            LS64_SOURCE),
                    new IsaRow(
                            EnumSet.of(DEVICE, NONCACHED),
                            LS64,
                            ILLEGAL,
                            "directFrom64",
                            64,
                            "direct64",
                            64,
                            "",
                            LS64_SOURCE)),
            List.of(new AscendingRow(
                    EnumSet.of(NORMAL, UNKNOWN),
                    "",
                    8,
                    "fromDeviceOrdered8",
                    "toDeviceOrdered8",
                    "copyOrdered8",
                    ASCENDING_SOURCE)),
            List.of(
                    UnobservedRow.ofTheJvm(JVM_COPY_SOURCE),
                    new UnobservedRow(
                            MOPS,
                            MOPS_FROM,
                            Long.MAX_VALUE,
                            "fromDeviceMops",
                            "toDeviceMops",
                            "fillMops",
                            "cpyfp, cpyfm, cpyfe and setp, setm, sete",
                            MOPS_SOURCE)),
            Map.of(
                    Barrier.TO_DEVICE, "dmb oshst",
                    Barrier.FROM_DEVICE, "dmb oshld",
                    Barrier.FLUSH_WRITE_COMBINING, "dsb st",
                    Barrier.END_COMBINING, "dgh",
                    Barrier.ORDER_DEVICE, "",
                    Barrier.FULL, "dsb sy"),
            Aarch64Decoding.TABLE);

    private Aarch64Rules() {}
}
