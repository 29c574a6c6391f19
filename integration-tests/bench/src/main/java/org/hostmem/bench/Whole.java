package org.hostmem.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.Mapping;

/** Rows that are no comparison of two operations: threads, allocation, safepoints, growth. */
final class Whole {

    private static final long GIB = 1L << 30;
    private static final int BATCH = 64;
    private static final byte[] LONG_ARRAY = new byte[20_000];

    private Whole() {}

    private static void print(String point, String contender, double value) {
        System.out.printf(Locale.ROOT, "%s %s %.4f%n", point, contender, value);
    }

    // ---- P10

    /**
     * Two threads on separate regions against one. Batches are shorter than a time slice and each thread's own median
     * is taken, so what is seen is whether the threads hinder each other, not how many processors the machine had to
     * spare.
     */
    static void threads(boolean quick) throws Exception {
        for (String work : new String[] {"scalar", "copy"}) {
            Copies[] regions = {new Copies(1 << 20), new Copies(1 << 20)};
            for (Copies region : regions) {
                region.at(4096, 0, 0);
            }
            int rounds = quick ? 3000 : 20_000;
            batches(work, regions[0], rounds, null);
            double alone = batches(work, regions[0], rounds, null);
            double[] both = new double[2];
            CyclicBarrier start = new CyclicBarrier(2);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int mine = i;
                threads.add(Thread.ofPlatform().start(() -> both[mine] = batches(work, regions[mine], rounds, start)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            print(work, "value", alone / both[0] + alone / both[1]);
        }
    }

    private static double batches(String work, Copies c, int rounds, CyclicBarrier start) {
        try {
            if (start != null) {
                start.await();
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        double[] times = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            long began = System.nanoTime();
            for (int i = 0; i < BATCH; i++) {
                if (work.equals("copy")) {
                    c.noncachedWrite();
                } else {
                    c.noncached.writeInt(8L * i, i);
                    c.normal.writeLong(8L * i, c.normal.readLong(8L * i) + 1);
                }
            }
            times[round] = System.nanoTime() - began;
        }
        Arrays.sort(times);
        return times[rounds / 2];
    }

    // ---- P11

    /** Bytes allocated by one operation, once it is compiled. */
    static void allocation(boolean quick) throws Throwable {
        Copies c = new Copies(1 << 20);
        byte[] array = new byte[4096];
        MemorySegment heap = MemorySegment.ofArray(array);
        for (CacheMode mode : new CacheMode[] {CacheMode.NORMAL, CacheMode.NONCACHED, CacheMode.WRITE_COMBINING}) {
            HostMemoryAccessor a =
                    mode == CacheMode.NORMAL ? c.normal : mode == CacheMode.NONCACHED ? c.noncached : c.combining;
            String of = mode.name().toLowerCase(Locale.ROOT) + "-";
            allocated(quick, of + "read1", () -> a.readByte(1));
            allocated(quick, of + "read2", () -> a.readShort(2));
            allocated(quick, of + "read4", () -> a.readInt(4));
            allocated(quick, of + "read8", () -> a.readLong(8));
            allocated(quick, of + "read8-unaligned", () -> a.readLong(3));
            allocated(quick, of + "write1", () -> a.writeByte(1, (byte) 1));
            allocated(quick, of + "write2", () -> a.writeShort(2, (short) 1));
            allocated(quick, of + "write4", () -> a.writeInt(4, 1));
            allocated(quick, of + "write8", () -> a.writeLong(8, 1));
            allocated(quick, of + "write4-unaligned", () -> a.writeInt(3, 1));
            allocated(quick, of + "readBytes-native", () -> a.readBytes(3, c.ram, 5, 3000, TransferOrder.RELAXED));
            allocated(quick, of + "writeBytes-native", () -> a.writeBytes(3, c.ram, 5, 3000, TransferOrder.RELAXED));
            allocated(quick, of + "readBytes-heap", () -> a.readBytes(3, heap, 5, 300, TransferOrder.ASCENDING));
            allocated(quick, of + "writeBytes-array", () -> a.writeBytes(3, array, 5, 300));
            allocated(quick, of + "readBytes-array", () -> a.readBytes(3, array, 5, 300));
            allocated(quick, of + "fill", () -> a.fill(3, 3000, (byte) 7));
            Transfer memmove = Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER);
            allocated(quick, of + "move", () -> a.move(0, 8192, 3000, Transfer.DEFAULT));
            allocated(quick, of + "move-ascending", () -> a.move(0, 64, 3000, Transfer.DEFAULT));
            allocated(quick, of + "move-memmove", () -> a.move(0, 64, 3000, memmove));
            for (Barrier barrier : Barrier.values()) {
                allocated(quick, of + "barrier-" + barrier.name().toLowerCase(Locale.ROOT), () -> a.barrier(barrier));
            }
            HostMemoryAccessor slice = a.slice(64, 4096);
            HostMemoryAccessor swapped = a.withByteOrder(ByteOrder.BIG_ENDIAN);
            allocated(quick, of + "slice-read4", () -> slice.readInt(8));
            allocated(quick, of + "slice-writeBytes-array", () -> slice.writeBytes(3, array, 5, 300));
            allocated(quick, of + "big-endian-read8", () -> swapped.readLong(16));
            allocated(quick, of + "long-array", () -> a.readBytes(3, LONG_ARRAY, 0, LONG_ARRAY.length));
        }
        atomics(quick, c.normal.atomics());
        addresses(quick, c);
    }

    private static void atomics(boolean quick, Atomics atomics) throws Throwable {
        long[] words = new long[4];
        for (int width : new int[] {1, 2, 4, 8}) {
            allocated(quick, "atomic-compareAndExchange" + width, () -> atomics.compareAndExchange(64, width, 0, 0));
            allocated(quick, "atomic-getAndAdd" + width, () -> atomics.getAndAdd(64, width, 1));
            allocated(quick, "atomic-getAcquire" + width, () -> atomics.getAcquire(64, width));
            allocated(quick, "atomic-setRelease" + width, () -> atomics.setRelease(64, width, 1));
        }
        if (atomics.supports(16)) {
            allocated(quick, "atomic-compareAndExchange16", () -> atomics.compareAndExchange16(64, words));
        }
    }

    /** A guest's address space of two ranges that touch. */
    private static void addresses(boolean quick, Copies c) throws Throwable {
        AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
        space.map(Mapping.of(0x1000, c.normal.slice(0, 0x1000)));
        space.map(Mapping.of(0x2000, c.noncached.slice(0x1000, 0x1000)));
        allocated(quick, "space-read4", () -> space.read(0x1010, 4));
        allocated(quick, "space-write8", () -> space.write(0x2010, 8, 1));
        allocated(quick, "space-readBytes", () -> space.readBytes(0x1f00, c.ram, 0, 512, TransferOrder.ASCENDING));
        allocated(quick, "space-read8-across", () -> space.read(0x1ffc, 8));
        allocated(quick, "transfer", () -> Transfer.DEFAULT.copy(c.normal, 0, c.noncached, 0x4000, 300));
    }

    private static void allocated(boolean quick, String point, Contender.Action action) throws Throwable {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Contender contender = Contender.ofAction(point, action);
        int times = 20_000;
        for (long start = System.nanoTime(), until = start + (quick ? 10_000_000L : 100_000_000L);
                System.nanoTime() < until; ) {
            contender.time(0, times);
        }
        double least = Double.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            contender.time(0, times);
            least = Math.min(least, (double) (threads.getCurrentThreadAllocatedBytes() - before) / times);
        }
        print(point, "value", least);
    }

    // ---- P12

    /**
     * How long the JVM waited for threads to reach a safepoint while a GiB was copied to a device; and, for comparison,
     * while plain Java copied it. From the JVM's own log. The two take turns, so that both meet the same disturbances
     * of the machine, whose longest ones are longer than what is measured.
     */
    static void safepoints(boolean quick) throws Exception {
        Path log = Path.of(System.getProperty("hostmem.bench.safepoints"));
        MemorySegment memory = Regions.memory(GIB);
        HostMemoryAccessor device = Regions.open(memory, CacheMode.NONCACHED);
        MemorySegment ram = Regions.ram(GIB);
        List<Double> control = new ArrayList<>();
        List<Double> copy = new ArrayList<>();
        for (int turn = 0; turn < (quick ? 8 : 20); turn++) {
            List<Double> plain = probe(log, () -> plainCopy(ram, memory));
            List<Double> ours = probe(log, () -> device.writeBytes(0, ram, 0, GIB, TransferOrder.ASCENDING));
            if (turn > 0) { // until all is compiled, and has learnt how long its calls take
                control.addAll(plain);
                copy.addAll(ours);
            }
        }
        report("control", control);
        report("copy", copy);
        print("more-p99.9", "value", Math.max(0, percentile(copy, 0.999) - percentile(control, 0.999)));
    }

    /** Page by page: in one loop over a GiB the JIT polls for safepoints every 65 ms. */
    private static void plainCopy(MemorySegment from, MemorySegment to) {
        for (long page = 0; page < to.byteSize(); page += 4096) {
            for (int i = 0; i < 4096; i += Long.BYTES) {
                to.set(ValueLayout.JAVA_LONG, page + i, from.get(ValueLayout.JAVA_LONG, page + i));
            }
        }
    }

    private static List<Double> probe(Path log, Runnable work) throws Exception {
        Thread worker = Thread.ofPlatform().daemon().start(() -> {
            while (!Thread.interrupted()) {
                work.run();
            }
        });
        int before = times(log).size();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long until = System.nanoTime() + 1_500_000_000;
        while (System.nanoTime() < until) {
            threads.findDeadlockedThreads(); // Needs a safepoint.
            Thread.sleep(1);
        }
        List<Double> all = times(log);
        worker.interrupt();
        worker.join();
        return all.subList(before, all.size());
    }

    private static List<Double> times(Path log) throws IOException {
        Pattern reaching = Pattern.compile("Reaching safepoint: *(\\d+) ns");
        List<Double> times = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            Matcher m = reaching.matcher(line);
            if (m.find()) {
                times.add(Double.parseDouble(m.group(1)) / 1000);
            }
        }
        return times;
    }

