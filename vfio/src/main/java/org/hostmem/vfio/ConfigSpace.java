package org.hostmem.vfio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hostmem.vfio.PciCapability.Express;
import org.hostmem.vfio.PciCapability.ExtendedVendor;
import org.hostmem.vfio.PciCapability.Link;
import org.hostmem.vfio.PciCapability.Msi;
import org.hostmem.vfio.PciCapability.MsiX;
import org.hostmem.vfio.PciCapability.Other;
import org.hostmem.vfio.PciCapability.Place;
import org.hostmem.vfio.PciCapability.PowerManagement;
import org.hostmem.vfio.PciCapability.Vendor;

/**
 * Decodes a copy of a PCI function's configuration space: its header and its capabilities. {@link Device#config} makes
 * one. To access the registers themselves, open the region {@link Region#CONFIG}. Immutable.
 *
 * <p>The bytes are a device's, so nothing in them is believed. Each list of capabilities ends at the first entry that
 * is impossible, and {@link #violations} says what was wrong. The words of the header and the layouts of the
 * capabilities are those of {@code include/uapi/linux/pci_regs.h}. All numbers are little-endian there.
 */
public final class ConfigSpace {

    /** Bytes of the header: no configuration space is shorter. */
    public static final int HEADER_BYTES = 64;
    /** Bytes without the extended capabilities. */
    public static final int CONVENTIONAL_BYTES = 256;
    /** Bytes with the extended capabilities. */
    public static final int MOST_BYTES = 4096;

    private static final int VENDOR = 0;
    private static final int COMMAND = 4;
    private static final int STATUS = 6;
    private static final int STATUS_CAPABILITIES = 0x10;
    private static final int REVISION = 8;
    private static final int HEADER_TYPE = 0xe;
    private static final int SUBSYSTEM_VENDOR = 0x2c;
    private static final int FIRST_CAPABILITY = 0x34;
    private static final int FIRST_CAPABILITY_OF_CARDBUS = 0x14;
    private static final int INTERRUPT_PIN = 0x3d;
    private static final int CARDBUS = 2;

    private static final int LEAST_PAYLOAD = 128;
    private static final int SUBSYSTEM_OF_A_BRIDGE = 0xd;
    private static final int POWER_MANAGEMENT = 1;
    private static final int MSI = 5;
    private static final int VENDOR_SPECIFIC = 9;
    private static final int EXPRESS = 0x10;
    private static final int MSI_X = 0x11;
    private static final int MSI_64_BITS = 0x80;
    private static final int EXTENDED_VENDOR = 0xb;
    /** {@code PCI_EXP_TYPE_RC_END} and {@code PCI_EXP_TYPE_RC_EC}: they have no link. */
    private static final int IN_ROOT_COMPLEX = 9;

    private static final int EVENT_COLLECTOR = 10;

    private final ByteBuffer bytes;
    private final List<PciCapability> capabilities = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();

    private ConfigSpace(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
        if ((word(STATUS) & STATUS_CAPABILITIES) != 0) {
            walk();
        }
        if (bytes.length > CONVENTIONAL_BYTES) {
            walkExtended();
        }
    }

    /**
     * Decodes a configuration space, for example a {@code config} file of sysfs, or a dump.
     *
     * @param bytes from offset 0 on, 64 to 4096 of them; those that are missing are not decoded
     * @return what they say
     * @throws NoAnswerException if the vendor and the command register read as ones: there is no function
     * @throws VfioException if there are fewer or more bytes
     */
    public static ConfigSpace of(byte[] bytes) {
        if (bytes.length < HEADER_BYTES || bytes.length > MOST_BYTES) {
            throw new VfioException("a configuration space has " + HEADER_BYTES + " to " + MOST_BYTES
                    + " bytes, and not " + bytes.length + ": give the bytes from offset 0 on, "
                    + "as /sys/bus/pci/devices/*/config has them");
        }
        ConfigSpace space = new ConfigSpace(bytes);
        if (space.doubleWord(VENDOR) == -1 && space.word(COMMAND) == 0xffff) {
            throw new NoAnswerException("the configuration space reads as ones: nothing answers there");
        }
        return space;
    }

    /** {@return the number of bytes that were read: 64 to 4096} */
    public int size() {
        return bytes.capacity();
    }

