package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * Whether a PCI function answers memory accesses, followed through every write to its configuration space that goes through this process, so that faults are foreseen: the memory bit of the
 * command register, and the power state. What others do to the function is seen at the next write only, and until then found out by a fault.
 *
 * <pre>
 *                 memory bit 0, or power state not D0, or a reset begins
 *   ANSWERS  ───────────────────────────────────────────────────────────────▶  SILENT (with the reason)
 *            ◀───────────────────────────────────────────────────────────────
 *                 after the write or the reset: what the registers say
 * </pre>
 *
 * <p>SILENT is told before the write that makes the function so, ANSWERS after the one that wakes it: an access is never allowed because of a state that has not come yet.
 */
final class FunctionState implements RegionIo {

    /** Offset of the PCI command register in the configuration space. */
    static final int COMMAND = 4;
    static final int COMMAND_MEMORY = 2;

    private static final int STATUS = 6;
    private static final int STATUS_CAPABILITIES = 0x10;
    private static final int FIRST_CAPABILITY = 0x34;
    private static final int CAPABILITY_POWER = 1;
    /** As many as fit between the header and the end. */
    private static final int MAX_CAPABILITIES = 48;
    /** Offset of the register in the capability, and the bits of the state. */
    private static final int POWER_CONTROL = 4;
    private static final int POWER_STATE = 3;

    private final String address;
    private final RegionIo io;
    private final RegionInfo config;
    private final Consumer<String> tell;
    private final Object lock;
    /** Of the power register; 0 if there is none. */
    private final int power;
    private String silence;

    /**
     * Reads the state.
     *
     * @param io that reaches the function
     * @param tell given the reason for silence, or null, whenever it changes, while the lock is held
     */
    FunctionState(String address, RegionIo io, RegionInfo config, Object lock, Consumer<String> tell) {
        this.address = address;
        this.io = io;
        this.config = config;
        this.lock = lock;
        this.tell = tell;
        power = findPower();
        refresh();
    }

    /** A byte of the configuration space; -1 if it cannot be read. */
    private int config(int offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(1);
            return io.read(config, offset, bytes, 1) == 1 ? bytes.asByteBuffer().get(0) & 0xff : -1;
        }
    }

    private int findPower() {
        int status = config(STATUS);
        if (status < 0 || (status & STATUS_CAPABILITIES) == 0) {
            return 0;
        }
        int at = config(FIRST_CAPABILITY) & ~3;
        for (int seen = 0; at >= 0x40 && seen < MAX_CAPABILITIES; seen++) {
            if (config(at) == CAPABILITY_POWER) {
                return at + POWER_CONTROL;
            }
            at = config(at + 1) & ~3;
        }
        return 0;
    }

    /** Offset of the power register; 0 if there is none. */
    int powerRegister() {
        return power;
    }

    PowerState powerState() {
        int register = power == 0 ? 0 : config(power);
        return register < 0 ? PowerState.D0 : PowerState.values()[register & POWER_STATE];
    }

    private void refresh() {
        become(reason(config(COMMAND), power == 0 ? 0 : config(power)));
    }

    /** Why the function would not answer with these registers; null if it would, or they are not known. */
    private String reason(int command, int powerControl) {
        if (powerControl > 0 && (powerControl & POWER_STATE) != 0) {
            return address + " sleeps in " + PowerState.values()[powerControl & POWER_STATE] + ": wake it by Device.setPowerState(D0), or --power d0";
        }
        if (command >= 0 && (command & COMMAND_MEMORY) == 0) {
            return "memory is off in the command register of " + address + ": turn it on by Device.setMemoryEnabled(true), or --memory on";
        }
        return null;
    }

    private void become(String reason) {
        if (reason == null ? silence != null : !reason.equals(silence)) {
            silence = reason;
            tell.accept(reason);
        }
    }

    /** Why the function does not answer; null if it does. With the lock held. */
    String silence() {
        return silence;
    }

    @Override
    public long read(RegionInfo region, long offset, MemorySegment ram, int count) {
        return io.read(region, offset, ram, count);
    }

    @Override
    public long write(RegionInfo region, long offset, MemorySegment ram, int count) {
        boolean concerns = region.index() == config.index() && (covers(offset, count, COMMAND) || power != 0 && covers(offset, count, power));
        if (!concerns) {
            return io.write(region, offset, ram, count);
        }
        synchronized (lock) {
            int command = covers(offset, count, COMMAND) ? ram.get(JAVA_BYTE, COMMAND - offset) & 0xff : -1;
            int control = power != 0 && covers(offset, count, power) ? ram.get(JAVA_BYTE, power - offset) & 0xff : -1;
            String reason = reason(command, control);
            if (reason != null) {
                become(reason);
            }
            try {
                return io.write(region, offset, ram, count);
            } finally {
                refresh();
            }
        }
    }

    private static boolean covers(long offset, int count, int register) {
        return offset <= register && register < offset + count;
    }

    /** Resets the function. With the lock held. */
    int reset(IntSupplier reset) {
        become(address + " is being reset: try again");
        try {
            return reset.getAsInt();
        } finally {
            refresh();
        }
    }
}
