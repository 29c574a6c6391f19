package org.hostmem.lab.observe;

import java.lang.foreign.MemorySegment;
import org.hostmem.Barrier;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;

/**
 * What is watched: one static method for each way to call the library, so that each is compiled for itself, with the
 * library inlined as it would be in a user's code.
 */
final class Ops {

    private Ops() {}

    static long read1(HostMemoryAccessor a, long o) {
        return a.readByte(o) & 0xffL;
    }

    static long read2(HostMemoryAccessor a, long o) {
        return a.readShort(o) & 0xffffL;
    }

    static long read4(HostMemoryAccessor a, long o) {
        return a.readInt(o) & 0xffff_ffffL;
    }

    static long read8(HostMemoryAccessor a, long o) {
        return a.readLong(o);
    }

    static void write1(HostMemoryAccessor a, long o, long v) {
        a.writeByte(o, (byte) v);
    }

    static void write2(HostMemoryAccessor a, long o, long v) {
        a.writeShort(o, (short) v);
    }

    static void write4(HostMemoryAccessor a, long o, long v) {
        a.writeInt(o, (int) v);
    }

    static void write8(HostMemoryAccessor a, long o, long v) {
        a.writeLong(o, v);
    }

    // A value that nobody uses: a compiler that may drop the access does.

    static void unused1(HostMemoryAccessor a, long o) {
        a.readByte(o);
    }

    static void unused2(HostMemoryAccessor a, long o) {
        a.readShort(o);
    }

    static void unused4(HostMemoryAccessor a, long o) {
        a.readInt(o);
    }

    static void unused8(HostMemoryAccessor a, long o) {
        a.readLong(o);
    }

    // Of which only the lowest byte is used: a compiler that may narrow the access does.

    static long narrowed2(HostMemoryAccessor a, long o) {
        return a.readShort(o) & 0xff;
    }

    static long narrowed4(HostMemoryAccessor a, long o) {
        return a.readInt(o) & 0xff;
    }

    static long narrowed8(HostMemoryAccessor a, long o) {
        return a.readLong(o) & 0xff;
    }

    // Twice the same: a compiler that may merge them does.

    static long reads1(HostMemoryAccessor a, long o) {
        return (a.readByte(o) & 0xffL) + (a.readByte(o) & 0xffL);
    }

    static long reads2(HostMemoryAccessor a, long o) {
        return (a.readShort(o) & 0xffffL) + (a.readShort(o) & 0xffffL);
    }

    static long reads4(HostMemoryAccessor a, long o) {
        return (a.readInt(o) & 0xffff_ffffL) + (a.readInt(o) & 0xffff_ffffL);
    }

    static long reads8(HostMemoryAccessor a, long o) {
        return a.readLong(o) + a.readLong(o);
    }

    static void writes1(HostMemoryAccessor a, long o, long v) {
        a.writeByte(o, (byte) v);
        a.writeByte(o, (byte) v);
    }

    static void writes2(HostMemoryAccessor a, long o, long v) {
        a.writeShort(o, (short) v);
        a.writeShort(o, (short) v);
    }

    static void writes4(HostMemoryAccessor a, long o, long v) {
        a.writeInt(o, (int) v);
        a.writeInt(o, (int) v);
    }

    static void writes8(HostMemoryAccessor a, long o, long v) {
        a.writeLong(o, v);
        a.writeLong(o, v);
    }

    static void bulkRead(
            HostMemoryAccessor a, long o, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        a.readBytes(o, ram, ramOffset, length, order);
    }

    static void bulkWrite(
            HostMemoryAccessor a, long o, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        a.writeBytes(o, ram, ramOffset, length, order);
    }

    static void fill(HostMemoryAccessor a, long o, long length, byte value) {
        a.fill(o, length, value);
    }

    static void move(HostMemoryAccessor a, long from, long to, long length, OverlapPolicy policy, long budget) {
        a.move(from, to, length, Transfer.DEFAULT.with(policy).withBudget(budget));
    }

    static void barrier(HostMemoryAccessor a, Barrier purpose) {
        a.barrier(purpose);
    }
}
