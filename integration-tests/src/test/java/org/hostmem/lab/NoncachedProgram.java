package org.hostmem.lab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AnsweredBy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.VfioOptions;

/**
 * In the guest, once for each tier: every size at every offset on a BAR mapped noncached, where aarch64 faults at an
 * unaligned access; then what plain Java does there.
 *
 * <p>The BAR is RAM (an {@code ivshmem}), so that what was written can be read back: in aligned 8-byte accesses of
 * plain Java, which no alignment rule forbids, so that the library is not its own witness. The bytes around a transfer
 * are compared too.
 */
public final class NoncachedProgram {

    private static final String IVSHMEM = "0000:00:05.0";

    static final int SIZES = 131;
    static final int OFFSETS = 16;

    /**
     * Where the window lies in the BAR, and how long it is: room for the longest transfer at the last offset, and some
     * bytes before and after.
     */
    private static final int WINDOW = 0x1000;

    private static final int BEFORE = 16;
    private static final int LENGTH = 176;

    private static final int[] WIDTHS = {1, 2, 4, 8};

    private final HostMemoryAccessor region;
    private final MemorySegment raw;
    private final MemorySegment expected;
    private final MemorySegment nativeRam;
    private final MemorySegment heapRam = MemorySegment.ofArray(new byte[LENGTH]);
    private final Random random = new Random(7);
    private final List<String> failures = new ArrayList<>();
    private int done;

    private NoncachedProgram(RawMapping bar, Arena arena) {
        region = bar.accessor();
        raw = bar.segment().asSlice(WINDOW, LENGTH);
        expected = arena.allocate(LENGTH, 16);
        nativeRam = arena.allocate(LENGTH, 16);
    }

    /**
     * File for the results, and by name the ways in that may be taken; none for those that are tried without a word.
     */
    public static void main(String[] args) throws IOException {
        Map<String, Object> results = new LinkedHashMap<>();
        VfioInterface[] ways =
                Stream.of(args).skip(1).map(VfioInterface::valueOf).toArray(VfioInterface[]::new);
        // The emulator carries out whatever the ISA has, as hardware does, and the wide units are to be seen.
        VfioOptions options = VfioOptions.none().asserting(AnsweredBy.HARDWARE);
        try (Device ivshmem = Vfio.open(IVSHMEM, ways.length == 0 ? options : options.through(ways));
                Arena arena = Arena.ofConfined()) {
            RawMapping bar = RawMapping.of(() -> ivshmem.region(2).open(AccessOptions.DEFAULT));
            results.put("way", ivshmem.way());
            results.put(
                    "rules",
                    bar.accessor().rules().isa() + " " + bar.accessor().rules().cacheMode());
            results.put("guarantees", bar.accessor().guarantees());
            NoncachedProgram program = new NoncachedProgram(bar, arena);
            program.sweep(40); // the compiler has its code after this
            program.done = 0;
            program.sweep(SIZES);
            results.put("done", program.done);
            program.report(results, "failures");
            controls(bar.segment().asSlice(WINDOW, 4096), results);
            program.sweep(8); // the JVM goes on
            program.report(results, "failures with those after the controls");
        }
        Files.write(
                Path.of(args[0]),
                results.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .toList());
    }

    private void report(Map<String, Object> results, String name) {
        results.put(
                name,
                failures.size()
                        + (failures.isEmpty() ? "" : ", first " + failures.subList(0, Math.min(5, failures.size()))));
    }

    private void sweep(int sizes) {
        for (int i = 0; i < LENGTH; i += 8) {
            raw.set(JAVA_LONG, i, expected.get(JAVA_LONG, i));
        }
        for (int offset = 0; offset < OFFSETS; offset++) {
            for (int size = 0; size < sizes; size++) {
                for (TransferOrder order : TransferOrder.values()) {
                    MemorySegment ram = (size & 1) == 0 ? nativeRam : heapRam;
                    write(ram, size % 9, offset, size, order);
                    read(ram, size % 9, offset, size, order);
                }
                fill(offset, size);
            }
            for (int width : WIDTHS) {
                scalar(offset, width);
            }
        }
    }

