package org.hostmem.arch.generic;

import java.util.Map;

/** What the kernel said of a fault: {@code si_addr}, {@code si_signo}, {@code si_code}. */
record Fault(long address, int signal, int code) {

    private static final Map<Integer, String> SIGBUS_CODES = Map.of(1, "BUS_ADRALN", 2, "BUS_ADRERR", 3, "BUS_OBJERR", 4, "BUS_MCEERR_AR", 5, "BUS_MCEERR_AO");
    private static final Map<Integer, String> SIGSEGV_CODES = Map.of(1, "SEGV_MAPERR", 2, "SEGV_ACCERR");

    /** For a fault that found the table full, or that Java noticed itself. */
    static final Fault UNRECORDED = new Fault(0, 0, 0);

    String cause() {
        return switch (signal) {
            case 7 -> "SIGBUS " + SIGBUS_CODES.getOrDefault(code, "code " + code);
            case 11 -> "SIGSEGV " + SIGSEGV_CODES.getOrDefault(code, "code " + code);
            default -> "A fault";
        };
    }
}
