package org.hostmem.lab.storm;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.VfioOptions.Foresight;

/**
 * Memory that ends while another thread is at work on it. All of it holds one byte, which the other thread reads and
 * writes, so that a zero, a one or anybody else's byte shows; and what is mapped after the end has another one, which
 * must stay.
 */
final class ClosingRaces implements AutoCloseable {

    private static final int SIZE = 5 << 16;

    private static final int DEVICE_SIZE = 1 << 16;
    private static final byte CANARY = 0x11;

    @SuppressWarnings("restricted") // What Java does not offer.
    private static final MethodHandle MLOCK = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("mlock"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

    private enum End {
        CLOSE,
        CLOSE_LOCKED,
        CLOSE_VIEW,
        END_ARENA,
        CLOSE_REGION,
        SWITCH_OFF
    }

    private final HostMemoryProvider provider;
    private final SplittableRandom random;
    private final Device device = EmbeddedDevice.open(VfioOptions.none().with(Foresight.TRY));
    private final ExecutorService partner = Executors.newSingleThreadExecutor(
            work -> Thread.ofPlatform().daemon().unstarted(work));
    private String last = "";

    ClosingRaces(HostMemoryProvider provider, SplittableRandom random) {
        this.provider = provider;
        this.random = random;
    }

    /** {@return what came of the last one, for people} */
    String last() {
        return last;
    }

    /** {@return whether the other thread was told precisely of an end of memory, and saw and changed nothing else} */
    boolean race() {
        End kind = End.values()[random.nextInt(End.values().length)];
        try {
            Object end = switch (kind) {
                case CLOSE, CLOSE_LOCKED, CLOSE_VIEW -> closeRam(kind);
                case END_ARENA -> endArena();
                case CLOSE_REGION -> closeRegion();
                case SWITCH_OFF -> switchOff();
            };
            last = kind + " gave " + end;
            return kind == End.SWITCH_OFF
                    ? end instanceof RegionFaultException fault && fault.side() == Side.REGION
                    : end instanceof RegionClosedException;
        } catch (InterruptedException | ExecutionException | IOException failed) {
            last = kind + " failed with " + failed;
            return false;
        }
    }

    private Object closeRam(End kind) throws InterruptedException, ExecutionException, IOException {
        HostMemoryAccessor ram = provider.openRam(SIZE, AccessOptions.DEFAULT);
        Leaks.note(ram.asSegment());
        HostMemoryAccessor used = kind == End.CLOSE_VIEW ? ram.slice(0, SIZE) : ram;
        if (kind == End.CLOSE_LOCKED) {
            lock(ram.asSegment());
        }
        Object end = end(used, SIZE, used::close);
        if (kind == End.CLOSE_VIEW && end instanceof RegionClosedException) {
            byte there = ram.readByte(random.nextInt(SIZE));
            end = (there & 1) == 1 ? end : "the closed view's memory was " + there;
        }
        ram.close();
        return end;
    }

    /** As much as the host's limit allows. */
    private static void lock(MemorySegment memory) {
        try {
            int _ = (int) MLOCK.invokeExact(memory.address(), memory.byteSize());
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    @SuppressWarnings("MustBeClosed") // The race closes it.
    private Object endArena() throws InterruptedException, ExecutionException, IOException {
        Arena arena = Arena.ofShared();
        CacheMode mode = CacheMode.values()[random.nextInt(CacheMode.values().length)];
        Permanence permanence = random.nextBoolean() ? Permanence.PERMANENT : Permanence.MAY_VANISH;
        HostMemoryAccessor lent = provider.open(MappedRegion.borrowed(
                mapped(SIZE, arena),
                RegionCapabilities.whole(SIZE, mode, CacheModeSource.REPORTED),
                AccessOptions.DEFAULT,
                permanence));
        return end(lent, SIZE, () -> {
            while (arena.scope().isAlive()) {
                try {
                    arena.close();
                } catch (IllegalStateException held) {
                    Thread.onSpinWait();
                }
            }
        });
    }

    private static MemorySegment mapped(long size, Arena arena) throws IOException {
        Path path = Files.createTempFile("hostmem-storm", ".end");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return file.map(MapMode.READ_WRITE, 0, size, arena);
        } finally {
            Files.delete(path);
        }
    }

    private Object closeRegion() throws InterruptedException, ExecutionException, IOException {
        HostMemoryAccessor region = device.region(random.nextBoolean() ? 0 : 2).open(AccessOptions.DEFAULT);
        Leaks.note();
        return end(region, DEVICE_SIZE, region::close);
    }

    /** Another file is mapped in its place, and the first again. */
    private Object switchOff() throws InterruptedException, ExecutionException, IOException {
        try (HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT)) {
            Leaks.note();
            Object end = end(region, DEVICE_SIZE, () -> device.setMemoryEnabled(false));
            device.setMemoryEnabled(true);
            byte there = region.readByte(random.nextInt(DEVICE_SIZE));
            return there == region.readByte(random.nextInt(DEVICE_SIZE)) && there != 0 ? end : "the memory was lost";
        }
    }

    /** What ended the work of the other thread: an exception, or what it saw that it should not. */
    private Object end(HostMemoryAccessor region, int size, Runnable ending)
            throws InterruptedException, ExecutionException, IOException {
        byte value = (byte) (random.nextInt() | 1);
        region.fill(0, size, value);
        AtomicInteger rounds = new AtomicInteger();
        SplittableRandom own = random.split();
        Future<Object> work = partner.submit(() -> work(region, size, value, own, rounds));
        while (rounds.get() == 0 && !work.isDone()) {
            Thread.onSpinWait();
        }
        for (int spin = random.nextInt(2000); spin > 0; spin--) {
            Thread.onSpinWait();
        }
        ending.run();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment after = mapped(SIZE, arena).fill(CANARY);
            Object end = work.get();
            for (long at = 0; at < SIZE; at += 8) {
                if (after.get(ValueLayout.JAVA_BYTE, at) != CANARY) {
                    return "what was mapped afterwards was overwritten at " + at;
                }
            }
            return end;
        }
    }