    /**
     * {@return an unsigned little-endian number}
     *
     * @param offset in bytes, from 0 on; it may be unaligned
     * @param width in bytes: 1, 2 or 4
     * @throws IndexOutOfBoundsException if it is not inside
     * @throws IllegalArgumentException if the width is another
     */
    public long read(int offset, int width) {
        return switch (width) {
            case 1 -> octet(offset);
            case 2 -> word(offset);
            case 4 -> Integer.toUnsignedLong(doubleWord(offset));
            default -> throw new IllegalArgumentException("a width is 1, 2 or 4 bytes, and not " + width);
        };
    }

    /** {@return the number of the vendor; a virtual function may have 0xffff here} */
    public int vendor() {
        return word(VENDOR);
    }

    /** {@return the vendor's number of the device} */
    public int device() {
        return word(VENDOR + 2);
    }

    /** {@return the command register: {@code PCI_COMMAND_...}} */
    public int command() {
        return word(COMMAND);
    }

    /** {@return the status register: {@code PCI_STATUS_...}} */
    public int status() {
        return word(STATUS);
    }

    /** {@return the vendor's number of the revision} */
    public int revision() {
        return octet(REVISION);
    }

    /**
     * {@return the class, the subclass and the programming interface: 24 bits, for example 0x020000 of a network card}
     */
    public int classCode() {
        return doubleWord(REVISION) >>> 8;
    }

    /** {@return the layout of the header: 0 of a device, 1 of a bridge, 2 of a CardBus bridge} */
    public int headerType() {
        return octet(HEADER_TYPE) & 0x7f;
    }

    /** {@return whether the device has more functions than this} */
    public boolean multiFunction() {
        return (octet(HEADER_TYPE) & 0x80) != 0;
    }

    /** {@return the vendor of the card; empty if the header has none} */
    public Optional<Integer> subsystemVendor() {
        return subsystem(0);
    }

    /** {@return that vendor's number of the card; empty if the header has none} */
    public Optional<Integer> subsystemDevice() {
        return subsystem(2);
    }

    private Optional<Integer> subsystem(int more) {
        if (headerType() == 0) {
            return Optional.of(word(SUBSYSTEM_VENDOR + more));
        }
        return capabilities.stream()
                .filter(each -> each.id() == SUBSYSTEM_OF_A_BRIDGE && !each.extended())
                .filter(each -> each.offset() + 8 <= size())
                .map(each -> word(each.offset() + 4 + more))
                .findFirst();
    }

    /** {@return the pin of INTx: 1 is A, 4 is D; 0 if the function has none} */
    public int interruptPin() {
        return octet(INTERRUPT_PIN);
    }

    /** {@return the capabilities in the order of their lists, the extended ones last} */
    public List<PciCapability> capabilities() {
        return List.copyOf(capabilities);
    }

