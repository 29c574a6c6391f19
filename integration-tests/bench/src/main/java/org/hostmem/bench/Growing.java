package org.hostmem.bench;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.CpuBus;
import org.hostmem.guest.DeviceModel;
import org.hostmem.guest.Mapping;

/** P19 and P20: what changes and lookups cost in a space of 10 to 10,000 mappings with holes between them. */
final class Growing {

    private static final int MOST = 10_000;
    private static final long PAGE = 4096;
    /** From one mapping to the next, as BARs lie. */
    private static final long STRIDE = 1 << 20;

    private static final int LOOKUPS = 1 << 16;

    private final HostMemoryAccessor ram = Regions.open(Regions.memory(PAGE), CacheMode.NORMAL);
    private final HostMemoryAccessor device = Regions.open(Regions.memory(PAGE), CacheMode.DEVICE);
    private final SplittableRandom random = new SplittableRandom(19);
    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
    private final List<Mapping> mappings = new ArrayList<>();
    private volatile boolean isOver;

    /** Registers that are all zero. */
    private static final class Zeros implements DeviceModel {
        @Override
        public long read(long offset, int width) {
            return 0;
        }

        @Override
        public void write(long offset, int width, long value) {}
    }

    private void grow(int count, boolean isRamOnly) {
        while (mappings.size() < count) {
            int i = mappings.size();
            long start = (i + 1) * STRIDE;
            Mapping mapping = isRamOnly || i % 2 == 0
                    ? Mapping.of(start, ram)
                    : i % 4 == 1 ? Mapping.of(start, device) : Mapping.of(start, PAGE, new Zeros());
            mappings.add(mapping);
            space.map(mapping);
        }
    }

    private static void print(String point, String contender, double value) {
        System.out.printf(Locale.ROOT, "%s %s %.4f%n", point, contender, value);
    }

    // ---- P19

    /** Microseconds of a change, while another thread uses the space. */
    static void changes(boolean quick) throws InterruptedException {
        Growing g = new Growing();
        Thread reader = Thread.ofPlatform().daemon().start(g::readOn);
        g.grow(10, false);
        g.time(20_000, 0); // warms up
        for (int count = 10; count <= MOST; count *= 10) {
            g.grow(count, false);
            g.time(quick ? 2000 : 20_000, count);
        }
        g.isOver = true;
        reader.join();
    }

    private void readOn() {
        CpuBus cpu = space.cpu();
        SplittableRandom some = new SplittableRandom(20);
        while (!isOver) {
            cpu.read((1 + some.nextInt(MOST)) * STRIDE, 4);
        }
    }

    /** The value is the time that 99 of 100 changes do not exceed. */
    private void time(int rounds, int count) {
        double[] unmap = new double[rounds];
        double[] map = new double[rounds];
        double[] remap = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            Mapping mapping = mappings.get(random.nextInt(mappings.size()));
            Mapping moved = new Mapping(
                    mapping.start() + STRIDE / 2, PAGE, mapping.accessor(), 0, mapping.model(), mapping.priority());
            unmap[round] = micros(() -> space.unmap(mapping));
            map[round] = micros(() -> space.map(mapping));
            remap[round] = micros(() -> space.remap(mapping, moved));
            space.remap(moved, mapping);
        }
        if (count > 0) {
            print("map" + count, map);
            print("unmap" + count, unmap);
            print("remap" + count, remap);
        }
    }

    private static double micros(Runnable change) {
        long start = System.nanoTime();
        change.run();
        return (System.nanoTime() - start) / 1e3;
    }

    private static void print(String point, double[] times) {
        Arrays.sort(times);
        print(point, "value", times[times.length * 99 / 100]);
        print(point, "median", times[times.length / 2]);
    }

    // ---- P20

    /** Nanoseconds of a lookup at random; of the handle, with the load of four bytes that it is for. */
    static void lookups(boolean quick, boolean isByCpu) throws Throwable {
        Growing g = new Growing();
        CpuBus cpu = g.space.cpu();
        char[] chosen = new char[LOOKUPS]; // which of them; short, to leave the caches to what is measured
        for (int count = 10; count <= MOST; count *= 10) {
            g.grow(count, isByCpu);
            System.gc(); // which brings together what the changes have made, as it has in a program that runs
            for (int i = 0; i < LOOKUPS; i++) {
                chosen[i] = (char) g.random.nextInt(count);
            }
            Contender lookup = isByCpu
                    ? Contender.of("cpu", () -> byCpu(cpu, chosen))
                    : Contender.of("find", () -> find(g.space, chosen));
            double time = new Sampler(quick ? 31 : 301, 200_000_000)
                    .sample(List.of(lookup))
                    .get(lookup.name);
            print(lookup.name + count, "value", time / LOOKUPS);
        }
    }

    private static long address(char chosen) {
        return (1L + chosen) * STRIDE + chosen % 1024 * 4;
    }

    private static long find(AddressSpace space, char[] all) {
        long sum = 0;
        for (char chosen : all) {
            sum += space.find(address(chosen)).start();
        }
        return sum;
    }

    private static long byCpu(CpuBus cpu, char[] all) {
        long sum = 0;
        for (char chosen : all) {
            sum += cpu.read(address(chosen), 4);
        }
        return sum;
    }
}
