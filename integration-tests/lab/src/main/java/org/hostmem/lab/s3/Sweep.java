package org.hostmem.lab.s3;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;

/**
 * Every plan that an accessor has for small transfers and for scalars, at every offset: carried out, and the bytes
 * around compared.
 *
 * <p>What is there is read in aligned accesses of 8 bytes by plain Java, which no mode forbids, so that the library is
 * not its own witness.
 */
final class Sweep {

    private static final int OFFSETS = 16;
    private static final int SIZES = 33;
    private static final int BEFORE = 16;
    private static final int LENGTH = BEFORE + OFFSETS + SIZES + 15;

    private final HostMemoryAccessor region;
    private final MemorySegment raw;
    private final MemorySegment expected;
    private final MemorySegment ram;
    private final Random random = new Random(7);
    private final List<String> failures = new ArrayList<>();
    private int requests;
    private int asPlanned;

    private Sweep(HostMemoryAccessor region, MemorySegment raw, Arena arena) {
        this.region = region;
        this.raw = raw;
        expected = arena.allocate(LENGTH, 16);
        ram = arena.allocate(LENGTH, 16);
    }

    /** How many requests were made, how many of them did what they should, and what the others did. */
    record Result(int requests, int asPlanned, List<String> failures) {}

    static Result of(HostMemoryAccessor region, MemorySegment raw) {
        try (Arena arena = Arena.ofConfined()) {
            Sweep sweep = new Sweep(region, raw.asSlice(0, LENGTH), arena);
            sweep.run();
            return new Result(sweep.requests, sweep.asPlanned, sweep.failures);
        }
    }

    private void run() {
        for (int i = 0; i < LENGTH; i += 8) {
            raw.set(JAVA_LONG, i, 0);
        }
        for (int offset = 0; offset < OFFSETS; offset++) {
            for (int size = 0; size < SIZES; size++) {
                for (TransferOrder order : TransferOrder.values()) {
                    write(offset, size, order);
                    read(offset, size, order);
                }
                fill(offset, size);
            }
            for (int width = 1; width <= 8; width *= 2) {
                scalar(offset, width);
            }
        }
    }

    private void write(int offset, int size, TransferOrder order) {
        randomize();
        MemorySegment.copy(ram, size % 9, expected, BEFORE + offset, size);
        request(
                "write " + size + "@" + offset + " " + order,
                () -> region.writeBytes(BEFORE + offset, ram, size % 9, size, order));
    }

    private void read(int offset, int size, TransferOrder order) {
        randomize();
        MemorySegment wanted = MemorySegment.ofArray(ram.toArray(JAVA_BYTE));
        MemorySegment.copy(expected, BEFORE + offset, wanted, size % 9, size);
        request("read " + size + "@" + offset + " " + order, () -> {
            region.readBytes(BEFORE + offset, ram, size % 9, size, order);
            if (ram.mismatch(wanted) >= 0) {
                throw new IllegalStateException("other bytes");
            }
        });
    }

    private void fill(int offset, int size) {
        byte value = (byte) random.nextInt();
        expected.asSlice(BEFORE + offset, size).fill(value);
        request("fill " + size + "@" + offset, () -> region.fill(BEFORE + offset, size, value));
    }

    private void scalar(int offset, int width) {
        long value = random.nextLong() & (-1L >>> (64 - 8 * width));
        for (int i = 0; i < width; i++) {
            expected.set(JAVA_BYTE, BEFORE + offset + i, (byte) (value >>> (8 * i)));
        }
        request("write of " + width + "@" + offset, () -> region.write(BEFORE + offset, width, value));
        request("read of " + width + "@" + offset, () -> {
            if (region.read(BEFORE + offset, width) != value) {
                throw new IllegalStateException("another value");
            }
        });
    }

    private void randomize() {
        for (int i = 0; i < LENGTH; i += 8) {
            ram.set(JAVA_LONG, i, random.nextLong());
        }
    }

    private void request(String what, Runnable access) {
        requests++;
        int before = failures.size();
        try {
            access.run();
        } catch (RuntimeException | InternalError fault) {
            failures.add(what + ": " + fault.getMessage());
        }
        for (int i = 0; i < LENGTH; i += 8) {
            if (raw.get(JAVA_LONG, i) != expected.get(JAVA_LONG, i)) {
                failures.add(what + " left the 8 bytes at " + (i - BEFORE) + " wrong");
                raw.set(JAVA_LONG, i, expected.get(JAVA_LONG, i));
            }
        }
        asPlanned += failures.size() == before ? 1 : 0;
    }
}
