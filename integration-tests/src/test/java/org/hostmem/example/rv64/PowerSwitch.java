package org.hostmem.example.rv64;

/** How a guest ends the machine: it writes 1 + 2 times its exit code, so that even 0 is a write of something. */
public final class PowerSwitch implements MmioDevice {

    /** Bytes of registers. */
    public static final int SIZE = 8;

    private final Runnable halt;
    private long exitCode = -1;

    PowerSwitch(Runnable halt) {
        this.halt = halt;
    }

    @Override
    public long load(long offset, int width) {
        return 0;
    }

    @Override
    public void store(long offset, int width, long value) {
        exitCode = value >>> 1;
        halt.run();
    }

    /** {@return what the guest said; -1 if it is still running} */
    public long exitCode() {
        return exitCode;
    }
}
