package org.hostmem.lab.nvme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.DmaMemory;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Interrupts;

/**
 * Many mappings and interrupts, by the real kernel: afterwards there is as much of everything as before. That a leak
 * would be seen is tried as well.
 */
final class Endurance {

    private static final int PAGE = 4096;
    /** After as many, every class is loaded and every pool filled. */
    private static final int WARM_UP = 200;

    private final Device device;

    Endurance(Device device) {
        this.device = device;
    }

    /** {@code "right"}, or what is not. */
    String mappings(int count) throws IOException {
        try (DmaMemory memory = DmaMemory.allocate(1 << 20)) {
            for (int i = 0; i < WARM_UP; i++) {
                one(memory.ram(), i);
            }
            Held before = held(memory);
            for (int i = 0; i < count; i++) {
                one(memory.ram(), i);
            }
            return before.compared(held(memory), count);
        }
    }

    /** Whether mappings and descriptors that stay would have been noticed: {@code "seen"}, or what was not. */
    String leaks(int count) throws IOException {
        try (DmaMemory memory = DmaMemory.allocate(1 << 20)) {
            one(memory.ram(), 0);
            held(memory); // what it loads itself does not count
            Held before = held(memory);
            DmaMapping[] kept = new DmaMapping[count];
            for (int i = 0; i < count; i++) {
                kept[i] = device.dma().map(memory.ram().slice(0, PAGE), Set.of(Direction.READ));
            }
            Interrupts msix = device.interrupts(InterruptIndex.MSIX);
            msix.enable(1);
            Held after = held(memory);
            msix.disable();
            for (DmaMapping mapping : kept) {
                mapping.close();
            }
            boolean seen = after.locked > before.locked
                    && after.descriptors > before.descriptors
                    && after.mappings > before.mappings
                    && after.lowest != before.lowest
                    && after.heap - before.heap > mostHeap(count);
            return seen ? "seen" : before + " before, " + after + " with " + count + " mappings and one vector";
        }
    }

    private void one(HostMemoryAccessor ram, int i) {
        try (DmaMapping mapping = device.dma()
                .map(
                        ram.slice(0, (1 + i % 4) * (long) PAGE),
                        i % 2 == 0 ? Set.of(Direction.READ) : Set.of(Direction.READ, Direction.WRITE))) {
            if (mapping.contiguous(0) < PAGE) {
                throw new AssertionError("" + mapping);
            }
        }
    }

    /** Of two threads, by the host's own loop back. */
    String interrupts(int count) throws IOException, InterruptedException {
        try (DmaMemory memory = DmaMemory.allocate(PAGE)) {
            signalled(2 * WARM_UP);
            Held before = held(memory);
            long taken = signalled(count);
            String compared = before.compared(held(memory), count);
            return taken == count ? compared : compared + ", " + taken + " of " + count + " taken";
        }
    }

    private long signalled(int count) throws InterruptedException {
        Interrupts msix = device.interrupts(InterruptIndex.MSIX);
        msix.enable(2);
        LongAdder taken = new LongAdder();
        Thread server = Thread.ofPlatform().start(() -> msix.serve((vector, signals) -> taken.add(signals)));
        Thread[] raisers = new Thread[2];
        for (int vector = 0; vector < raisers.length; vector++) {
            int mine = vector;
            raisers[vector] = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < count / 2; i++) {
                    msix.trigger(mine);
                }
            });
        }
        for (Thread raiser : raisers) {
            raiser.join();
        }
        long until = System.nanoTime() + 20_000_000_000L;
        while (taken.sum() < count && System.nanoTime() < until) {
            Thread.sleep(5);
        }
        msix.disable();
        server.join();
        return taken.sum();
    }

    /**
     * 50 bytes for each: less than the least object that could be left of it, with its entry in a list. The heap goes
     * up and down by some ten thousand bytes of the JVM's own.
     */
    private static long mostHeap(int count) {
        return 50L * count + (1 << 16);
    }

    /**
     * What the process has of what could leak.
     *
     * @param locked KiB of memory that are locked or pinned
     * @param lowest where the next mapping would be
     */
    private record Held(int descriptors, long locked, int mappings, long lowest, long heap) {

        String compared(Held after, int count) {
            boolean same = descriptors == after.descriptors
                    && locked == after.locked
                    && mappings == after.mappings
                    && lowest == after.lowest
                    && after.heap - heap <= mostHeap(count);
            return same ? "right" : this + " before, " + after + " after";
        }
    }

    private Held held(DmaMemory memory) throws IOException {
        int mappings = device.dma().mappings().size();
        long lowest;
        try (DmaMapping next = device.dma().map(memory.ram().slice(0, PAGE), Set.of(Direction.READ))) {
            lowest = device.dma().isPhysical() ? -mappings : next.address(); // nobody chooses a physical one
        }
        return new Held(Path.of("/proc/self/fd").toFile().list().length, locked(), mappings, lowest, heap());
    }

    private static long locked() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.matches("Vm(Lck|Pin):.*"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    /** After a collection, and another: what the first one found unreachable may have kept more. */
    private static long heap() {
        System.gc();
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
