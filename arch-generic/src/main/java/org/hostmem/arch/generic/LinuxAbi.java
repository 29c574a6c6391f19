package org.hostmem.arch.generic;

/**
 * The numbers of Linux that are not the same on every ISA. Errors have the same numbers on all, as far as this library
 * looks at them.
 *
 * @param sigbus the number of SIGBUS
 * @param sigsegv the number of SIGSEGV
 * @param sigill the number of SIGILL
 * @param saSiginfo the flag SA_SIGINFO
 * @param saResethand the flag SA_RESETHAND
 * @param handlerAt the offset of the handler's address in the C library's {@code struct sigaction}
 * @param flagsAt the offset of the flags in it
 * @param mapFixed the flag MAP_FIXED
 * @param mapAnonymous the flag MAP_ANONYMOUS
 * @param mapNoreserve the flag MAP_NORESERVE
 * @param source kernel files
 */
public record LinuxAbi(
        int sigbus,
        int sigsegv,
        int sigill,
        int saSiginfo,
        int saResethand,
        int handlerAt,
        int flagsAt,
        int mapFixed,
        int mapAnonymous,
        int mapNoreserve,
        String source) {

    /** Of x86_64, aarch64, riscv64, s390x, loongarch64, and all that use the kernel's generic headers. */
    public static final LinuxAbi GENERIC = new LinuxAbi(
            7,
            11,
            4,
            4,
            0x80000000,
            0,
            136,
            0x10,
            0x20,
            0x4000,
            "linux:include/uapi/asm-generic/{signal,signal-defs,mman,mman-common}.h;"
                    + " glibc:sysdeps/unix/sysv/linux/bits/sigaction.h");

    /**
     * {@return the same with another MAP_NORESERVE}
     *
     * @param flag the number
     * @param source kernel file
     */
    public LinuxAbi withMapNoreserve(int flag, String source) {
        return new LinuxAbi(
                sigbus,
                sigsegv,
                sigill,
                saSiginfo,
                saResethand,
                handlerAt,
                flagsAt,
                mapFixed,
                mapAnonymous,
                flag,
                source);
    }

    /** The number that a signal has in the generic ABI. */
    int generic(int signal) {
        return signal == sigbus
                ? GENERIC.sigbus
                : signal == sigsegv ? GENERIC.sigsegv : signal == sigill ? GENERIC.sigill : signal;
    }
}
