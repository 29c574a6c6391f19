package org.hostmem.integration.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hostmem.AccessOptions;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.DeviceModel;
import org.hostmem.guest.Mapping;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * Run in a JVM of its own: opens a region, and makes the first access of a kind at the end of the stack, at every depth
 * from where there is too little of it to where there is enough. Two arguments: the provider, {@code calls} or
 * {@code models}, and the kind, or {@code all} for one of each kind with all of the stack.
 */
public final class FirstUses {

    /** More than a first access takes. */
    private static final int FRAMES = 3000;

    private final Map<String, Runnable> kinds = new LinkedHashMap<>();
    private int overflows;

    private FirstUses(HostMemoryProvider provider) {
        this(open(provider, CacheMode.DEVICE), open(provider, CacheMode.NORMAL));
        HostMemoryAccessor ram = open(provider, CacheMode.NORMAL);
        MemorySegment other = Arena.global().allocate(256);
        kinds.put("exchange", () -> ram.move(0, 64, 3000, Transfer.DEFAULT.withBudget(4000)));
        HostMemoryAccessor lent = open(provider, CacheMode.DEVICE, Arena.ofShared());
        kinds.put("lent", () -> {
            lent.writeInt(4, lent.readInt(0));
            lent.writeBytes(3, other, 0, 100, TransferOrder.ASCENDING);
            lent.fill(3, 100, (byte) 1);
        });
        kinds.put("atomics", () -> {
            Atomics atomics = ram.atomics();
            atomics.getAndAdd(8, 4, 1);
            atomics.compareAndExchange(8, 8, 1, 2);
            if (atomics.supports(16)) {
                atomics.compareAndExchange16(16, new long[4]);
            }
        });
    }

