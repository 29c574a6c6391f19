package org.hostmem;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Says what becomes of an unaligned scalar that the host's rules do not allow as one access (R5). Where they allow it
 * (an x86-64 host), it stays whole under either policy.
 *
 * <p>This is best effort: a guest of another ISA may make an unaligned access that this host cannot make. In any case
 * {@link HostMemoryAccessor#planScalar} says before the access what happens, and only the bytes of the request are
 * accessed.
 */
public enum UnalignedPolicy {
    /**
     * The scalar is cut into aligned accesses, in ascending program order. On a weakly ordered ISA other CPUs may see
     * them in another order on NORMAL memory, because R3 orders only transfers.
     */
    SPLIT,
    /** The scalar is refused with {@link AccessRejectedException}, before any access. */
    REJECT;

    /** A policy for each kind of memory, and the kernel's and the JVM's names of the ISAs that have it. */
    private record Guests(UnalignedPolicy onNormal, UnalignedPolicy onDevice, List<String> isas) {}

    private static final List<Guests> GUESTS = List.of(
            new Guests(SPLIT, SPLIT, List.of("x86_64", "x86-64", "amd64", "x86", "i386", "i486", "i586", "i686")),
            new Guests(
                    SPLIT,
                    REJECT,
                    List.of(
                            "aarch64",
                            "aarch64_be",
                            "arm64",
                            "arm",
                            "armv6l",
                            "armv7l",
                            "armv8l",
                            "ppc64",
                            "ppc64le",
                            "powerpc64",
                            "powerpc64le",
                            "ppc",
                            "powerpc",
                            "riscv64",
                            "riscv32",
                            "riscv",
                            "s390x",
                            "loongarch64")),
            new Guests(REJECT, REJECT, List.of("mips", "mipsel", "mips64", "mips64el", "sparc", "sparc64", "sparcv9")));

    /**
     * {@return the policy for a region that a guest of some ISA uses}
     *
     * <table>
     *   <caption>What becomes of a guest's unaligned access</caption>
     *   <tr><th scope="col">guest</th><th scope="col">{@link CacheMode#NORMAL}</th><th scope="col">any device
     *       mode</th></tr>
     *   <tr><td>x86, 32 and 64 bits: never faults</td><td>SPLIT: whole where the host can, else cut</td><td>SPLIT:
     *       whole on an x86-64 host, else cut, as nothing better exists</td></tr>
     *   <tr><td>arm, ppc, riscv, 32 and 64 bits, s390x, loongarch64: faults on devices</td><td>SPLIT</td><td>REJECT:
     *       the emulator raises the guest's alignment fault</td></tr>
     *   <tr><td>mips and sparc, 32 and 64 bits: faults everywhere</td><td>REJECT</td><td>REJECT</td></tr>
     * </table>
     *
     * <p>If the host can make an unaligned access, it makes it under REJECT, too. If the guest's CPU must fault there,
     * the emulator has to check the alignment itself, because that is a property of the guest's CPU and not of the
     * host's memory.
     *
     * @param guestIsa by a name that the kernel or the JVM has for it, for example {@code x86_64}, {@code amd64} or
     *     {@code aarch64}
     * @param mode of the region, known before it is opened: {@link RegionCapabilities#cacheMode}
     * @throws IllegalArgumentException if nothing is known of that ISA; the message lists the names
     */
    public static UnalignedPolicy forGuest(String guestIsa, CacheMode mode) {
        Objects.requireNonNull(guestIsa);
        Objects.requireNonNull(mode);
        return GUESTS.stream()
                .filter(guests -> guests.isas.contains(guestIsa))
                .map(guests -> mode.needsExactAccesses() ? guests.onDevice : guests.onNormal)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("the guest's ISA \"" + guestIsa + "\" is not known: give"
                                + " one of "
                                + GUESTS.stream()
                                        .flatMap(guests -> guests.isas.stream())
                                        .collect(Collectors.joining(", "))));
    }

    /**
     * {@return the policy for a region that a guest of some ISA uses} {@link AccessPlan#scalar} gives the verdict for
     * these rules and this policy.
     *
     * @param guestIsa by a name that the kernel or the JVM has for it
     * @param host the rules of the region
     * @throws IllegalArgumentException if nothing is known of that ISA; the message lists the names
     */
    public static UnalignedPolicy forGuest(String guestIsa, AccessRules host) {
        return forGuest(guestIsa, host.cacheMode());
    }
}
