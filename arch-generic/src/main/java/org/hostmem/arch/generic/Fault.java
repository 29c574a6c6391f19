package org.hostmem.arch.generic;

import java.util.Map;

/** What the kernel said of a fault: {@code si_addr}, 0 if it named none of the access, {@code si_signo}, {@code si_code}. */
record Fault(long address, int signal, int code) {

    private static final Map<Integer, String> SIGBUS_CODES = Map.of(1, "BUS_ADRALN", 2, "BUS_ADRERR", 3, "BUS_OBJERR", 4, "BUS_MCEERR_AR", 5, "BUS_MCEERR_AO");
    private static final Map<Integer, String> SIGSEGV_CODES = Map.of(1, "SEGV_MAPERR", 2, "SEGV_ACCERR");

    /** For a fault that Java noticed itself. */
    static final Fault UNRECORDED = new Fault(0, 0, 0);

    /** How far from the address of an access its fault may be said to be: emulators are up to 15 bytes off, an access is up to 64 bytes wide. */
    private static final long NEAR = 64;

    /** Whether this is a fault of an access there. If not, it is of one whose caller was thrown out before asking, by a full stack. */
    boolean isNear(long accessed) {
        return address == 0 || Math.abs(address - accessed) < NEAR;
    }

    String cause() {
        return switch (signal) {
            case 7 -> "SIGBUS " + SIGBUS_CODES.getOrDefault(code, "code " + code);
            case 11 -> "SIGSEGV " + SIGSEGV_CODES.getOrDefault(code, "code " + code);
            default -> "A fault";
        };
    }
}
