package org.hostmem.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.CpuBus;
import org.hostmem.guest.DeviceModel;
import org.hostmem.guest.DirtyLog;
import org.hostmem.guest.GuestRam;
import org.hostmem.guest.Mapping;
import org.hostmem.guest.RomDevice;
import org.hostmem.vfio.EmbeddedDevice;

/**
 * P16 and P17: accesses at call sites that have seen every kind of accessor, or of segment, before they are measured,
 * as those of a large emulator have.
 */
final class Polluted {

    private static final int SIZE = 1 << 20;
    private static final long RAM = 0x8000_0000L;
    private static final long MORE = 0x1_0000_0000L;
    private static final long REGISTERS = 0x1000_0000L;
    private static final long OTHERS = 0x4000_0000L;
    private static final int ACCESSES = 4096;
    private static final int WARM = 30_000;

    private final MemorySegment memory = Regions.memory(SIZE);
    private final MemorySegment more = Regions.memory(SIZE);
    private final HostMemoryAccessor ram = Regions.open(memory, CacheMode.NORMAL);
    private final List<HostMemoryAccessor> others = others();
    private final List<MemorySegment> segments = segments();
    private final AddressSpace bus = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
    private final CpuBus cpu = bus.cpu();
    private final Registers registers = new Registers();

    /** What is accessed: the call sites of P16 have seen all others in these fields. */
    private HostMemoryAccessor region = ram;

    private MemorySegment segment = memory;
    private MemorySegment second = more;
    private long offset = 64;
    private long value = 9;

    /** The guest's accesses: address, width, and whether it is a store, in the order of the guest. */
    private final long[] addresses = new long[ACCESSES];

    private final byte[] widths = new byte[ACCESSES];
    private final boolean[] stores = new boolean[ACCESSES];

    /** Registers of a device that is played. */
    private static final class Registers implements DeviceModel {
        private final long[] values = new long[512];

        @Override
        public long read(long offset, int width) {
            return values[(int) (offset >>> 3) & 511];
        }

        @Override
        public void write(long offset, int width, long value) {
            values[(int) (offset >>> 3) & 511] = value;
        }
    }

    Polluted() {
        bus.map(Mapping.of(RAM, ram));
        bus.map(Mapping.of(MORE, Regions.open(more, CacheMode.NORMAL)));
        bus.map(Mapping.of(REGISTERS, 4096, registers));
        for (int i = 0; i < others.size(); i++) {
            bus.map(Mapping.of(OTHERS + i * 0x10_0000L, 4096, others.get(i), 0));
        }
        for (int round = 0; round < 8; round++) {
            pollute();
        }
        mix();
    }

    /** Every kind of accessor but the one that is measured, each of 4 KiB or more. */
    private static List<HostMemoryAccessor> others() {
        MemorySegment memory = Regions.memory(8192);
        HostMemoryAccessor plain = Regions.open(memory, CacheMode.NORMAL);
        AddressSpace models = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
        models.map(Mapping.of(0, 4096, new Registers()));
        HostMemoryAccessor model = models.find(0).accessor();
        return List.of(
                Regions.open(memory, CacheMode.DEVICE),
                Regions.open(memory, CacheMode.WRITE_COMBINING),
                HostMemoryAccessor.of(memory, CacheMode.NORMAL, Permanence.MAY_VANISH, AccessOptions.DEFAULT),
                plain.withByteOrder(ByteOrder.BIG_ENDIAN),
                plain.slice(4096, 4096),
                model,
                model.slice(0, 4096),
                new DirtyLog(GuestRam.open(4096), 4096).accessor(),
                RomDevice.of(GuestRam.open(4096), RomDevice.Writes.IGNORED),
                EmbeddedDevice.open().region(EmbeddedDevice.MSIX).open(AccessOptions.DEFAULT));
    }

    /** Every kind of segment: of an arena, of a file, and of arrays. */
    private static List<MemorySegment> segments() {
        return List.of(
                Regions.memory(4096),
                Regions.unscoped(Regions.memory(4096)),
                mapped(),
                MemorySegment.ofArray(new byte[4096]),
                MemorySegment.ofArray(new int[1024]),
                MemorySegment.ofArray(new long[512]),
                MemorySegment.ofArray(new short[2048]));
    }

