package org.hostmem;

/**
 * Who answers an access to a region.
 *
 * <p>Hardware takes whatever the ISA allows. A hypervisor that emulates a device gets the access as a trap, and must
 * decode the instruction that made it: what it does not know ends the process, or is reported as a fault of a device
 * that is there, or does something else. So where a hypervisor may answer, device memory is accessed by instructions
 * that hypervisors decode, and {@link AccessRules} has smaller units. {@link CacheMode#NORMAL} memory is not concerned:
 * no hypervisor emulates RAM.
 */
public enum AnsweredBy {
    /** A device, memory, or another process through memory: the ISA alone decides what works. */
    HARDWARE,
    /** A hypervisor, which decodes each access. */
    HYPERVISOR,
    /** Nobody can tell, as in a guest: the rules are those of {@link #HYPERVISOR}. */
    UNKNOWN;

    /** {@return whether each access may have to be decoded} */
    public boolean mayDecode() {
        return this != HARDWARE;
    }
}
