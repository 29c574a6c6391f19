package org.hostmem.vfio.device;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.hostmem.vfio.PowerState;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.region.RegionIo;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether a PCI function answers memory accesses, so that faults are foreseen. It looks at the memory bit of the
 * command register, at the power state, and at whether the registers read as ones. It looks again after each write that
 * this process makes to the configuration space. It sees what others do to the function only at the next such write or
 * question. Until then an access may fault.
 *
 * <pre>
 *             memory bit 0, or power state not D0, or registers of ones, or a reset begins
 *   ANSWERS  ─────────────────────────────────────────────────────────▶  SILENT (with the reason)
 *            ◀─────────────────────────────────────────────────────────
 *             after the write, the reset or the question: what the registers say
 * </pre>
 *
 * <p>The state becomes SILENT before the write that stops the function, and ANSWERS after the write that wakes it. So
 * no access is allowed too early.
 */
public final class FunctionState implements RegionIo {

    /** Offset of the PCI command register in the configuration space. */
    public static final int COMMAND = Registers.COMMAND;

    public static final int COMMAND_MEMORY = 2;

    private static final int STATUS = 6;
    private static final int STATUS_CAPABILITIES = 0x10;
    private static final int FIRST_CAPABILITY = 0x34;
    private static final int CAPABILITY_POWER = 1;
    /** As many capabilities as fit between the header and the end of the space. */
    private static final int MAX_CAPABILITIES = 48;
    /** Offset of the register in the capability, and the bits of the state. */
    private static final int POWER_CONTROL = 4;

    private static final int POWER_STATE = 3;

    /** The offset of a register that could not be looked for. */
    private static final int UNKNOWN = -1;

    /** A function must not be accessed for this long on its way to D3hot or back (PCI Power Management, 5.6.1). */
    private static final long SETTLING_NANOS = 10_000_000;

    /**
     * How long to wait for a function that does not answer after its reset. The kernel waits by itself where it makes
     * the reset.
     */
    private static final long RESET_NANOS = 1_000_000_000;

    private final String address;
    private final RegionIo io;
    private final RegionInfo config;
    private final Registers registers;
    private final Consumer<@Nullable String> listener;
    private final Object lock;
    /** Offset of the power register; 0 if there is none, {@link #UNKNOWN} if the function has not answered yet. */
    private int power = UNKNOWN;

    private int lastPower;
    private boolean memoryBitCounts;
    private @Nullable String cause;

    /**
     * Reads the state of a function whose memory bit counts.
     *
     * @param io that reaches the function
     * @param listener given why the function does not answer, or null if it does, whenever it changes, while the lock
     *     is held
     */
    public FunctionState(
            String address, RegionIo io, RegionInfo config, Object lock, Consumer<@Nullable String> listener) {
        this(address, io, config, true, lock, listener);
    }

    /**
     * Reads the state.
     *
     * @param io that reaches the function
     * @param memoryBitCounts whether a memory bit that was never on means that it does not answer
     * @param listener given why the function does not answer, or null if it does, whenever it changes, while the lock
     *     is held
     */
    public FunctionState(
            String address,
            RegionIo io,
            RegionInfo config,
            boolean memoryBitCounts,
            Object lock,
            Consumer<@Nullable String> listener) {
        this.address = address;
        this.io = io;
        this.config = config;
        this.memoryBitCounts = memoryBitCounts;
        this.lock = lock;
        this.listener = listener;
        registers = new Registers(address, io, config, true);
        refresh();
    }

    /** {@link #UNKNOWN} if a part of the list cannot be read. */
    private int findPower() {
        int status = registers.peek(STATUS);
        if (status < 0) {
            return UNKNOWN;
        }
        if ((status & STATUS_CAPABILITIES) == 0) {
            return 0;
        }
        int first = registers.peek(FIRST_CAPABILITY);
        for (int at = first & 0xfc, seen = 0; at >= 0x40 && seen < MAX_CAPABILITIES; seen++) {
            int header = registers.peek(at);
            if (header < 0) {
                return UNKNOWN;
            }
            if ((header & 0xff) == CAPABILITY_POWER) {
                return at + POWER_CONTROL;
            }
            at = header >> 8 & 0xfc;
        }
        return first < 0 ? UNKNOWN : 0;
    }