    /** Reads and writes in every way until it is told of the end. */
    private static Object work(
            HostMemoryAccessor region, int size, byte value, SplittableRandom random, AtomicInteger rounds) {
        MemorySegment good = MemorySegment.ofArray(new byte[size]).fill(value);
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, value);
        MemorySegment read = MemorySegment.ofArray(bytes);
        long word = (value & 0xff) * 0x0101_0101_0101_0101L;
        boolean atomic = region.capabilities().cacheMode() == CacheMode.NORMAL;
        try {
            for (; ; rounds.incrementAndGet()) {
                int at = random.nextInt(size / 2);
                int length = random.nextInt(random.nextInt(4) == 0 ? size / 2 : 200);
                long seen = word;
                switch (random.nextInt(8)) {
                    case 0 -> region.readBytes(at, read, at, length, TransferOrder.ASCENDING);
                    case 1 -> region.readBytes(at, read, at, length, TransferOrder.RELAXED);
                    case 2 -> region.readBytes(at, bytes, at, length);
                    case 3 -> region.writeBytes(at, good, at, length, TransferOrder.RELAXED);
                    case 4 -> region.fill(at, length, value);
                    case 5 ->
                        region.move(
                                at,
                                at + random.nextInt(size / 4),
                                length / 2,
                                Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
                    case 6 -> {
                        seen = region.readLong(at);
                        region.writeLong(at, word);
                    }
                    default -> seen = atomic ? region.atomics().getAndAdd(at & -8, 8, 0) : region.readLong(at & -8);
                }
                if (seen != word) {
                    return Long.toHexString(seen) + " at " + at + " instead of " + Long.toHexString(word);
                }
                for (int i = at; i < at + length; i++) {
                    if (bytes[i] != value) {
                        return bytes[i] + " at " + i + " instead of " + value;
                    }
                }
            }
        } catch (Throwable end) {
            return end;
        }
    }

    @Override
    public void close() {
        partner.shutdownNow();
        device.close();
    }
}
