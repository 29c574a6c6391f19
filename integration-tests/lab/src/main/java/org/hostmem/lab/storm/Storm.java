package org.hostmem.lab.storm;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;

/**
 * Injects faults, and ends memory that is in use, from eight threads at once while the collector runs, and counts those
 * that were reported precisely. System properties: {@code count}, {@code seed}, {@code wrong} (each how many-th
 * expectation is wrong on purpose; 0: none).
 */
final class Storm {

    private static final int THREADS = 8;
    /** After as many a new thread goes on, which may get the number of one that has ended. */
    private static final int FAULTS_PER_THREAD = 2_000;

    private static final int SHOWN = 5;

    /** Where there is a device, one of so many times its mappings and interrupts are tried instead. */
    private static final int TIMES_PER_DMA = 8;

    @SuppressWarnings("UnusedVariable") // It keeps the JIT from leaving the garbage out.
    private static volatile Object garbage;

    /** Null if this machine has no device for VFIO. */
    private static DmaDevice dmaDevice;

    private final HostMemoryProvider provider;
    private final long seed;
    private final int wrongEach;
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong precise = new AtomicLong();
    private final AtomicLong threads = new AtomicLong();
    private final List<String> notes = new ArrayList<>();

    private Storm(HostMemoryProvider provider, long seed, int wrongEach) {
        this.provider = provider;
        this.seed = seed;
        this.wrongEach = wrongEach;
    }

    public static void main(String[] none) throws Exception {
        long count = Long.getLong("count");
        long seed = Long.getLong("seed");
        HostMemoryProvider provider = ProviderSelection.load()
                .select(Host.current(), RegionCapabilities.whole(4096, CacheMode.DEVICE, CacheModeSource.REPORTED));
        dmaDevice = DmaDevice.find();
        Storm first = new Storm(provider, seed, 0); // for what is there once only: the code, linked calls, a cleaner
        first.work(10);
        first.run(Math.min(count, 200));
        Map<String, Long> before = Leaks.held();

        long start = System.nanoTime();
        Storm storm = new Storm(provider, seed, Integer.getInteger("wrong", 0));
        storm.run(count);
        double seconds = (System.nanoTime() - start) / 1e9;

        Map<String, Long> leaks = Leaks.since(before);
        long collections = ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
        first.notes.forEach(System.out::println);
        storm.notes.forEach(System.out::println);
        leaks.forEach((what, more) -> System.out.println("leaked: " + more + " more " + what));
        System.out.printf(
                "%s, seed %d: %d threads of %d at a time, %d collections, %.1f s, %.1f us a fault%n",
                provider.name(), seed, storm.threads.get(), THREADS, collections, seconds, seconds * 1e6 / count);
        System.out.printf(
                "%d of %d faults precise, 0 crashes, %d leaks%n",
                storm.precise.get(),
                count,
                LongStream.of(leaks.values().stream().mapToLong(n -> n).toArray())
                        .sum());
        System.exit(storm.precise.get() == count && leaks.isEmpty() ? 0 : 1);
    }

    private void run(long count) throws InterruptedException {
        Thread collector = Thread.ofPlatform().daemon().start(Storm::collect);
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            started.add(Thread.ofPlatform().start(() -> keepWorking(count)));
        }
        for (Thread thread : started) {
            thread.join();
        }
        collector.interrupt();
        collector.join();
    }

    /** Keeps the collector at work for a fifth of the time, however slow the machine is. */
    private static void collect() {
        try {
            while (true) {
                long start = System.nanoTime();
                for (int k = 0; k < 1000; k++) {
                    garbage = new byte[1000 + k];
                }
                System.gc();
                TimeUnit.NANOSECONDS.sleep(4 * (System.nanoTime() - start));
            }
        } catch (InterruptedException end) {
            garbage = null;
        }
    }

    /** In one thread after the other. */
    private void keepWorking(long count) {
        while (begun.get() < count) {
            try {
                Thread.ofPlatform().start(() -> work(count)).join();
            } catch (InterruptedException never) {
                throw new AssertionError(never);
            }
        }
    }

    private void work(long count) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + threads.incrementAndGet());
        try (FaultInjector injector = new FaultInjector(provider, random, wrongEach)) {
            for (int i = 0; i < FAULTS_PER_THREAD && begun.getAndIncrement() < count; i++) {
                boolean dma = dmaDevice != null && i % TIMES_PER_DMA == 0;
                if (dma ? dmaDevice.exercise(random) : injector.inject()) {
                    precise.incrementAndGet();
                } else {
                    note(dma ? "a mapping or an interrupt was not as it must be" : injector.last());
                }
            }
        } catch (Throwable other) {
            begun.incrementAndGet(); // a storm in which no thread can begin ends, too
            note("instead of a fault: " + other + " at "
                    + List.of(other.getStackTrace()).subList(0, Math.min(6, other.getStackTrace().length)));
        }
    }

    private synchronized void note(String what) {
        if (notes.size() < SHOWN) {
            notes.add(what);
        }
    }
}
