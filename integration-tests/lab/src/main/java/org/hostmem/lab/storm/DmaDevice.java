package org.hostmem.lab.storm;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionClosedException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaException;
import org.hostmem.vfio.DmaException.Refusal;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.DmaMemory;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Interrupts;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * A device that reaches memory and interrupts, if this machine has one for VFIO: all threads share it, make and end
 * mappings of it, and have its interrupts signalled.
 */
final class DmaDevice implements AutoCloseable {

    private static final int PAGE = 4096;
    private static final int VECTORS = 4;
    private static final Duration SOON = Duration.ofSeconds(20);

    private final Device device;
    private final Interrupts interrupts;
    private final ReentrantLock[] vectors = new ReentrantLock[VECTORS];

    private DmaDevice(Device device, Interrupts interrupts) {
        this.device = device;
        this.interrupts = interrupts;
        for (int vector = 0; vector < VECTORS; vector++) {
            vectors[vector] = new ReentrantLock();
        }
    }

    /** The first device that has an IOMMU and enough vectors; null if there is none. */
    static DmaDevice find() {
        for (String address : Vfio.addresses()) {
            Device device = null;
            try {
                device = Vfio.open(address, VfioOptions.none());
                Interrupts interrupts = device.interrupts(InterruptIndex.MSIX);
                if (interrupts.count() >= VECTORS) {
                    interrupts.enable(VECTORS);
                    System.out.println("mappings and interrupts of " + device + ", "
                            + device.dma().name());
                    return new DmaDevice(device, interrupts);
                }
                device.close();
            } catch (HostMemoryException taken) {
                if (device != null) {
                    device.close();
                }
            }
        }
        return null;
    }

    /** {@return whether a mapping or an interrupt was as it must be} */
    boolean exercise(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> interrupt(random.nextInt(VECTORS));
            case 1 -> mappingEnds(random);
            case 2 -> memoryEnds(random);
            default -> taken(random);
        };
    }

    private boolean interrupt(int vector) {
        vectors[vector].lock();
        try {
            interrupts.trigger(vector);
            return interrupts.await(vector, SOON) == 1;
        } finally {
            vectors[vector].unlock();
        }
    }

    private static Set<Direction> rights(SplittableRandom random) {
        return random.nextBoolean() ? Set.of(Direction.READ) : EnumSet.allOf(Direction.class);
    }

    private boolean mappingEnds(SplittableRandom random) {
        try (DmaMemory memory = DmaMemory.allocate(8 * PAGE)) {
            HostMemoryAccessor part =
                    memory.ram().slice((long) random.nextInt(4) * PAGE, (1L + random.nextInt(4)) * PAGE);
            DmaMapping mapping = device.dma().map(part, rights(random));
            boolean there = mapping.isOpen() && mapping.contiguous(0) == part.size();
            mapping.close();
            mapping.close();
            memory.ram().writeInt(0, 1);
            return there && !mapping.isOpen();
        }
    }

    private boolean memoryEnds(SplittableRandom random) {
        DmaMemory memory = DmaMemory.allocate(2 * PAGE);
        DmaMapping mapping = device.dma().map(memory.ram(), rights(random));
        memory.close();
        try {
            device.dma().map(memory.ram(), rights(random));
            return false;
        } catch (RegionClosedException closed) {
            return !mapping.isOpen();
        }
    }

    private boolean taken(SplittableRandom random) {
        try (DmaMemory memory = DmaMemory.allocate(2 * PAGE)) {
            DmaMapping mapping = device.dma().map(memory.ram(), rights(random));
            try {
                device.dma().mapAt(mapping.address() + PAGE, memory.ram(), rights(random));
                return false;
            } catch (DmaException refused) {
                return refused.refusal() == Refusal.TAKEN && mapping.isOpen();
            }
        }
    }

    @Override
    public void close() {
        device.close();
    }
}
