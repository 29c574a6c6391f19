package org.hostmem.lab.observe;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.hostmem.AccessPlan;
import org.hostmem.TransferPlan;

/** ASCII, in few bytecodes: most of it is written by code that stays interpreted. */
final class Text implements AccessPlan.Visitor, TransferPlan.TransferRunVisitor {
    private final OutputStream out;
    private final byte[] buffer = new byte[1 << 18];
    private int used;

    Text(String file) throws IOException {
        out = new FileOutputStream(file);
    }

    Text put(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, buffer, used, bytes.length);
        used += bytes.length;
        return this;
    }

    Text put(Enum<?> word) {
        return put(word.name());
    }

    Text put(long number) {
        byte[] to = buffer;
        int digits = 1;
        for (long rest = number; rest >= 10; rest /= 10) {
            digits++;
        }
        used += digits;
        int at = used;
        do {
            to[--at] = (byte) ('0' + number % 10);
            number /= 10;
        } while (number != 0);
        return this;
    }

    Text put(char one) {
        buffer[used++] = (byte) one;
        return this;
    }

    @Override
    public void access(long offset, int width) {
        put(' ').put(width).put('@').put(offset);
    }

    @Override
    public void run(long offset, int width, long count, boolean descending) {
        put(' ').put(count).put('x').put(width).put(descending ? '-' : '+').put(offset);
    }

    /** Ends a line, which must be shorter than 128 KiB. */
    void line() throws IOException {
        buffer[used++] = '\n';
        if (used > buffer.length - (1 << 17)) {
            flush();
        }
    }

    void flush() throws IOException {
        out.write(buffer, 0, used);
        used = 0;
    }

    void close() throws IOException {
        flush();
        out.close();
    }
}
