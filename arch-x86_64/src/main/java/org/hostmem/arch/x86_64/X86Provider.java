package org.hostmem.arch.x86_64;

import static org.hostmem.spi.GuestSign.Test.WORD;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hostmem.arch.generic.GuestSigns;
import org.hostmem.arch.generic.IsaProvider;
import org.hostmem.arch.generic.Probe;
import org.hostmem.spi.GuestSign;
import org.hostmem.spi.Host;

/** Serves x86_64 hosts. */
public final class X86Provider extends IsaProvider {

    private static final int EAX = 0;
    private static final int EBX = 1;
    private static final int ECX = 2;
    private static final int EDX = 3;
    private static final Set<String> VENDORS_OF_ATOMIC16 = Set.of("GenuineIntel", "AuthenticAMD"); // CPUID.0
    private static final int CX16 = 1 << 13; // CPUID.1:ECX
    private static final int SSE4_1 = 1 << 19; // CPUID.1:ECX
    private static final int MOVDIR64B = 1 << 28; // CPUID.7.0:ECX
    private static final int ERMS = 1 << 9; // CPUID.7.0:EBX
    private static final int OSXSAVE = 1 << 27;
    private static final int AVX = 1 << 28;
    private static final int AVX512_VBMI2 = 1 << 6; // CPUID.7.0:ECX
    private static final int XCR0_SSE_AND_AVX = 6;
    private static final int XCR0_AVX512 = 0xe6;

    /** For {@link java.util.ServiceLoader}. */
    public X86Provider() {
        super(X86Rules.ISA, () -> X86Provider.class.getResourceAsStream("x86_64.listing"), ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * A vector extension is used only if the operating system saves all of its registers: (XCR0 &amp; 6) == 6, not one
     * bit of it. AVX-512 is used only on CPUs with its second set of byte instructions (Ice Lake, Zen 4 and later). On
     * earlier ones, Skylake and Cascade Lake, HotSpot avoids it as well (vm_version_x86.cpp).
     */
    @Override
    protected Set<String> detect(Host host, Probe probe) {
        int[] leaf1 = {1, 0, 0, 0};
        probe.run("cpuid", leaf1);
        int ecx = leaf1[ECX];
        Set<String> features = new HashSet<>();
        if ((ecx & SSE4_1) != 0) {
            features.add("sse4_1");
        }
        long saved = (ecx & OSXSAVE) != 0 && (ecx & AVX) != 0 ? probe.run("xgetbv") : 0;
        if ((saved & XCR0_SSE_AND_AVX) == XCR0_SSE_AND_AVX) {
            features.add("avx");
        }
        int[] leaf0 = {0, 0, 0, 0};
        probe.run("cpuid", leaf0);
        if ((ecx & AVX) != 0 && isVendorOfAtomic16(leaf0)) {
            features.add(X86Rules.AVX_ATOMIC16);
        }
        if (leaf0[EAX] >= 7) {
            int[] leaf7 = {7, 0, 0, 0};
            probe.run("cpuid", leaf7);
            if ((leaf7[EBX] & ERMS) != 0) {
                features.add(X86Rules.ERMS);
            }
            if ((leaf7[ECX] & MOVDIR64B) != 0) {
                features.add("movdir64b");
            }
            if ((leaf7[ECX] & AVX512_VBMI2) != 0 && (saved & XCR0_AVX512) == XCR0_AVX512) {
                features.add("avx512");
            }
        }
        return features;
    }

    /** Other vendors' CPUs may do the same, but their manuals do not say so. */
    private static boolean isVendorOfAtomic16(int[] leaf0) {
        byte[] name = ByteBuffer.allocate(3 * Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(leaf0[EBX])
                .putInt(leaf0[EDX])
                .putInt(leaf0[ECX])
                .array();
        return VENDORS_OF_ATOMIC16.contains(new String(name, StandardCharsets.US_ASCII));
    }

    @Override
    protected boolean hasExchange16(Probe probe) {
        int[] leaf1 = {1, 0, 0, 0};
        probe.run("cpuid", leaf1);
        return (leaf1[ECX] & CX16) != 0;
    }

    /** A privileged domain of Xen has this flag, too, but it has the devices. So its sign comes first. */
    @Override
    protected List<GuestSign> guestSigns() {
        return GuestSigns.all(List.of(
                GuestSigns.xen(),
                List.of(GuestSign.guest(
                        "proc/cpuinfo",
                        WORD,
                        "hypervisor",
                        "CPUID leaf 1, ECX bit 31",
                        "Microsoft Hypervisor TLFS, feature discovery (CPUID.01h.ECX:31);"
                                + " systemd:src/basic/virt.c detect_vm_cpuid")),
                GuestSigns.dmi()));
    }
}
