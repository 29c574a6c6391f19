package org.hostmem.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Transfers between RAM and a region: P4 to P9. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 30, time = 20, timeUnit = TimeUnit.MILLISECONDS)
public class Copies {

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
    private static final Transfer BUFFERED = Transfer.DEFAULT.withBudget(Long.MAX_VALUE);
    private static final long SLACK = 1 << 20;

    @Param({"64", "4096", "1048576"})
    public long size = 64;

    /** Of the region's side. */
    @Param("0")
    public long offset;

    /** Of the other side. */
    @Param("0")
    public long ramOffset;

    /** Of an overlapping move. */
    public long distance = 64;

    MemorySegment memory;
    MemorySegment memoryForCalls;
    MemorySegment ram;
    HostMemoryAccessor normal;
    /** The same, which may vanish. */
    HostMemoryAccessor guarded;

    HostMemoryAccessor noncached;
    HostMemoryAccessor combining;
    UnsafeBuffer agrona;
    UnsafeBuffer agronaRam;
    ByteBuf netty;
    ByteBuf nettyRam;
    long base;

    public Copies() {}

    Copies(long largest) {
        allocate(largest);
    }

    @Setup
    public void setUp() {
        allocate(size);
    }

    private void allocate(long largest) {
        memory = Regions.memory(largest + SLACK);
        ram = Regions.ram(largest + SLACK);
        base = memory.address();
        memoryForCalls = Regions.unscoped(memory);
        normal = Regions.open(memory, CacheMode.NORMAL);
        guarded = Regions.openMayVanish(memory);
        noncached = Regions.open(memory, CacheMode.NONCACHED);
        combining = Regions.open(memory, CacheMode.WRITE_COMBINING);
        int length = (int) Math.min(memory.byteSize(), Integer.MAX_VALUE - 8);
        agrona = new UnsafeBuffer(base, length);
        agronaRam = new UnsafeBuffer(ram.address(), length);
        netty = Unpooled.wrappedBuffer(memoryForCalls.asSlice(0, length).asByteBuffer());
        nettyRam = Unpooled.wrappedBuffer(ram.asSlice(0, length).asByteBuffer());
    }

    Copies at(long size, long offset, long ramOffset) {
        this.size = size;
        this.offset = offset;
        this.ramOffset = ramOffset;
        return this;
    }

    // ---- Hostmem

    @Benchmark
    public void unobservedWrite() {
        normal.writeBytes(offset, ram, ramOffset, size, TransferOrder.UNOBSERVED);
    }

    @Benchmark
    public void unobservedRead() {
        normal.readBytes(offset, ram, ramOffset, size, TransferOrder.UNOBSERVED);
    }

    @Benchmark
    public void guardedWrite() {
        guarded.writeBytes(offset, ram, ramOffset, size, TransferOrder.UNOBSERVED);
    }

    @Benchmark
    public void guardedRead() {
        guarded.readBytes(offset, ram, ramOffset, size, TransferOrder.UNOBSERVED);
    }

    @Benchmark
    public void fillUnobserved() {
        normal.fillUnobserved(offset, size, (byte) 5);
    }

    @Benchmark
    public void segmentFill() {
        memory.asSlice(offset, size).fill((byte) 5);
    }

    @Benchmark
    public void relaxedWrite() {
        normal.writeBytes(offset, ram, ramOffset, size, TransferOrder.RELAXED);
    }

    @Benchmark
    public void relaxedRead() {
        normal.readBytes(offset, ram, ramOffset, size, TransferOrder.RELAXED);
    }

    @Benchmark
    public void ascendingWrite() {
        normal.writeBytes(offset, ram, ramOffset, size, TransferOrder.ASCENDING);
    }

    @Benchmark
    public void ascendingRead() {
        normal.readBytes(offset, ram, ramOffset, size, TransferOrder.ASCENDING);
    }

    @Benchmark
    public void noncachedWrite() {
        noncached.writeBytes(offset, ram, ramOffset, size, TransferOrder.ASCENDING);
    }

