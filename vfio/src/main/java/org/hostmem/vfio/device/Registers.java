package org.hostmem.vfio.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.region.RegionIo;
import org.jspecify.annotations.Nullable;

/** The registers of a PCI configuration space as words of 2 bytes, and whether anybody answers there. */
public final class Registers {

    /**
     * Offset of the vendor. It reads as ones where nothing answers. A virtual function has no vendor register: vfio-pci
     * makes one up, and sysfs reads ones.
     */
    public static final int VENDOR = 0;
    /** Offset of the command register. */
    public static final int COMMAND = 4;

    private static final int ONES = 0xffff;
    /**
     * Bits of the command register that no PCI function has (PCI Express 6.0, 7.5.1.1.3): They read as ones where
     * nothing answers, even if the host makes up other bits.
     */
    private static final int COMMAND_RESERVED = 0xf800;
    /** The same for the power register (PCI Power Management 1.2, 3.2.4). */
    private static final int POWER_RESERVED = 0xf4;

    private final String address;
    private final RegionIo io;
    private final RegionInfo config;
    private final boolean namesVendor;

    /**
     * Of one function.
     *
     * @param io that reaches it
     * @param namesVendor whether the vendor register has a vendor while the function answers
     */
    public Registers(String address, RegionIo io, RegionInfo config, boolean namesVendor) {
        this.address = address;
        this.io = io;
        this.config = config;
        this.namesVendor = namesVendor;
    }

    /** Reads a word; -1 if it cannot be read. */
    public int peek(int offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(2, 2);
            return io.read(config, offset, bytes, 2) == 2 ? word(bytes) : -1;
        }
    }

    /** Reads a word into memory of 2 bytes, and returns the result of the call. */
    public long read(int offset, MemorySegment bytes) {
        return io.read(config, offset, bytes, 2);
    }

    public static int word(MemorySegment bytes) {
        return Short.toUnsignedInt(
                bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getShort(0));
    }

    /**
     * Why nobody answers, as far as the registers tell; null if somebody does, or they cannot be read.
     *
     * @param command what the command register says; negative if it could not be read
     */
    public @Nullable String whyUnanswered(int command) {
        boolean reserved = command >= 0 && (command & COMMAND_RESERVED) == COMMAND_RESERVED;
        int vendor = namesVendor || reserved ? peek(VENDOR) : -1;
        if (!reserved && !(namesVendor && vendor == ONES)) {
            return null;
        }
        return address + " does not answer: its configuration space reads as all ones (vendor " + text(vendor)
                + ", command " + text(command)
                + "): it was removed, it sleeps without power (D3cold), or a bridge above it is off. "
                + "Wake or reset it, or plug it in and scan the bus (echo 1 > /sys/bus/pci/rescan), then open it anew";
    }

    /** Whether a word is a value that no power register has. */
    public static boolean isNoPower(int word) {
        return (word & POWER_RESERVED) == POWER_RESERVED;
    }

    public static String text(int word) {
        return word < 0 ? "unreadable" : String.format("0x%04x", word);
    }
}
