package org.hostmem.example.rv64;

/** A device that the emulator itself plays. Throws {@link BusFault} where it has no register. */
public interface MmioDevice {

    /** {@return the value of a register, zero-extended} */
    long load(long offset, int width);

    /** Writes a register. */
    void store(long offset, int width, long value);
}
