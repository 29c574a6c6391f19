package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.hostmem.RegionFaultException.Side;

/**
 * The kernel's report of a fault: {@code si_addr}, 0 if it named none of the access, {@code si_signo}, {@code si_code}.
 */
record Fault(long address, int signal, int code) {

    private static final Map<Integer, String> SIGBUS_CODES =
            Map.of(1, "BUS_ADRALN", 2, "BUS_ADRERR", 3, "BUS_OBJERR", 4, "BUS_MCEERR_AR", 5, "BUS_MCEERR_AO");
    private static final Map<Integer, String> SIGSEGV_CODES = Map.of(1, "SEGV_MAPERR", 2, "SEGV_ACCERR");

    /** A fault of which nothing is known. */
    static final Fault UNRECORDED = new Fault(0, 0, 0);

    private static final Map<Integer, String> SIGILL_CODES = Map.of(
            1,
            "ILL_ILLOPC",
            2,
            "ILL_ILLOPN",
            3,
            "ILL_ILLADR",
            4,
            "ILL_ILLTRP",
            5,
            "ILL_PRVOPC",
            6,
            "ILL_PRVREG",
            7,
            "ILL_COPROC",
            8,
            "ILL_BADSTK");

    private static final int SIGILL = 4;
    private static final int SIGSEGV = 11;
    /**
     * {@code si_code} where the kernel has no other; of x86-64, where it is an access at an address that no memory can
     * have, it says no address.
     */
    private static final int SI_KERNEL = 0x80;

    /**
     * How far from the address of an access its fault may be said to be: emulators are up to 15 bytes off, an access is
     * up to 64 bytes wide.
     */
    private static final long NEAR = 64;

    /** Whether the hypervisor or the CPU does not know the instruction. */
    boolean isUnknownInstruction() {
        return signal == SIGILL;
    }

    /**
     * Whether this is a fault of an access there. If not, it is of one whose caller was thrown out before asking, by a
     * full stack.
     */
    boolean isNear(long accessed) {
        return address == 0 || Math.abs(address - accessed) < NEAR;
    }

    /**
     * Which side of an access of {@code extent} bytes this was. The one that it is nearer to, as its address may be
     * some bytes off, and either side may be a part of something larger. A region is where memory can be.
     */
    Side side(long accessed, MemorySegment ram, long ramOffset, long extent) {
        boolean isRam = ram.isNative() && ram.address() != 0;
        if (isUnknownInstruction()) {
            return Side.REGION; // guest RAM is never emulated
        }
        if (address == 0) {
            return isRam && signal == SIGSEGV && code == SI_KERNEL ? Side.RAM : Side.UNKNOWN;
        }
        return isRam && isNearer(ram.address() + ramOffset, accessed, extent) ? Side.RAM : Side.REGION;
    }

    /** Whether it is nearer to the first of two accesses. */
    boolean isNearer(long one, long other, long extent) {
        return distance(one, extent) < distance(other, extent);
    }

    /**
     * How many bytes this lies outside of an access. Addresses of a process have no sign bit, but what is asked for
     * may.
     */
    private long distance(long accessed, long extent) {
        long after = address - accessed;
        return after >= 0 ? Math.max(0, after - extent + 1) : after == Long.MIN_VALUE ? Long.MAX_VALUE : -after;
    }

    String cause() {
        return switch (signal) {
            case SIGILL -> "SIGILL " + SIGILL_CODES.getOrDefault(code, "code " + code);
            case 7 -> "SIGBUS " + SIGBUS_CODES.getOrDefault(code, "code " + code);
            case 11 -> "SIGSEGV " + SIGSEGV_CODES.getOrDefault(code, "code " + code);
            default -> "A fault";
        };
    }
}
