package org.hostmem.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.Mapping;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Single accesses: P1 to P3. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 30, time = 20, timeUnit = TimeUnit.MILLISECONDS)
public class Scalars {

    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = ValueLayout.JAVA_SHORT.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private static final long DEVICES = 0x4000_0000L;

    /** The least that an accessor behind an interface can be: the VarHandle, and the check which class it is. */
    interface Least {
        byte readByte(long offset);

        short readShort(long offset);

        int readInt(long offset);

        long readLong(long offset);

        void writeByte(long offset, byte value);

        void writeShort(long offset, short value);

        void writeInt(long offset, int value);

        void writeLong(long offset, long value);
    }

    record Dispatched(MemorySegment memory) implements Least {

        @Override
        public byte readByte(long offset) {
            return (byte) BYTE.getOpaque(memory, offset);
        }

        @Override
        public short readShort(long offset) {
            return (short) SHORT.getOpaque(memory, offset);
        }

        @Override
        public int readInt(long offset) {
            return (int) INT.getOpaque(memory, offset);
        }

        @Override
        public long readLong(long offset) {
            return (long) LONG.getOpaque(memory, offset);
        }

        @Override
        public void writeByte(long offset, byte value) {
            BYTE.setOpaque(memory, offset, value);
        }

        @Override
        public void writeShort(long offset, short value) {
            SHORT.setOpaque(memory, offset, value);
        }

        @Override
        public void writeInt(long offset, int value) {
            INT.setOpaque(memory, offset, value);
        }

        @Override
        public void writeLong(long offset, long value) {
            LONG.setOpaque(memory, offset, value);
        }
    }

    Least least;
    MemorySegment segment;
    HostMemoryAccessor region;
    HostMemoryAccessor device;
    AddressSpace space;
    long physical;
    UnsafeBuffer agrona;
    ByteBuf netty;
    long address;
    long offset = 64;
    int index = 64;
    byte b = 3;
    short s = 5;
    int i = 7;
    long l = 9;

    @Setup
    public void setUp() {
        segment = Regions.memory(4096);
        region = Regions.open(segment, CacheMode.NORMAL);
        least = new Dispatched(segment);
        device = Regions.open(segment, CacheMode.DEVICE);
        space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
        for (int n = 0; n < 16; n++) {
            space.map(Mapping.of(DEVICES + n * 0x10_0000L, n == 7 ? device : Regions.open(segment, CacheMode.DEVICE)));
        }
        physical = DEVICES + 7 * 0x10_0000L + offset;
        agrona = new UnsafeBuffer(segment.address(), 4096);
        netty = Unpooled.wrappedBuffer(Regions.unscoped(segment).asByteBuffer());
        address = segment.address() + offset;
    }

    // ---- P1

    @Benchmark
    public byte hostmemRead1() {
        return region.readByte(offset);
    }

    @Benchmark
    public short hostmemRead2() {
        return region.readShort(offset);
    }

    @Benchmark
    public int hostmemRead4() {
        return region.readInt(offset);
    }

    @Benchmark
    public long hostmemRead8() {
        return region.readLong(offset);
    }

    @Benchmark
    public void hostmemWrite1() {
        region.writeByte(offset, b);
    }

    @Benchmark
    public void hostmemWrite2() {
        region.writeShort(offset, s);
    }

    @Benchmark
    public void hostmemWrite4() {
        region.writeInt(offset, i);
    }

    @Benchmark
    public void hostmemWrite8() {
        region.writeLong(offset, l);
    }

    @Benchmark
    public byte rawRead1() {
        return (byte) BYTE.getOpaque(segment, offset);
    }

    @Benchmark
    public short rawRead2() {
        return (short) SHORT.getOpaque(segment, offset);
    }

    @Benchmark
    public int rawRead4() {
        return (int) INT.getOpaque(segment, offset);
    }

    @Benchmark
    public long rawRead8() {
        return (long) LONG.getOpaque(segment, offset);
    }

    @Benchmark
    public void rawWrite1() {
        BYTE.setOpaque(segment, offset, b);
    }

    @Benchmark
    public void rawWrite2() {
        SHORT.setOpaque(segment, offset, s);
    }

    @Benchmark
    public void rawWrite4() {
        INT.setOpaque(segment, offset, i);
    }

    @Benchmark
    public void rawWrite8() {
        LONG.setOpaque(segment, offset, l);
    }

    @Benchmark
    public int agronaRead4() {
        return agrona.getInt(index);
    }

    @Benchmark
    public int agronaReadVolatile4() {
        return agrona.getIntVolatile(index);
    }

    @Benchmark
    public void agronaWrite4() {
        agrona.putInt(index, i);
    }

    @Benchmark
    public int nettyRead4() {
        return netty.getIntLE(index);
    }

    @Benchmark
    public void nettyWrite4() {
        netty.setIntLE(index, i);
    }

    // ---- P2

    @Benchmark
    public int deviceRead4() {
        return device.readInt(offset);
    }

    @Benchmark
    public long deviceRead8() {
        return device.readLong(offset);
    }

    @Benchmark
    public void deviceWrite4() {
        device.writeInt(offset, i);
    }

    @Benchmark
    public void deviceWrite8() {
        device.writeLong(offset, l);
    }

    // ---- P3

    @Benchmark
    public long spaceRead4() {
        return space.read(physical, 4);
    }

    @Benchmark
    public void spaceWrite4() {
        space.write(physical, 4, i);
    }

    @Benchmark
    public long bareRead4() throws Throwable {
        return (long) Peers.LOAD4.invokeExact(address);
    }

    @Benchmark
    public long bareRead8() throws Throwable {
        return (long) Peers.LOAD8.invokeExact(address);
    }

    @Benchmark
    public long bareWrite4() throws Throwable {
        return (long) Peers.STORE4.invokeExact(address, (long) i);
    }

    @Benchmark
    public long bareWrite8() throws Throwable {
        return (long) Peers.STORE8.invokeExact(address, l);
    }
}