    private void write(MemorySegment ram, int ramOffset, int offset, int size, TransferOrder order) {
        randomize(ram);
        MemorySegment.copy(ram, ramOffset, expected, BEFORE + offset, size);
        check(
                "write " + size + "@" + offset + " " + order,
                () -> region.writeBytes(WINDOW + BEFORE + offset, ram, ramOffset, size, order));
    }

    private void read(MemorySegment ram, int ramOffset, int offset, int size, TransferOrder order) {
        randomize(ram);
        byte[] before = ram.toArray(JAVA_BYTE);
        check(
                "read " + size + "@" + offset + " " + order,
                () -> region.readBytes(WINDOW + BEFORE + offset, ram, ramOffset, size, order));
        MemorySegment wanted = MemorySegment.ofArray(before);
        MemorySegment.copy(expected, BEFORE + offset, wanted, ramOffset, size);
        if (ram.mismatch(wanted) >= 0) {
            failures.add("read " + size + "@" + offset + " gave byte " + ram.mismatch(wanted) + " wrong");
        }
    }

    private void fill(int offset, int size) {
        byte value = (byte) random.nextInt();
        expected.asSlice(BEFORE + offset, size).fill(value);
        check("fill " + size + "@" + offset, () -> region.fill(WINDOW + BEFORE + offset, size, value));
    }

    private void scalar(int offset, int width) {
        long value = random.nextLong() & -1L >>> 64 - 8 * width;
        for (int i = 0; i < width; i++) {
            expected.set(JAVA_BYTE, BEFORE + offset + i, (byte) (value >>> 8 * i));
        }
        check("write scalar " + width + "@" + offset, () -> region.write(WINDOW + BEFORE + offset, width, value));
        long[] read = new long[1];
        check("read scalar " + width + "@" + offset, () -> read[0] = region.read(WINDOW + BEFORE + offset, width));
        if (read[0] != value) {
            failures.add("read scalar " + width + "@" + offset + " gave " + Long.toHexString(read[0]) + ", not "
                    + Long.toHexString(value));
        }
    }

    private void randomize(MemorySegment ram) {
        for (int i = 0; i < LENGTH; i += 8) {
            ram.set(JAVA_LONG_UNALIGNED, i, random.nextLong());
        }
    }

    /** Runs an access and compares the whole window with what it should hold now. */
    private void check(String what, Runnable access) {
        done++;
        try {
            access.run();
        } catch (RuntimeException | InternalError fault) {
            failures.add(what + ": " + fault);
        }
        for (int i = 0; i < LENGTH; i += 8) {
            if (raw.get(JAVA_LONG, i) != expected.get(JAVA_LONG, i)) {
                failures.add(what + " left the 8 bytes at " + (i - BEFORE) + " wrong");
                raw.set(JAVA_LONG, i, expected.get(JAVA_LONG, i));
            }
        }
    }

    // ---- what plain Java does to the same BAR

    private static void controls(MemorySegment bar, Map<String, Object> results) {
        byte[] bytes = new byte[64];
        for (int size : new int[] {7, 15, 64}) {
            int faults = 0;
            for (int offset = 1; offset < OFFSETS; offset += 2) {
                int at = offset;
                faults += faults(() -> MemorySegment.copy(bytes, 0, bar, JAVA_BYTE, at, size));
            }
            results.put("copy " + size, faults + " of " + OFFSETS / 2 + " fault");
        }
        results.put("copy 8 aligned", faults(() -> MemorySegment.copy(bytes, 0, bar, JAVA_BYTE, 8, 8)));
        int calls = 0;
        while (calls < 3_000 && faults(() -> storeUnaligned(bar, 1, 2)) == 0) {
            calls++;
        }
        results.put("unaligned stores", calls < 3_000 ? "fault" : "none");
        results.put("unaligned stores before the first fault", calls);
    }

    private static void storeUnaligned(MemorySegment bar, long offset, int value) {
        bar.set(JAVA_INT_UNALIGNED, offset, value);
    }

    /** The JVM throws its error late: at the latest in a call that leaves Java. */
    private static int faults(Runnable access) {
        try {
            access.run();
            Thread.yield();
            return 0;
        } catch (InternalError fault) {
            return 1;
        }
    }
}
