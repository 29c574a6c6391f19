package org.hostmem.integration.speed;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.CpuBus;
import org.hostmem.guest.DirtyLog;
import org.hostmem.guest.GuestRam;
import org.hostmem.guest.Mapping;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/**
 * Prints ratios of times, {@code name ratio} a line; {@link SpeedTest} runs it in a JVM of its own, whose profiles are
 * of this only.
 */
final class SpeedProbe {

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final int SIZE = 4096;
    private static final int MOVED = 1 << 16;
    private static final int ROUNDS = 400;
    private static final long RAM = 0x8000_0000L;
    private static final long MORE = 0x1_0000_0000L;
    private static final long BAR = 0x1000_0000L;
    private static final long WARM_UP_NANOS = 300_000_000;

    /** Read each time round, so that the JIT moves nothing out of the loops. */
    private static volatile boolean stop;

    private final MemorySegment memory = Arena.ofShared().allocate(SIZE, 4096);
    private final MemorySegment ram = Arena.global().allocate(SIZE, 4096);
    private final HostMemoryAccessor normal = open(CacheMode.NORMAL);
    private final HostMemoryAccessor device = open(CacheMode.NONCACHED);
    private final MemorySegment large = Arena.ofShared().allocate(MOVED + 64, 4096);
    private final HostMemoryAccessor moved = open(large, CacheMode.NORMAL);
    private final AddressSpace bus = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
    private final CpuBus cpu = bus.cpu();
    private HostMemoryAccessor accessor = normal;
    private MemorySegment segment = memory;
    private long offset = 64;
    private long sum;

    SpeedProbe() {
        bus.map(Mapping.of(RAM, normal));
        bus.map(Mapping.of(MORE, moved));
        bus.map(Mapping.of(BAR, device));
        bus.map(Mapping.of(2 * BAR, normal.withByteOrder(ByteOrder.BIG_ENDIAN)));
        for (int i = 0; i < 60_000; i++) { // so that no call site has seen one kind of accessor only
            sum += cpu.read((1 + i % 2) * BAR, 1 << i % 4);
        }
    }

    private HostMemoryAccessor open(CacheMode mode) {
        return open(memory, mode);
    }

    private static HostMemoryAccessor open(MemorySegment memory, CacheMode mode) {
        return ProviderSelection.load()
                .open(MappedRegion.borrowed(
                        memory,
                        RegionCapabilities.whole(memory.byteSize(), mode, CacheModeSource.ASSERTED),
                        AccessOptions.DEFAULT));
    }

    public static void main(String[] args) {
        SpeedProbe probe = new SpeedProbe();
        compare("scalar", 10_000, probe::scalar, probe::raw);
        compare("relaxed-4096", 500, probe::relaxed, probe::segmentCopy);
        compare("noncached-4096", 50, probe::noncached, probe::opaque);
        compare("move-64", 8, probe::move, probe::segmentMove);
        compare("bus", 10_000, probe::byCpu, probe::bySegment);
        System.out.println("allocated " + probe.allocated());
        probe.pollute();
        compare("polluted", 10_000, probe::scalar, probe::segmentScalar);
    }

    private void scalar(int times) {
        for (int i = 0; i < times && !stop; i++) {
            accessor.writeLong(offset, i);
            sum += accessor.readLong(offset);
        }
    }

    /** Shows the call sites of the next two every kind, so this is last. */
    private void pollute() {
        List<HostMemoryAccessor> kinds = List.of(
                device,
                normal.withByteOrder(ByteOrder.BIG_ENDIAN),
                HostMemoryAccessor.of(memory, CacheMode.NORMAL, Permanence.MAY_VANISH, AccessOptions.DEFAULT),
                new DirtyLog(GuestRam.open(SIZE), SIZE).accessor(),
                normal);
        List<MemorySegment> segments =
                List.of(MemorySegment.ofArray(new long[SIZE / 8]), MemorySegment.ofArray(new byte[SIZE]), memory);
        for (int i = 0; i < 100; i++) {
            for (HostMemoryAccessor kind : kinds) {
                accessor = kind;
                scalar(300);
            }
            for (MemorySegment kind : segments) {
                segment = kind;
                segmentScalar(300);
            }
        }
    }

    private void segmentScalar(int times) {
        for (int i = 0; i < times && !stop; i++) {
            segment.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, i);
            sum += segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        }
    }

    private void raw(int times) {
        for (int i = 0; i < times && !stop; i++) {
            LONG.setOpaque(memory, offset, (long) i);
            sum += (long) LONG.getOpaque(memory, offset);
        }
    }

    private void relaxed(int times) {
        for (int i = 0; i < times && !stop; i++) {
            normal.writeBytes(0, ram, 0, SIZE, TransferOrder.RELAXED);
        }
    }

    private void segmentCopy(int times) {
        for (int i = 0; i < times && !stop; i++) {
            MemorySegment.copy(ram, 0, memory, 0, SIZE);
        }
    }

    private void noncached(int times) {
        for (int i = 0; i < times && !stop; i++) {
            device.writeBytes(0, ram, 0, SIZE, TransferOrder.ASCENDING);
        }
    }

    private void opaque(int times) {
        for (int i = 0; i < times && !stop; i++) {
            for (long at = 0; at < SIZE; at += 8) {
                LONG.setOpaque(memory, at, (long) LONG.get(ram, at));
            }
        }
    }

    private void move(int times) {
        for (int i = 0; i < times && !stop; i++) {
            moved.move(0, 64, MOVED, Transfer.DEFAULT);
        }
    }

    private void segmentMove(int times) {
        for (int i = 0; i < times && !stop; i++) {
            MemorySegment.copy(large, 0, large, 64, MOVED);
        }
    }

    private void byCpu(int times) {
        for (int i = 0; i < times && !stop; i++) {
            sum += cpu.read((i % 5 == 0 ? MORE : RAM) + (i & 511) * 8, 8);
        }
    }

    /** What an emulator has without a bus. */
    private void bySegment(int times) {
        for (int i = 0; i < times && !stop; i++) {
            long address = (i % 5 == 0 ? MORE : RAM) + (i & 511) * 8;
            long inside = address - RAM;
            sum += inside >= 0 && inside <= SIZE - 8
                    ? memory.get(ValueLayout.JAVA_LONG, inside)
                    : large.get(ValueLayout.JAVA_LONG, address - MORE);
        }
    }

    private long allocated() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        scalar(10_000);
        relaxed(10_000);
        noncached(10_000);
        move(10_000);
        byCpu(10_000);
        return (threads.getCurrentThreadAllocatedBytes() - before) / 10_000;
    }

    private interface Work {
        void run(int times);
    }

    /** Medians of short batches in turn: work beside this disturbs a few of them. */
    private static void compare(String name, int times, Work ours, Work theirs) {
        for (long start = System.nanoTime(); System.nanoTime() - start < WARM_UP_NANOS; ) {
            ours.run(times);
            theirs.run(times);
        }
        double[] a = new double[ROUNDS];
        double[] b = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            a[i] = nanos(times, ours);
            b[i] = nanos(times, theirs);
        }
        Arrays.sort(a);
        Arrays.sort(b);
        System.out.printf(Locale.ROOT, "%s %.3f%n", name, a[ROUNDS / 2] / b[ROUNDS / 2]);
    }

    private static double nanos(int times, Work work) {
        long start = System.nanoTime();
        work.run(times);
        return System.nanoTime() - start;
    }
}
