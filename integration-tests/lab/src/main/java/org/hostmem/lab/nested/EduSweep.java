package org.hostmem.lab.nested;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;

/**
 * Makes scalars, bulk transfers, fills and moves on edu's registers, and compares them with a model. It writes only
 * even bytes, because an odd command would start a transfer.
 */
final class EduSweep {

    private static final int BEGIN = EduModel.BEGIN;
    /** A move up by this distance ends where edu keeps nothing. */
    private static final int UP = 40;

    private final String name;
    private final HostMemoryAccessor edu;
    private final Score score;
    private final EduModel model = new EduModel();
    private final SplittableRandom random = new SplittableRandom(14);
    private final int least;

    EduSweep(String name, HostMemoryAccessor edu, Score score) {
        this.name = name;
        this.edu = edu;
        this.score = score;
        this.least = edu.options().limits().least();
        for (int register = 0; register < model.registers(); register++) {
            edu.writeLong(BEGIN + 8 * register, 0);
        }
    }

    void run(Sizes sizes) {
        long begin = System.nanoTime();
        long before = score.all();
        for (int width = 1; width <= Long.BYTES; width *= 2) {
            for (int at = BEGIN; at < BEGIN + 16; at++) {
                scalar(at, width);
            }
        }
        for (int offset : sizes.offsets()) {
            for (int size : sizes.sizes()) {
                if (size == 0 && offset % least != 0) {
                    continue; // it shows nothing
                }
                for (TransferOrder order : new TransferOrder[] {TransferOrder.ASCENDING, TransferOrder.RELAXED}) {
                    transfers(BEGIN + offset, size, order);
                }
                fill(BEGIN + offset, size);
                move(BEGIN + offset, size, UP);
                move(BEGIN + offset, size, 8);
            }
        }
        System.out.println(name + ": units of " + edu.rules().widestRead() + " and "
                + edu.rules().widestWrite() + ", " + (score.all() - before) + " accesses in "
                + (System.nanoTime() - begin) / 1_000_000 + " ms");
    }

    private void scalar(int at, int width) {
        String what = name + ", a scalar of " + width + " at 0x" + Integer.toHexString(at);
        if (at % width != 0 && least > 1) {
            return; // the mapping decides whether it is one access or refused
        }
        byte[] even = even(width);
        long value = 0;
        for (int i = width - 1; i >= 0; i--) {
            value = (value << 8) | (even[i] & 0xff);
        }
        long written = value;
        count(what + ": write", width < least, () -> {
            edu.write(at, width, written);
            model.write(edu.planScalar(at, width), at, even);
            return isKept();
        });
        count(what + ": read", width < least, () -> {
            byte[] expected = model.read(edu.planScalar(at, width), at, width);
            long read = edu.read(at, width);
            for (int i = 0; i < width; i++) {
                if ((byte) (read >>> (8 * i)) != expected[i]) {
                    return false;
                }
            }
            return true;
        });
    }

    private void transfers(int at, int size, TransferOrder order) {
        String where = name + ", " + order + ", " + size + " bytes at 0x" + Integer.toHexString(at);
        byte[] even = even(size);
        count(where + ": write", isRefused(at, size), () -> {
            edu.writeBytes(at, MemorySegment.ofArray(even), 0, size, order);
            model.write(edu.planBulk(Direction.WRITE, at, size, order), at, even);
            return isKept();
        });
        count(where + ": read", isRefused(at, size), () -> {
            byte[] read = new byte[size];
            edu.readBytes(at, MemorySegment.ofArray(read), 0, size, order);
            return Arrays.equals(read, model.read(edu.planBulk(Direction.READ, at, size, order), at, size));
        });
    }

    private void fill(int at, int size) {
        byte value = even(1)[0];
        count(name + ", a fill of " + size + " bytes at 0x" + Integer.toHexString(at), isRefused(at, size), () -> {
            edu.fill(at, size, value);
            byte[] filled = new byte[size];
            Arrays.fill(filled, value);
            model.write(edu.planBulk(Direction.WRITE, at, size, TransferOrder.RELAXED), at, filled);
            return isKept();
        });
    }

    /** The model knows the result only if all units have 8 bytes: others depend on where the move is cut. */
    private void move(int from, int size, int distance) {
        boolean isKnown = (from | size) % 8 == 0;
        if (!isKnown && distance < UP) {
            return;
        }
        String what =
                name + ", a move of " + size + " bytes up by " + distance + " from 0x" + Integer.toHexString(from);
        count(what, isRefused(from, size), () -> {
            byte[] bytes = model.read(edu.planBulk(Direction.READ, from, size, TransferOrder.ASCENDING), from, size);
            edu.move(from, from + distance, size, Transfer.DEFAULT.withBudget(1 << 16));
            if (isKnown) {
                long to = from + (long) distance;
                model.write(edu.planBulk(Direction.WRITE, to, size, TransferOrder.ASCENDING), to, bytes);
            }
            return isKept();
        });
    }

    /** Whether a request has less than the least unit of the limits. */
    private boolean isRefused(int at, int size) {
        return (at | size) % least != 0;
    }

    private void count(String what, boolean isRefused, Score.Access access) {
        if (isRefused) {
            score.refused(what, access);
        } else {
            score.count(what, access);
        }
    }

    private boolean isKept() {
        for (int register = 0; register < model.registers(); register++) {
            if (edu.readLong(BEGIN + 8 * register) != model.kept(register)) {
                return false;
            }
        }
        return true;
    }

    private byte[] even(int size) {
        byte[] even = new byte[size];
        random.nextBytes(even);
        for (int i = 0; i < size; i++) {
            even[i] &= (byte) 0xfe;
        }
        return even;
    }
}
