package org.hostmem;

/**
 * Says who answers an access to a region: the hardware, or a hypervisor that emulates the device.
 *
 * <p>Hardware accepts all accesses that the ISA allows. A hypervisor that emulates a device gets the access as a trap,
 * and must decode the instruction. An instruction that it does not know ends the process, shows as a fault of a device
 * that is there, or has another effect. So where a hypervisor may answer, Hostmem accesses device memory only by
 * instructions that hypervisors decode, and {@link AccessRules} have smaller units. This does not concern
 * {@link CacheMode#NORMAL} memory, because no hypervisor emulates RAM.
 */
public enum AnsweredBy {
    /** A device answers, or it is memory, maybe of another process. The ISA alone decides which accesses work. */
    HARDWARE,
    /** A hypervisor answers, and decodes each access. */
    HYPERVISOR,
    /** It is not known, for example in a guest. The rules of {@link #HYPERVISOR} hold. */
    UNKNOWN;

    /** {@return whether a hypervisor may have to decode each access} */
    public boolean mayDecode() {
        return this != HARDWARE;
    }
}
