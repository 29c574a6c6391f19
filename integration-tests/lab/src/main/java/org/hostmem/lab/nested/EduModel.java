package org.hostmem.lab.nested;

import org.hostmem.AccessPlan;

/**
 * A model of edu's registers from 0x80 on. Three registers of 8 bytes keep what an access of 4 or 8 bytes writes at
 * their beginning. The command register after them reads 0, and nothing lies behind it. QEMU drops narrower accesses:
 * such a read gives 0.
 */
final class EduModel {

    static final int BEGIN = 0x80;
    private static final int COMMAND = 0x98;

    private final long[] kept = new long[3];

    /** {@return what the accesses of a plan read, as the bytes from {@code offset} on} */
    byte[] read(AccessPlan plan, long offset, int size) {
        byte[] bytes = new byte[size];
        forEach(plan, (at, width) -> {
            long value = read(at, width);
            for (int i = 0; i < width; i++) {
                bytes[(int) (at + i - offset)] = (byte) (value >>> (8 * i));
            }
        });
        return bytes;
    }

    /** Makes the writes of a plan, which bring {@code bytes} to {@code offset}. */
    void write(AccessPlan plan, long offset, byte[] bytes) {
        forEach(plan, (at, width) -> {
            long value = 0;
            for (int i = 0; i < width; i++) {
                value |= (bytes[(int) (at + i - offset)] & 0xffL) << (8 * i);
            }
            write(at, width, value);
        });
    }

    /** Visits the accesses as edu gets them: KVM passes on at most 8 bytes at once, and QEMU only aligned accesses. */
    private static void forEach(AccessPlan plan, AccessPlan.Visitor access) {
        plan.forEach((at, width) -> {
            for (int done = 0; done < width; ) {
                int unit =
                        (int) Math.min(Long.lowestOneBit((at + done) | Long.BYTES), Long.highestOneBit(width - done));
                access.access(at + done, unit);
                done += unit;
            }
        });
    }

    private long read(long at, int width) {
        if (width < 4) {
            return 0;
        }
        return isKept(at) ? kept[(int) (at - BEGIN) / 8] : at == COMMAND ? 0 : -1;
    }

    private void write(long at, int width, long value) {
        if (width >= 4 && isKept(at)) {
            kept[(int) (at - BEGIN) / 8] = value;
        }
    }

    private static boolean isKept(long at) {
        return at % 8 == 0 && at < COMMAND;
    }

    /** {@return the value of the register at an index} */
    long kept(int index) {
        return kept[index];
    }

    /** {@return the number of registers that keep a value} */
    int registers() {
        return kept.length;
    }
}
