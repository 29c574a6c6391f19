package org.hostmem.example.rv64;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The transmitting half of a 16550 UART. */
public final class Uart implements MmioDevice {

    /** Bytes of registers. */
    public static final int SIZE = 8;

    private static final int TRANSMIT = 0;
    private static final int LINE_STATUS = 5;
    private static final int TRANSMITTER_EMPTY = 0x60;

    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    @Override
    public long load(long offset, int width) {
        return offset == LINE_STATUS ? TRANSMITTER_EMPTY : 0;
    }

    @Override
    public void store(long offset, int width, long value) {
        if (offset == TRANSMIT) {
            sent.write((int) value);
        }
    }

    /** {@return all that the guest sent} */
    public String sent() {
        return sent.toString(StandardCharsets.US_ASCII);
    }
}
