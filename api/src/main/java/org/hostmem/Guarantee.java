package org.hostmem;

/**
 * Names what an accessor promises on this host. It lists only what is guaranteed.
 *
 * <p>A promise about accesses concerns the instructions of the CPU. The bus, or a hypervisor that answers for a device,
 * may divide one access. For example, KVM on x86-64 gives the device 16 bytes as twice 8, and 8 bytes across two pages
 * as two parts.
 */
public enum Guarantee {
    /** R1: an aligned scalar is one access of its width in the interpreter, C1 and C2. */
    EXACT_WIDTH("R1"),
    /** R2: every device byte is accessed once, and no other byte is; {@link TransferOrder#UNOBSERVED} gives up once. */
    EXACTLY_ONCE("R2"),
    /** R3: {@link TransferOrder#ASCENDING} holds as another CPU or device sees it, on both sides of a copy. */
    ASCENDING_ORDER("R3"),
    /** R5: an unaligned scalar is one access where the ISA allows it. */
    UNALIGNED_SINGLE("R5"),
    /**
     * R6: a read is never dropped, merged or narrowed. Permanent {@link CacheMode#NORMAL} memory does not have this
     * guarantee: the JIT may drop or narrow a scalar read there if nobody uses its value.
     */
    NEVER_ELIDED("R6"),
    /** R8: each barrier is the instruction that a device needs. */
    DEVICE_BARRIERS("R8"),
    /** R9: a fault is reported at the access that took it. */
    PRECISE_FAULTS("R9"),
    /** R12: no access allocates. */
    NO_ALLOCATION("R12"),
    /**
     * R14: every access to the region is made by an instruction that hypervisors are known to decode. It is promised
     * for device memory that a hypervisor may answer: {@link AnsweredBy}.
     */
    DECODABLE("R14");

    private final String rule;

    Guarantee(String rule) {
        this.rule = rule;
    }

    /** {@return the id of the rule of the contract, for example {@code R1}} */
    public String rule() {
        return rule;
    }
}