    /** Offset of the power register; 0 if there is none, negative if the function does not say. */
    public int powerRegister() {
        return power;
    }

    /** The state in the value of the power register; D0 if there is no such register. */
    public static PowerState powerState(int control) {
        return PowerState.values()[control & POWER_STATE];
    }

    /** Why the function gives no answer; null if it does, or cannot be asked. */
    public @Nullable String noAnswer() {
        return registers.whyUnanswered(registers.peek(COMMAND));
    }

    /** From now on a memory bit that is off means that the function does not answer. The caller holds the lock. */
    public void heedMemoryBit() {
        memoryBitCounts = true;
    }

    /** Reads the registers. The caller holds the lock, except in the constructor. */
    public void refresh() {
        int command = registers.peek(COMMAND);
        String none = registers.whyUnanswered(command);
        if (none != null) {
            setCause(none);
            return;
        }
        if (power == UNKNOWN) {
            power = findPower();
        }
        memoryBitCounts |= command > 0 && (command & COMMAND_MEMORY) != 0;
        lastPower = power > 0 ? registers.peek(power) : 0;
        setCause(reason(command, lastPower));
    }

    /** Why the function would not answer with these registers; null if it would, or they are not known. */
    private @Nullable String reason(int command, int powerControl) {
        if (powerControl > 0 && (powerControl & POWER_STATE) != 0) {
            return address + " sleeps in " + powerState(powerControl)
                    + ": wake it by Device.setPowerState(D0), or --power d0";
        }
        if (memoryBitCounts && command >= 0 && (command & COMMAND_MEMORY) == 0) {
            return "memory is off in the command register of " + address
                    + ": turn it on by Device.setMemoryEnabled(true), or --memory on";
        }
        return null;
    }

    private void setCause(@Nullable String reason) {
        if (reason == null ? cause != null : !reason.equals(cause)) {
            cause = reason;
            listener.accept(reason);
        }
    }

    /** Why the function does not answer; null if it does. The caller holds the lock. */
    public @Nullable String whyUnanswered() {
        return cause;
    }

    @Override
    public long read(RegionInfo region, long offset, MemorySegment ram, int count) {
        return io.read(region, offset, ram, count);
    }

    @Override
    public long write(RegionInfo region, long offset, MemorySegment ram, int count) {
        boolean concerns = region.index() == config.index()
                && (covers(offset, count, COMMAND) || (power > 0 && covers(offset, count, power)));
        if (!concerns) {
            return io.write(region, offset, ram, count);
        }
        synchronized (lock) {
            int command = covers(offset, count, COMMAND) ? ram.get(JAVA_BYTE, COMMAND - offset) & 0xff : -1;
            int control = power > 0 && covers(offset, count, power) ? ram.get(JAVA_BYTE, power - offset) & 0xff : -1;
            String reason = reason(command, control);
            if (reason != null) {
                setCause(reason);
            }
            try {
                return io.write(region, offset, ram, count);
            } finally {
                if (control >= 0) {
                    settle(control);
                }
                refresh();
            }
        }
    }

    private void settle(int control) {
        PowerState before = powerState(Math.max(0, lastPower));
        PowerState after = powerState(control);
        if (before != after && (before == PowerState.D3HOT || after == PowerState.D3HOT)) {
            LockSupport.parkNanos(SETTLING_NANOS);
        }
    }

    private static boolean covers(long offset, int count, int register) {
        return offset <= register && register < offset + count;
    }

    /** Resets the function, and waits a little if it does not answer at once. The caller holds the lock. */
    public int reset(IntSupplier reset) {
        setCause(address + " is being reset: try again");
        try {
            int result = reset.getAsInt();
            long start = System.nanoTime();
            while (result >= 0 && noAnswer() != null && System.nanoTime() - start < RESET_NANOS) {
                LockSupport.parkNanos(SETTLING_NANOS);
            }
            return result;
        } finally {
            refresh();
        }
    }
}
