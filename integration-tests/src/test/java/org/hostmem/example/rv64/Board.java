package org.hostmem.example.rv64;

/**
 * The machine: what lies where, as far as it is the same on any bus. RAM and the BAR are put on the bus by whoever
 * makes it.
 */
public final class Board {

    /** Address of the power switch. */
    public static final long POWER = 0x10_0000;
    /** Address of the UART. */
    public static final long UART = 0x1000_0000;
    /** Address of the copy device. */
    public static final long COPY = 0x1000_1000;
    /** Address of the passed-through BAR. */
    public static final long BAR = 0x4000_0000;
    /** Address of RAM, where the program begins. */
    public static final long RAM = 0x8000_0000L;

    private final Hart hart;
    private final Uart uart = new Uart();
    private final CopyDevice copy;
    private final PowerSwitch power;

    /** How a bus takes a device. */
    @FunctionalInterface
    public interface Slot {
        /** Puts a device on the bus. */
        void map(long base, long size, MmioDevice device);
    }

    /** A machine on a bus. */
    public Board(Bus bus, Slot slot) {
        hart = new Hart(bus, RAM);
        copy = new CopyDevice(bus);
        power = new PowerSwitch(hart::halt);
        slot.map(POWER, PowerSwitch.SIZE, power);
        slot.map(UART, Uart.SIZE, uart);
        slot.map(COPY, CopyDevice.SIZE, copy);
    }

    /** {@return the core} */
    public Hart hart() {
        return hart;
    }

    /** {@return all that the guest sent} */
    public String output() {
        return uart.sent();
    }

    /** {@return what the guest said when it ended; -1 if it has not} */
    public long exitCode() {
        return power.exitCode();
    }
}
