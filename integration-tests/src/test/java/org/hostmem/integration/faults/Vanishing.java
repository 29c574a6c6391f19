package org.hostmem.integration.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.hostmem.AccessOptions;
import org.hostmem.Atomics;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * Run in a JVM of its own, which it could end: threads at work on a file whose second half is cut off and added again,
 * over and over, so that memory vanishes between a check and its access.
 */
public final class Vanishing {

    private static final int THREADS = 4;
    private static final int[] WIDTHS = {1, 2, 4, 8};
    private static final AtomicLong VALUES = new AtomicLong();
    private static final AtomicLong FAULTS = new AtomicLong();
    private static final AtomicLong WRONG = new AtomicLong();

    private static volatile boolean over;

    private Vanishing() {}

    /** What is done to memory at an offset. */
    @FunctionalInterface
    private interface Access {
        void at(long offset, int width);
    }

    private record Kind(Direction direction, Access access) {}

    /** Exits with 0 if each access was a value or a fault that says which access it was, and there were both. */
    public static void main(String[] arguments) throws Exception {
        int cuts = Integer.parseInt(arguments[0]);
        Path path = Files.createTempFile("hostmem-vanishing", ".region");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(2 * TruncatedFile.EDGE);
            try (Device device = Vfio.file(path, VfioOptions.none());
                    HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT)) {
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    SplittableRandom random = new SplittableRandom(i);
                    threads.add(Thread.ofPlatform().start(() -> work(region, random)));
                }
                cut(file, cuts);
                over = true;
                for (Thread thread : threads) {
                    thread.join();
                }
            }
        } finally {
            Files.delete(path);
        }
        System.out.println(VALUES + " values, " + FAULTS + " faults, " + WRONG + " wrong");
        System.exit(WRONG.get() == 0 && VALUES.get() > 0 && FAULTS.get() > 0 ? 0 : 1);
    }

    private static void cut(RandomAccessFile file, int cuts) throws IOException {
        long before = 0;
        for (int i = 0; i < cuts; i++) {
            file.setLength(TruncatedFile.EDGE);
            while (FAULTS.get() == before && WRONG.get() == 0) { // on a busy machine nobody may have looked
                Thread.yield();
            }
            file.setLength(2 * TruncatedFile.EDGE);
            before = FAULTS.get();
        }
    }

    private static void work(HostMemoryAccessor region, SplittableRandom random) {
        Atomics atomics = region.atomics();
        byte[] ram = new byte[8];
        List<Kind> kinds = List.of(
                new Kind(Direction.WRITE, (offset, width) -> atomics.compareAndExchange(offset, width, 0, 1)),
                new Kind(Direction.WRITE, (offset, width) -> atomics.getAndAdd(offset, width, 1)),
                new Kind(Direction.WRITE, (offset, width) -> atomics.getAndSet(offset, width, 0)),
                new Kind(Direction.WRITE, (offset, width) -> atomics.getAndOr(offset, width, -1)),
                new Kind(Direction.READ, atomics::getAcquire),
                new Kind(Direction.WRITE, (offset, width) -> atomics.setRelease(offset, width, 0)),
                new Kind(Direction.READ, region::read),
                new Kind(Direction.WRITE, (offset, width) -> region.write(offset, width, 0)),
                new Kind(Direction.READ, (offset, width) -> region.readBytes(offset, ram, 0, width)),
                new Kind(Direction.WRITE, (offset, width) -> region.fill(offset, width, (byte) 0)));
        long[] words = new long[4];
        Kind exchange16 = new Kind(Direction.WRITE, (offset, sixteen) -> {
            words[0] = 0x5bd1e995; // Never there: qemu-user 7.2 lets none succeed on ppc64le, and goes round for ever.
            atomics.compareAndExchange16(offset, words);
        });
        while (!over) {
            int width = WIDTHS[random.nextInt(4)];
            attempt(
                    kinds.get(random.nextInt(kinds.size())),
                    (long) width * random.nextInt(2 * TruncatedFile.EDGE / width),
                    width);
            if (atomics.supports(16)) {
                attempt(exchange16, 16L * random.nextInt(2 * TruncatedFile.EDGE / 16), 16);
            }
        }
    }

    private static void attempt(Kind kind, long offset, int width) {
        try {
            kind.access.at(offset, width);
            VALUES.incrementAndGet();
        } catch (RegionFaultException fault) {
            boolean said = offset >= TruncatedFile.EDGE
                    && fault.offset() == offset
                    && fault.width() == width
                    && fault.direction() == kind.direction
                    && fault.completed() == 0;
            (said ? FAULTS : WRONG).incrementAndGet();
            if (!said) {
                System.out.println(fault + ", of " + width + " bytes at " + offset);
            }
        } catch (Throwable other) {
            WRONG.incrementAndGet();
            System.out.println(other + " of " + width + " bytes at " + offset);
        }
    }
}
