package org.hostmem.integration.broken;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.TransferPlan;

/** A good accessor; what is overridden is broken. */
class Delegate implements HostMemoryAccessor {

    final HostMemoryAccessor good;

    Delegate(HostMemoryAccessor good) {
        this.good = good;
    }

    /** Lets another thread look, on a machine with one CPU too. */
    static void gap() {
        LockSupport.parkNanos(100_000);
    }

    /** Writes the two halves of a value one after the other. */
    final void halves(long offset, int width, long value) {
        int half = width / 2;
        boolean little = options().byteOrder() == ByteOrder.LITTLE_ENDIAN;
        long low = value & -1L >>> 64 - 8 * half;
        long high = value >>> 8 * half;
        good.write(offset, half, little ? low : high);
        gap();
        good.write(offset + half, half, little ? high : low);
    }

    @Override
    public long size() {
        return good.size();
    }

    @Override
    public Atomics atomics() {
        return good.atomics();
    }

    @Override
    public RegionCapabilities capabilities() {
        return good.capabilities();
    }

    @Override
    public AccessOptions options() {
        return good.options();
    }

    @Override
    public AccessRules rules() {
        return good.rules();
    }

    @Override
    public Set<Guarantee> guarantees() {
        return good.guarantees();
    }

    @Override
    public void check(Direction direction, long offset, long length) {
        good.check(direction, offset, length);
    }

    @Override
    public void check(Direction direction, long offset, long length, TransferOrder order) {
        good.check(direction, offset, length, order);
    }

    @Override
    public byte readByte(long offset) {
        return good.readByte(offset);
    }

    @Override
    public short readShort(long offset) {
        return good.readShort(offset);
    }

    @Override
    public int readInt(long offset) {
        return good.readInt(offset);
    }

    @Override
    public long readLong(long offset) {
        return good.readLong(offset);
    }

    @Override
    public void writeByte(long offset, byte value) {
        good.writeByte(offset, value);
    }

    @Override
    public void writeShort(long offset, short value) {
        good.writeShort(offset, value);
    }

    @Override
    public void writeInt(long offset, int value) {
        good.writeInt(offset, value);
    }

    @Override
    public void writeLong(long offset, long value) {
        good.writeLong(offset, value);
    }

    @Override
    public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        good.readBytes(offset, ram, ramOffset, length, order);
    }

    @Override
    public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        good.writeBytes(offset, ram, ramOffset, length, order);
    }

    @Override
    public void fill(long offset, long length, byte value) {
        good.fill(offset, length, value);
    }

    @Override
    public void fillUnobserved(long offset, long length, byte value) {
        good.fillUnobserved(offset, length, value);
    }

    @Override
    public TransferPlan planMove(long from, long to, long length, Transfer how) {
        return good.planMove(from, to, length, how);
    }

    @Override
    public Transfer.Result move(long from, long to, long length, Transfer how) {
        return good.move(from, to, length, how);
    }

    @Override
    public void barrier(Barrier purpose) {
        good.barrier(purpose);
    }

    @Override
    public AccessPlan planScalar(long offset, int width) {
        return good.planScalar(offset, width);
    }

    @Override
    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        return good.planBulk(direction, offset, length, order);
    }

    @Override
    public void close() {
        good.close();
    }
}