    private FirstUses(HostMemoryAccessor region, HostMemoryAccessor ram) {
        MemorySegment other = Arena.global().allocate(256);
        byte[] array = new byte[100];
        Transfer way = Transfer.DEFAULT;
        kinds.put("read", () -> region.readInt(0));
        kinds.put("write", () -> region.writeInt(4, 1));
        kinds.put("ram", () -> {
            ram.writeLong(8, ram.readLong(0));
            ram.writeShort(8, ram.readShort(0));
            ram.writeInt(8, ram.readInt(0));
            ram.writeByte(8, ram.readByte(0));
        });
        kinds.put("bulk", () -> {
            region.readBytes(3, other, 0, 100, TransferOrder.RELAXED);
            region.writeBytes(3, other, 0, 100, TransferOrder.ASCENDING);
        });
        kinds.put("array", () -> {
            region.readBytes(3, array, 0, 100);
            region.writeBytes(3, array, 0, 100);
        });
        kinds.put("fill", () -> region.fill(3, 100, (byte) 1));
        kinds.put("move", () -> {
            region.move(0, 100, 50, Transfer.DEFAULT.with(OverlapPolicy.REJECT));
            region.move(0, 10, 50, Transfer.DEFAULT.withBudget(100));
            region.move(0, 10, 50, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
        });
        kinds.put("copy", () -> way.copy(ram, 1, region, 3, 100));
        kinds.put(
                "lists",
                () -> way.copy(
                        List.of(new Transfer.Span(ram, 0, 50), new Transfer.Span(ram, 60, 50)),
                        List.of(new Transfer.Span(region, 7, 100))));
        kinds.put("refused", () -> assertRefused(() -> region.read(1L << 40, 4)));
        kinds.put("barrier", () -> {
            for (Barrier purpose : Barrier.values()) {
                region.barrier(purpose);
            }
        });
        kinds.put("plan", () -> {
            region.planScalar(1, 8);
            region.planBulk(Direction.WRITE, 3, 100, TransferOrder.ASCENDING);
            region.planMove(0, 10, 50, Transfer.DEFAULT.withBudget(100));
            way.plan(ram, 1, region, 3, 100);
        });
    }

    private static void assertRefused(Runnable access) {
        try {
            access.run();
            throw new AssertionError("must be refused");
        } catch (RegionBoundsException refused) {
            refused.getMessage();
        }
    }

    /** Regions that are reached by calls of the kernel's, for which no provider is asked. */
    private static FirstUses byCalls() {
        try {
            Path file = Files.createTempFile("hostmem-first-uses", "");
            Files.write(file, new byte[8192]);
            Device device = Vfio.file(file, VfioOptions.none().withoutMapping());
            Files.delete(file);
            return new FirstUses(
                    device.region(0).open(AccessOptions.DEFAULT),
                    device.region(0).open(AccessOptions.DEFAULT));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A bus with models only. */
    private static FirstUses ofModels() {
        AddressSpace bus = new AddressSpace(ByteOrder.nativeOrder(), AddressSpace.Holes.ERROR);
        DeviceModel model = new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                return 0;
            }

            @Override
            public void write(long offset, int width, long value) {
                // It has no registers.
            }
        };
        Mapping mapping = Mapping.of(0, 8192, model);
        bus.map(mapping);
        FirstUses uses = new FirstUses(bus.find(0).accessor(), bus.find(0).accessor());
        MemorySegment other = Arena.global().allocate(256);
        uses.kinds.put("bus", () -> {
            bus.write(8, 8, bus.read(16, 8));
            bus.readBytes(3, other, 0, 100, TransferOrder.ASCENDING);
            Transfer.DEFAULT.copy(bus.ranges(0, 50), bus.ranges(100, 50));
        });
        uses.kinds.put("hole", () -> assertRefused(() -> bus.write(-1, 8, 0)));
        uses.kinds.put("change", () -> {
            bus.unmap(mapping);
            bus.map(mapping);
        });
        return uses;
    }

    private static FirstUses of(String provider) {
        return switch (provider) {
            case "calls" -> byCalls();
            case "models" -> ofModels();
            default ->
                new FirstUses(ProviderSelection.load().providers().stream()
                        .filter(one -> one.name().equals(provider))
                        .findFirst()
                        .orElseThrow());
        };
    }

    private static HostMemoryAccessor open(HostMemoryProvider provider, CacheMode mode) {
        return open(provider, mode, Arena.global());
    }

    private static HostMemoryAccessor open(HostMemoryProvider provider, CacheMode mode, Arena arena) {
        RegionCapabilities capabilities = RegionCapabilities.whole(8192, mode, CacheModeSource.REPORTED);
        return provider.open(MappedRegion.borrowed(arena.allocate(8192, 64), capabilities, AccessOptions.DEFAULT));
    }

    /** Exits with 0 if the kind works afterwards, and there was too little stack for it at first. */
    public static void main(String[] arguments) throws InterruptedException {
        FirstUses uses = of(arguments[0]);
        System.out.println("OPENED");
        if (arguments[1].equals("all")) {
            uses.kinds.remove("lists"); // which takes streams of the JVM's
            uses.kinds.values().forEach(Runnable::run);
            System.out.println("USED");
            return;
        }
        Runnable kind = uses.kinds.get(arguments[1]);
        Thread thread = Thread.ofPlatform().stackSize(1 << 18).start(() -> uses.down(kind));
        thread.join();
        kind.run();
        System.out.println(uses.overflows + " overflows");
        System.exit(uses.overflows > 0 ? 0 : 1);
    }

    /** Goes to the end of the stack, and tries there and on every level of the way back, until there is plenty. */
    private void down(Runnable kind) {
        int[] tries = new int[1];
        try {
            deeper(kind, tries);
        } catch (StackOverflowError last) {
            overflows++;
        }
    }

    private void deeper(Runnable kind, int[] tries) {
        try {
            deeper(kind, tries);
        } catch (StackOverflowError end) {
            overflows++;
        }
        if (tries[0]++ < FRAMES) {
            try {
                kind.run();
            } catch (StackOverflowError tooLittle) {
                overflows++;
            }
        }
    }
}