    /**
     * {@return the first capability of a kind}
     *
     * @param <C> the kind
     * @param kind its class, for example {@code PciCapability.MsiX.class}
     */
    public <C extends PciCapability> Optional<C> capability(Class<C> kind) {
        return capabilities.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    /** {@return what is impossible in the lists of capabilities; empty if nothing is} */
    public List<String> violations() {
        return List.copyOf(violations);
    }

    private void walk() {
        BitSet seen = new BitSet();
        int pointer = headerType() == CARDBUS ? FIRST_CAPABILITY_OF_CARDBUS : FIRST_CAPABILITY;
        // The two low bits are reserved, and software masks them.
        for (int at = octet(pointer) & 0xfc; at != 0; at = octet(at + 1) & 0xfc) {
            if (isImpossible("capability", at, HEADER_BYTES, seen)) {
                return;
            }
            capabilities.add(decode(at));
        }
    }

    private void walkExtended() {
        BitSet seen = new BitSet();
        for (int at = CONVENTIONAL_BYTES; at != 0; at = doubleWord(at) >>> 20 & 0xffc) {
            if (isImpossible("extended capability", at, CONVENTIONAL_BYTES, seen) || doubleWord(at) == 0) {
                return; // a header of zeros ends the list
            }
            capabilities.add(decodeExtended(at));
        }
    }

    /** Whether no entry of a list can be there, which is noted. */
    private boolean isImpossible(String what, int at, int least, BitSet seen) {
        String why = at < least
                ? "lies before 0x" + Integer.toHexString(least)
                : at + 4 > size()
                        ? "lies behind the " + size() + " bytes that were read"
                        : seen.get(at) ? "stands in its list twice" : doubleWord(at) == -1 ? "reads as ones" : "";
        seen.set(at);
        if (!why.isEmpty()) {
            violations.add("the " + what + " at 0x" + Integer.toHexString(at) + " " + why);
        }
        return !why.isEmpty();
    }

    private PciCapability decode(int at) {
        int id = octet(at);
        if (!reaches(at, decoded(id, at))) {
            return new Other(id, at, 0);
        }
        return switch (id) {
            case POWER_MANAGEMENT -> powerManagement(at);
            case MSI -> msi(at);
            case VENDOR_SPECIFIC -> new Vendor(at, octet(at + 2));
            case EXPRESS -> express(at);
            case MSI_X -> msiX(at);
            default -> new Other(id, at, 0);
        };
    }

    /** How many bytes of a capability are decoded. The first four were read. */
    private int decoded(int id, int at) {
        return switch (id) {
            case POWER_MANAGEMENT -> 6;
            case MSI -> (word(at + 2) & MSI_64_BITS) == 0 ? 10 : 14;
            case EXPRESS -> hasLink(at) ? 0x14 : 0xa;
            case MSI_X -> 12;
            default -> 4;
        };
    }

    private PciCapability decodeExtended(int at) {
        int header = doubleWord(at);
        int id = header & 0xffff;
        int version = header >>> 16 & 0xf;
        if (id != EXTENDED_VENDOR || !reaches(at, 8)) {
            return new Other(id, at, version);
        }
        int second = doubleWord(at + 4);
        return new ExtendedVendor(at, version, second & 0xffff, second >>> 16 & 0xf, second >>> 20);
    }

    /** Whether so much of a capability was read; that it was not is noted. */
    private boolean reaches(int at, int length) {
        if (at + length > size()) {
            violations.add("the capability at 0x" + Integer.toHexString(at) + " needs " + length + " bytes, of which "
                    + (size() - at) + " were read");
        }
        return at + length <= size();
    }

    private PowerManagement powerManagement(int at) {
        int can = word(at + 2);
        int control = word(at + 4);
        Set<PowerState> states = EnumSet.noneOf(PowerState.class);
        if ((can & 0x200) != 0) {
            states.add(PowerState.D1);
        }
        if ((can & 0x400) != 0) {
            states.add(PowerState.D2);
        }
        return new PowerManagement(
                at,
                can & 7,
                states,
                PowerState.values()[control & 3],
                (control & 8) != 0,
                (control & 0x100) != 0,
                (control & 0x8000) != 0);
    }

    private Msi msi(int at) {
        int flags = word(at + 2);
        boolean wide = (flags & MSI_64_BITS) != 0;
        long low = Integer.toUnsignedLong(doubleWord(at + 4));
        return new Msi(
                at,
                1 << (flags >> 1 & 7),
                1 << (flags >> 4 & 7),
                (flags & 1) != 0,
                wide,
                (flags & 0x100) != 0,
                wide ? (long) doubleWord(at + 8) << 32 | low : low,
                word(at + (wide ? 12 : 8)));
    }

    private MsiX msiX(int at) {
        int flags = word(at + 2);
        return new MsiX(
                at, (flags & 0x7ff) + 1, (flags & 0x8000) != 0, (flags & 0x4000) != 0, place(at + 4), place(at + 8));
    }

    private Place place(int at) {
        int both = doubleWord(at);
        return new Place(both & 7, Integer.toUnsignedLong(both & ~7));
    }

    private Express express(int at) {
        int flags = word(at + 2);
        int can = doubleWord(at + 4);
        int control = word(at + 8);
        boolean linked = hasLink(at);
        return new Express(
                at,
                flags & 0xf,
                flags >> 4 & 0xf,
                LEAST_PAYLOAD << (can & 7),
                LEAST_PAYLOAD << (control >> 5 & 7),
                LEAST_PAYLOAD << (control >> 12 & 7),
                (can & 0x1000_0000) != 0,
                linked ? Optional.of(link(doubleWord(at + 0xc))) : Optional.empty(),
                linked ? Optional.of(link(word(at + 0x12))) : Optional.empty());
    }

    private boolean hasLink(int at) {
        int type = word(at + 2) >> 4 & 0xf;
        return type != IN_ROOT_COMPLEX && type != EVENT_COLLECTOR;
    }

    private static Link link(int register) {
        return new Link(register & 0xf, register >> 4 & 0x3f);
    }

    private int octet(int offset) {
        return Byte.toUnsignedInt(bytes.get(offset));
    }

    private int word(int offset) {
        return Short.toUnsignedInt(bytes.getShort(offset));
    }

    private int doubleWord(int offset) {
        return bytes.getInt(offset);
    }
}
