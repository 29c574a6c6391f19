package org.hostmem.vfio;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A decoded capability of a PCI function. {@link ConfigSpace#capabilities} lists them. Immutable. The numbers and bits
 * are those of {@code include/uapi/linux/pci_regs.h}.
 */
public sealed interface PciCapability {

    /** {@return its number: {@code PCI_CAP_ID_...}, or {@code PCI_EXT_CAP_ID_...} if it is {@link #extended}} */
    int id();

    /** {@return the offset of its first byte in the configuration space} */
    int offset();

    /** {@return whether it stands in the list of extended capabilities, which begins at 0x100} */
    default boolean extended() {
        return offset() >= ConfigSpace.CONVENTIONAL_BYTES;
    }

    /**
     * Power management.
     *
     * @param offset of its first byte
     * @param version of the PCI Power Management specification
     * @param states that the function has beside D0 and D3hot
     * @param state it is in
     * @param keepsRegisters whether its registers stay on the way from D3hot to D0 ({@code PCI_PM_CTRL_NO_SOFT_RESET})
     * @param eventEnabled whether it may ask to be woken
     * @param eventPending whether it asks
     */
    record PowerManagement(
            int offset,
            int version,
            Set<PowerState> states,
            PowerState state,
            boolean keepsRegisters,
            boolean eventEnabled,
            boolean eventPending)
            implements PciCapability {

        /** Makes a copy. */
        public PowerManagement {
            states = Set.copyOf(states);
        }

        @Override
        public int id() {
            return 1;
        }
    }

    /**
     * Message signalled interrupts.
     *
     * @param offset of its first byte
     * @param vectors that the function has
     * @param enabledVectors that software gave it
     * @param enabled whether it sends messages
     * @param wide whether the address has 64 bits
     * @param maskable whether each vector can be masked
     * @param address that it writes to
     * @param data that it writes, with the vector in the low bits
     */
    record Msi(
            int offset,
            int vectors,
            int enabledVectors,
            boolean enabled,
            boolean wide,
            boolean maskable,
            long address,
            int data)
            implements PciCapability {

        @Override
        public int id() {
            return 5;
        }
    }

    /**
     * Message signalled interrupts whose addresses stand in a table of a BAR.
     *
     * @param offset of its first byte
     * @param vectors of the table
     * @param enabled whether the function sends messages
     * @param masked whether all vectors are masked
     * @param table where the table is
     * @param pending where the bits of pending vectors are
     */
    record MsiX(int offset, int vectors, boolean enabled, boolean masked, Place table, Place pending)
            implements PciCapability {

        @Override
        public int id() {
            return 0x11;
        }
    }

    /**
     * A place in a BAR.
     *
     * @param region index of the BAR
     * @param offset in bytes, a multiple of 8
     */
    record Place(int region, long offset) {}

    /**
     * PCI Express.
     *
     * @param offset of its first byte
     * @param version of the capability
     * @param type {@code PCI_EXP_TYPE_...}: 0 is an endpoint, 4 a root port, 9 an endpoint of the root complex
     * @param largestPayload that the function can take, in bytes
     * @param payload that it may send, in bytes
     * @param readRequest that it may send, in bytes
     * @param resets whether the function can be reset alone (FLR)
     * @param link what its link can do; empty for a function of the root complex, which has none
     * @param negotiated what its link does; empty as {@code link} is
     */
    record Express(
            int offset,
            int version,
            int type,
            int largestPayload,
            int payload,
            int readRequest,
            boolean resets,
            Optional<Link> link,
            Optional<Link> negotiated)
            implements PciCapability {

        @Override
        public int id() {
            return 0x10;
        }
    }

    /**
     * A speed and a width.
     *
     * @param generation of the speed: 1 is 2.5 GT/s, 2 is 5 GT/s, 3 is 8 GT/s, 4 is 16 GT/s, 5 is 32 GT/s, 6 is 64 GT/s
     * @param lanes how many
     */
    record Link(int generation, int lanes) {

        private static final List<String> SPEEDS = List.of("2.5", "5", "8", "16", "32", "64");

        /** {@return the speed in GT/s, for example {@code 2.5}; {@code unknown} of a generation that has none} */
        public String speed() {
            return generation >= 1 && generation <= SPEEDS.size() ? SPEEDS.get(generation - 1) : "unknown";
        }
    }

    /**
     * What a vendor put there. {@link ConfigSpace#read} has its bytes.
     *
     * @param offset of its first byte
     * @param length in bytes, its header of 3 too, as the vendor says; it may reach beyond the end
     */
    record Vendor(int offset, int length) implements PciCapability {

        @Override
        public int id() {
            return 9;
        }
    }

    /**
     * An extended capability that a vendor defines.
     *
     * @param offset of its first byte
     * @param version of the extended capability
     * @param vendorId the vendor's number for it
     * @param revision the vendor's
     * @param length in bytes, its two headers too
     */
    record ExtendedVendor(int offset, int version, int vendorId, int revision, int length) implements PciCapability {

        @Override
        public int id() {
            return 0xb;
        }
    }

    /**
     * Any other. {@link ConfigSpace#read} has its bytes.
     *
     * @param id its number
     * @param offset of its first byte
     * @param version of an extended capability; 0 of others
     */
    record Other(int id, int offset, int version) implements PciCapability {}
}
