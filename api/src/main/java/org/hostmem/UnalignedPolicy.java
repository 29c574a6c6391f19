package org.hostmem;

/**
 * What becomes of an unaligned scalar that the host's rules do not allow as one access (R5). Where they allow it (an
 * x86-64 host), it stays whole under either policy.
 *
 * <p>Best effort: a device that was given an unaligned access by a guest of another ISA cannot be given the same one
 * here. Either way {@link HostMemoryAccessor#planScalar} tells before the access, and no byte beside those asked for is
 * ever touched.
 */
public enum UnalignedPolicy {
    /**
     * Cut into aligned accesses, ascending in the program. Other CPUs may see those of NORMAL memory in another order
     * on a weakly ordered ISA: the order of R3 is that of transfers.
     */
    SPLIT,
    /** Refused with {@link AccessRejectedException}, before any access. */
    REJECT;

    /**
     * {@return the policy for a region that a guest of some ISA uses}
     *
     * <table>
     *   <caption>What becomes of a guest's unaligned access</caption>
     *   <tr><th scope="col">guest</th><th scope="col">{@link CacheMode#NORMAL}</th><th scope="col">any device
     *       mode</th></tr>
     *   <tr><td>x86, 32 and 64 bits: never faults</td><td>SPLIT: whole where the host can, else cut</td><td>SPLIT:
     *       whole on an x86-64 host, else cut, as nothing better exists</td></tr>
     *   <tr><td>aarch64, arm, ppc64, riscv64, s390x, loongarch64: faults on devices</td><td>SPLIT</td><td>REJECT: the
     *       emulator raises the guest's alignment fault</td></tr>
     *   <tr><td>any other: taken to fault everywhere, as mips and sparc do</td><td>REJECT</td><td>REJECT</td></tr>
     * </table>
     *
     * <p>A host that can do an unaligned access does it under REJECT, too. If the guest's CPU must fault there, its
     * emulator compares the address with the width itself: that is a property of the guest's CPU, not of the host's
     * memory.
     *
     * @param guestIsa by the kernel's name, for example {@code x86_64}, {@code i386} or {@code aarch64}
     * @param mode of the region, known before it is opened: {@link RegionCapabilities#cacheMode}
     */
    public static UnalignedPolicy forGuest(String guestIsa, CacheMode mode) {
        return switch (guestIsa) {
            case "x86_64", "i386", "i686" -> SPLIT;
            case "aarch64", "arm", "ppc64", "ppc64le", "riscv64", "riscv32", "s390x", "loongarch64" ->
                mode.isDevice() ? REJECT : SPLIT;
            default -> REJECT;
        };
    }

    /**
     * {@return the policy for a region that a guest of some ISA uses} The verdict itself is
     * {@link AccessPlan#scalar}'s, for these rules and this policy.
     *
     * @param guestIsa by the kernel's name
     * @param host the rules of the region
     */
    public static UnalignedPolicy forGuest(String guestIsa, AccessRules host) {
        return forGuest(guestIsa, host.cacheMode());
    }
}