    @Benchmark
    public void noncachedRead() {
        noncached.readBytes(offset, ram, ramOffset, size, TransferOrder.ASCENDING);
    }

    @Benchmark
    public void combiningWrite() {
        combining.writeBytes(offset, ram, ramOffset, size, TransferOrder.ASCENDING);
        combining.barrier(Barrier.FLUSH_WRITE_COMBINING);
    }

    @Benchmark
    public void fill() {
        normal.fill(offset, size, (byte) 5);
    }

    @Benchmark
    public void ascendingMove() {
        normal.move(offset, offset + distance, size, BUFFERED);
    }

    // ---- peers

    @Benchmark
    public void segmentCopyWrite() {
        MemorySegment.copy(ram, ramOffset, memory, offset, size);
    }

    @Benchmark
    public void segmentCopyRead() {
        MemorySegment.copy(memory, offset, ram, ramOffset, size);
    }

    @Benchmark
    public long memcpyWrite() throws Throwable {
        return (long) Peers.MEMCPY.invokeExact(base + offset, ram, ramOffset, size);
    }

    @Benchmark
    public long memcpyRead() throws Throwable {
        return (long) Peers.MEMCPY.invokeExact(ram.address() + ramOffset, memoryForCalls, offset, size);
    }

    @Benchmark
    public long memmove() throws Throwable {
        return (long) Peers.MEMMOVE.invokeExact(base + offset + distance, memoryForCalls, offset, size);
    }

    @Benchmark
    public long volatile8Write() throws Throwable {
        return (long) Peers.VOLATILE8.invokeExact(base + offset, ram, ramOffset, size);
    }

    @Benchmark
    public long repMovsWrite() throws Throwable {
        return (long) Peers.REP_MOVS.invokeExact(base + offset, ram, ramOffset, size);
    }

    @Benchmark
    public long qemuWrite() throws Throwable {
        return (long) Peers.QEMU.invokeExact(base + offset, ram, ramOffset, size);
    }

    @Benchmark
    public long gdrcopyWrite() throws Throwable {
        return (long) Peers.GDRCOPY.invokeExact(base + offset, ram, ramOffset, size);
    }

    @Benchmark
    public void opaqueWrite() {
        long i = 0;
        for (; i + 8 <= size; i += 8) {
            LONG.setOpaque(memory, offset + i, (long) LONG.get(ram, ramOffset + i));
        }
        for (; i < size; i++) {
            BYTE.setOpaque(memory, offset + i, (byte) BYTE.get(ram, ramOffset + i));
        }
    }

    @Benchmark
    public void agronaWrite() {
        agrona.putBytes((int) offset, agronaRam, (int) ramOffset, (int) size);
    }

    @Benchmark
    public void nettyWrite() {
        netty.setBytes((int) offset, nettyRam, (int) ramOffset, (int) size);
    }

    // ---- nothing but the accesses

    @Benchmark
    public long exactAscendingWrite() throws Throwable {
        return normal.rules().widestAscending() == 16
                ? (long) Peers.EXACT_TO16.invokeExact(base + offset, ram, ramOffset, size)
                : (long) Peers.VOLATILE8.invokeExact(base + offset, ram, ramOffset, size);
    }

    @Benchmark
    public long exactAscendingRead() throws Throwable {
        return normal.rules().widestAscending() == 16
                ? (long) Peers.EXACT_FROM16.invokeExact(base + offset, ram, ramOffset, size)
                : (long) Peers.VOLATILE8.invokeExact(ram.address() + ramOffset, memoryForCalls, offset, size);
    }

    @Benchmark
    public long exactDeviceWrite() throws Throwable {
        return (long) Peers.EXACT_TO32.invokeExact(base + offset, ram, ramOffset, size);
    }

    @Benchmark
    public long exactCombiningWrite() throws Throwable {
        return combining.rules().widestWrite() == 64
                ? (long) Peers.EXACT_DIRECT64.invokeExact(base + offset, ram, ramOffset, size)
                : (long) Peers.EXACT_STREAM32.invokeExact(base + offset, ram, ramOffset, size);
    }
}
