import org.hostmem.AccessPlan;

/**
 * What the registers of edu from 0x80 on make of each access: three of 8 bytes keep what 4 or 8 bytes at their
 * beginning bring, a command of 0 follows, and behind it is nothing. QEMU carries nothing narrower to edu: such a read
 * gives 0.
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
                bytes[(int) (at + i - offset)] = (byte) (value >>> 8 * i);
            }
        });
        return bytes;
    }

    /** The accesses of a plan write the bytes that are to stand from {@code offset} on. */
    void write(AccessPlan plan, long offset, byte[] bytes) {
        forEach(plan, (at, width) -> {
            long value = 0;
            for (int i = 0; i < width; i++) {
                value |= (bytes[(int) (at + i - offset)] & 0xffL) << 8 * i;
            }
            write(at, width, value);
        });
    }

    /** KVM passes on no more than 8 bytes at once, and QEMU no unaligned access. */
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

    /** {@return what the register at an index keeps} */
    long kept(int index) {
        return kept[index];
    }

    /** {@return how many registers keep what is written} */
    int registers() {
        return kept.length;
    }
}
