package org.hostmem.integration.faults;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.AddressSpace.Holes;
import org.hostmem.guest.DeviceModel;
import org.hostmem.guest.Mapping;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;

/**
 * Run in a JVM of its own, in some tier: transfers of every kind of accessor to and from RAM that ends under way. Each
 * has to be a fault of the RAM side whose count is what the region really got, and no byte more.
 */
public final class GoneRam {

    private static final int SIZE = 128;
    private static final int MOST = 40;
    private static final byte OLD = 0x11;
    private static final byte NEW = 0x22;

    private final MemorySegment ram = TruncatedFile.memory();
    private final byte[] now = new byte[SIZE];
    private int right;
    private int wrong;

    private GoneRam() throws IOException {}

    /** Transfers at the addresses of something. */
    private record Kind(String name, HostMemoryAccessor accessor, AddressSpace space) {

        Kind(String name, HostMemoryAccessor accessor) {
            this(name, accessor, null);
        }

        void transfer(Direction direction, MemorySegment ram, long ramOffset, int length) {
            if (direction == Direction.WRITE && space != null) {
                space.writeBytes(3, ram, ramOffset, length, TransferOrder.ASCENDING);
            } else if (direction == Direction.WRITE) {
                accessor.writeBytes(3, ram, ramOffset, length, TransferOrder.ASCENDING);
            } else if (space != null) {
                space.readBytes(3, ram, ramOffset, length, TransferOrder.ASCENDING);
            } else {
                accessor.readBytes(3, ram, ramOffset, length, TransferOrder.ASCENDING);
            }
        }
    }

    /** Remembers bytes. */
    private static final class Bytes implements DeviceModel {

        private final MemorySegment bytes = MemorySegment.ofArray(new byte[SIZE]);

        @Override
        public long read(long offset, int width) {
            long value = 0;
            for (int i = 0; i < width; i++) {
                value |= (bytes.get(ValueLayout.JAVA_BYTE, offset + i) & 0xffL) << 8 * i;
            }
            return value;
        }

        @Override
        public void write(long offset, int width, long value) {
            for (int i = 0; i < width; i++) {
                bytes.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (value >>> 8 * i));
            }
        }
    }

    /** One argument: rounds of each kind. Exits with 0 if each came out right. */
    public static void main(String[] rounds) throws Exception {
        GoneRam run = new GoneRam();
        try (Device device = EmbeddedDevice.open()) {
            for (FaultPolicy policy : FaultPolicy.values()) {
                for (Kind kind : kinds(device, AccessOptions.DEFAULT.with(policy))) {
                    for (int i = 0; i < Integer.parseInt(rounds[0]); i++) {
                        run.check(kind, i);
                    }
                }
            }
        }
        System.out.println(run.right + " right, " + run.wrong + " wrong");
        System.exit(run.wrong == 0 && run.right > 0 ? 0 : 1);
    }

    private static List<Kind> kinds(Device device, AccessOptions options) {
        List<Kind> kinds = new ArrayList<>();
        HostMemoryProvider fallback = ProviderSelection.load().providers().stream()
                .filter(provider -> provider.name().equals("generic"))
                .findFirst()
                .orElseThrow();
        for (CacheMode mode : List.of(CacheMode.DEVICE, CacheMode.NORMAL)) {
            RegionCapabilities capabilities = RegionCapabilities.whole(SIZE, mode, CacheModeSource.REPORTED);
            kinds.add(new Kind(
                    "instructions, " + mode,
                    ProviderSelection.load()
                            .open(MappedRegion.borrowed(Arena.global().allocate(SIZE, 64), capabilities, options))));
            kinds.add(new Kind(
                    "pure Java, " + mode,
                    fallback.open(MappedRegion.borrowed(Arena.global().allocate(SIZE, 64), capabilities, options))));
        }
        kinds.add(new Kind("a view", kinds.getFirst().accessor.slice(1, SIZE - 1)));
        kinds.add(new Kind(
                "system calls",
                device.region(EmbeddedDevice.PORTS).open(options).slice(0, SIZE)));
        kinds.add(new Kind(
                "an area and a hole",
                device.region(EmbeddedDevice.MSIX).open(options).slice((1 << 17) - 8, SIZE)));
        AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
        space.map(Mapping.of(0, SIZE, new Bytes()));
        kinds.add(new Kind("a model", space.find(0).accessor()));
        AddressSpace crossing = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
        crossing.map(Mapping.of(0, 13, kinds.get(1).accessor, 0));
        crossing.map(Mapping.of(13, 20, new Bytes()));
        crossing.map(Mapping.of(33, SIZE - 33, kinds.get(0).accessor, 33));
        kinds.add(new Kind("ranges", null, crossing));
        return kinds;
    }

    private void check(Kind kind, int i) {
        int before = i % MOST;
        int length = before + 1 + i % 37;
        boolean isHole = kind.name.endsWith("hole");
        byte[] old = new byte[SIZE];
        Arrays.fill(old, OLD);
        write(kind, old);
        ram.asSlice(TruncatedFile.EDGE - before, before).fill(NEW);
        String failure = faults(kind, Direction.WRITE, before, length, written -> {
            read(kind, now);
            for (int at = 0; at < SIZE - 1; at++) {
                byte expected = at >= 3 && at < 3 + written ? NEW : OLD;
                if (now[at] != expected && !(isHole && at >= 8)) {
                    return "byte " + at + " is " + now[at];
                }
            }
            return null;
        });
        count(kind, Direction.WRITE, before, length, failure);
        ram.asSlice(TruncatedFile.EDGE - before, before).fill((byte) 0);
        write(kind, old);
        failure = faults(kind, Direction.READ, before, length, read -> {
            for (int at = 0; at < read; at++) {
                if (ram.get(ValueLayout.JAVA_BYTE, TruncatedFile.EDGE - before + at) != OLD && !(isHole && at >= 5)) {
                    return "byte " + at + " of the RAM is not there";
                }
            }
            return null;
        });
        count(kind, Direction.READ, before, length, failure);
    }

    private static void write(Kind kind, byte[] bytes) {
        if (kind.space != null) {
            kind.space.writeBytes(0, MemorySegment.ofArray(bytes), 0, SIZE - 1, TransferOrder.ASCENDING);
        } else {
            kind.accessor.writeBytes(0, bytes, 0, SIZE - 1);
        }
    }

    private static void read(Kind kind, byte[] bytes) {
        if (kind.space != null) {
            kind.space.readBytes(0, MemorySegment.ofArray(bytes), 0, SIZE - 1, TransferOrder.ASCENDING);
        } else {
            kind.accessor.readBytes(0, bytes, 0, SIZE - 1);
        }
    }

    /** What is wrong with what was transferred; null if nothing is. */
    @FunctionalInterface
    private interface Look {
        String at(long completed);
    }

    private String faults(Kind kind, Direction direction, int before, int length, Look look) {
        try {
            kind.transfer(direction, ram, TruncatedFile.EDGE - before, length);
            return "no fault";
        } catch (RegionFaultException fault) {
            boolean isRight = fault.side() == Side.RAM
                    && fault.direction() == direction
                    && fault.completed() <= before
                    && fault.completed() > before - 64;
            return isRight ? look.at(fault.completed()) : fault.toString();
        } catch (Throwable other) {
            return other.toString();
        }
    }

    private void count(Kind kind, Direction direction, int before, int length, String failure) {
        if (failure == null) {
            right++;
        } else if (wrong++ < 20) {
            System.out.println(
                    kind.name + ", " + direction + " of " + length + " bytes, with RAM for " + before + ": " + failure);
        }
    }
}