    private static double percentile(List<Double> micros, double part) {
        return micros.stream()
                .sorted()
                .skip((long) (micros.size() * part))
                .findFirst()
                .orElseThrow();
    }

    private static void report(String what, List<Double> micros) {
        print(what + "-p50", "micros", percentile(micros, 0.5));
        print(what + "-p99", "micros", percentile(micros, 0.99));
        print(what + "-p99.9", "micros", percentile(micros, 0.999));
        print(what + "-probes", "count", micros.size());
    }

    // ---- growth

    /** Time for sizes from 8 bytes to 1 GiB, and for opening many regions. */
    static void growth(boolean quick) throws Throwable {
        long largest = quick ? 16L << 20 : GIB;
        Copies c = new Copies(largest);
        List<Contender> contenders = List.of(
                Contender.ofAction("relaxed", c::relaxedWrite),
                Contender.ofAction("ascending", c::ascendingWrite),
                Contender.ofAction("noncached", c::noncachedWrite),
                Contender.ofAction("combining", c::combiningWrite),
                Contender.ofAction("fill", c::fill),
                Contender.of("memcpy", c::memcpyWrite));
        c.at(4096, 0, 0);
        new Sampler(1, 200_000_000).sample(contenders);
        for (long size = 8; size <= largest; size *= quick ? 16 : 4) {
            c.at(size, 0, 0);
            String point = "size" + size + "+0+0";
            new Sampler(size < 1 << 20 ? 31 : 3, 1_000_000)
                    .sample(contenders)
                    .forEach((contender, time) -> print(point, contender, time));
        }
        MemorySegment memory = Regions.memory(1 << 20);
        for (int count = 1; count <= 10_000; count *= 10) {
            double best = Double.MAX_VALUE;
            for (int i = 0; i < (quick ? 3 : 20); i++) {
                HostMemoryAccessor[] opened = new HostMemoryAccessor[count];
                long start = System.nanoTime();
                for (int k = 0; k < count; k++) {
                    opened[k] = Regions.open(memory, CacheMode.NONCACHED);
                }
                for (HostMemoryAccessor accessor : opened) {
                    accessor.close();
                }
                best = Math.min(best, System.nanoTime() - start);
            }
            print("open" + count + "+0+0", "openAndClose", best);
        }
    }
}