    private static MemorySegment mapped() {
        try {
            Path file = Files.createTempFile("hostmem-bench", "");
            Files.write(file, new byte[4096]);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096, Arena.global());
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private long sum;

    private void pollute() {
        for (HostMemoryAccessor other : others) {
            region = other;
            for (int i = 0; i < WARM / 10; i++) {
                sum += read1() + read2() + read4() + read8();
                if (region.capabilities().writable()) {
                    write1();
                    write2();
                    write4();
                    write8();
                }
            }
        }
        for (MemorySegment other : segments) {
            segment = other;
            second = other;
            boolean isWide = other.isNative() || other.maxByteAlignment() == 8;
            for (int i = 0; i < WARM / 10; i++) {
                pollute(other, isWide);
            }
        }
        region = ram;
        segment = memory;
        second = more;
        for (int i = 0; i < WARM; i++) {
            long address = OTHERS + i % others.size() * 0x10_0000L + 64;
            sum += bus.read(address, 1 << i % 4) + cpu.read(address, 1 << i % 4);
            if (others.get(i % others.size()).capabilities().writable()) {
                bus.write(address, 1 << i % 4, i);
                cpu.write(address, 1 << i % 4, i);
            }
        }
    }

    /** With the widths that such a segment has an alignment for. */
    private void pollute(MemorySegment other, boolean isWide) {
        sum += segmentRead1() + get(other, offset, 1);
        segmentWrite1();
        set(other, offset, 1, value);
        if (isWide) {
            sum += segmentRead2() + segmentRead4() + segmentRead8() + get(other, offset, 8);
            segmentWrite2();
            segmentWrite4();
            segmentWrite8();
            set(other, offset, 8, value);
        }
    }

    /** 75 % to RAM, 20 % to other RAM, 5 % to registers; a third of them stores. */
    private void mix() {
        SplittableRandom random = new SplittableRandom(17);
        for (int i = 0; i < ACCESSES; i++) {
            int kind = random.nextInt(100);
            int width = 1 << random.nextInt(4);
            long start = kind < 75 ? RAM : kind < 95 ? MORE : REGISTERS;
            addresses[i] = start + random.nextInt(kind < 95 ? 1 << 14 : 4096) / width * width;
            widths[i] = (byte) width;
            stores[i] = random.nextInt(3) == 0;
        }
    }

    // ---- P16

    byte read1() {
        return region.readByte(offset);
    }

    short read2() {
        return region.readShort(offset);
    }

    int read4() {
        return region.readInt(offset);
    }

    long read8() {
        return region.readLong(offset);
    }

    void write1() {
        region.writeByte(offset, (byte) value);
    }

    void write2() {
        region.writeShort(offset, (short) value);
    }

    void write4() {
        region.writeInt(offset, (int) value);
    }

    void write8() {
        region.writeLong(offset, value);
    }

    byte segmentRead1() {
        return segment.get(ValueLayout.JAVA_BYTE, offset);
    }

    short segmentRead2() {
        return segment.get(ValueLayout.JAVA_SHORT, offset);
    }

    int segmentRead4() {
        return segment.get(ValueLayout.JAVA_INT, offset);
    }

    long segmentRead8() {
        return segment.get(ValueLayout.JAVA_LONG, offset);
    }

    void segmentWrite1() {
        segment.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    void segmentWrite2() {
        segment.set(ValueLayout.JAVA_SHORT, offset, (short) value);
    }

    void segmentWrite4() {
        segment.set(ValueLayout.JAVA_INT, offset, (int) value);
    }

    void segmentWrite8() {
        segment.set(ValueLayout.JAVA_LONG, offset, value);
    }

    // ---- P17

    long byCpu() {
        long sum = 0;
        for (int i = 0; i < ACCESSES; i++) {
            if (stores[i]) {
                cpu.write(addresses[i], widths[i], i);
            } else {
                sum += cpu.read(addresses[i], widths[i]);
            }
        }
        return sum;
    }

    long bySpace() {
        long sum = 0;
        for (int i = 0; i < ACCESSES; i++) {
            if (stores[i]) {
                bus.write(addresses[i], widths[i], i);
            } else {
                sum += bus.read(addresses[i], widths[i]);
            }
        }
        return sum;
    }

    /** What an emulator has without a bus: segments, each behind a check of its bounds, and the registers. */
    long bySegment() {
        long sum = 0;
        for (int i = 0; i < ACCESSES; i++) {
            if (stores[i]) {
                bareWrite(addresses[i], widths[i], i);
            } else {
                sum += bareRead(addresses[i], widths[i]);
            }
        }
        return sum;
    }

    private long bareRead(long address, int width) {
        long offset = address - RAM;
        if (offset >= 0 && offset <= SIZE - width) {
            return get(segment, offset, width);
        }
        offset = address - MORE;
        if (offset >= 0 && offset <= SIZE - width) {
            return get(second, offset, width);
        }
        return registers.read(address - REGISTERS, width);
    }

    private void bareWrite(long address, int width, long value) {
        long offset = address - RAM;
        if (offset >= 0 && offset <= SIZE - width) {
            set(segment, offset, width, value);
            return;
        }
        offset = address - MORE;
        if (offset >= 0 && offset <= SIZE - width) {
            set(second, offset, width, value);
            return;
        }
        registers.write(address - REGISTERS, width, value);
    }

    private static long get(MemorySegment from, long offset, int width) {
        return switch (width) {
            case 1 -> from.get(ValueLayout.JAVA_BYTE, offset) & 0xffL;
            case 2 -> from.get(ValueLayout.JAVA_SHORT, offset) & 0xffffL;
            case 4 -> from.get(ValueLayout.JAVA_INT, offset) & 0xffff_ffffL;
            default -> from.get(ValueLayout.JAVA_LONG, offset);
        };
    }

    private static void set(MemorySegment to, long offset, int width, long value) {
        switch (width) {
            case 1 -> to.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
            case 2 -> to.set(ValueLayout.JAVA_SHORT, offset, (short) value);
            case 4 -> to.set(ValueLayout.JAVA_INT, offset, (int) value);
            default -> to.set(ValueLayout.JAVA_LONG, offset, value);
        }
    }
}
