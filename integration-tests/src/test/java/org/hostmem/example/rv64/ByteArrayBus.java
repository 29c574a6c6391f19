package org.hostmem.example.rv64;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The bus as an emulator without Hostmem has it: RAM is a {@code byte[]}, and the BAR can only be another. Nothing here
 * may be used on a real device's memory: plain accesses may be split, repeated or dropped.
 */
public final class ByteArrayBus implements Bus {

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private record Mapped(long base, long size, MmioDevice device) {}

    private final byte[] ram;
    private final long ramBase;
    private final List<Mapped> devices = new ArrayList<>();

    /** A bus with RAM. */
    public ByteArrayBus(long ramBase, byte[] ram) {
        this.ramBase = ramBase;
        this.ram = ram;
    }

    /** Puts a device on the bus. */
    public void map(long base, long size, MmioDevice device) {
        devices.add(new Mapped(base, size, device));
    }

    /** Puts a BAR on the bus, played by an array. */
    public void map(long base, byte[] bar) {
        map(base, bar.length, new MmioDevice() {
            @Override
            public long load(long offset, int width) {
                return get(bar, (int) offset, width);
            }

            @Override
            public void store(long offset, int width, long value) {
                put(bar, (int) offset, width, value);
            }
        });
    }

    @Override
    public long load(long address, int width) {
        long offset = address - ramBase;
        if (offset >= 0 && offset <= ram.length - width) {
            return get(ram, (int) offset, width);
        }
        Mapped mapped = find(address, width);
        return mapped.device.load(address - mapped.base, width);
    }

    @Override
    public void store(long address, int width, long value) {
        long offset = address - ramBase;
        if (offset >= 0 && offset <= ram.length - width) {
            put(ram, (int) offset, width, value);
            return;
        }
        Mapped mapped = find(address, width);
        mapped.device.store(address - mapped.base, width, value);
    }

    @Override
    public int fetch(long address) {
        return (short) SHORT.get(ram, inRam(address, 2)) & 0xffff;
    }

    @Override
    public long compareAndExchange(long address, int width, long expected, long value) {
        int offset = inRam(address, width);
        long before = get(ram, offset, width);
        if (before == expected) {
            put(ram, offset, width, value);
        }
        return before;
    }

    @Override
    public long atomic(Atomic operation, long address, int width, long operand) {
        int offset = inRam(address, width);
        long before = width == 4 ? (int) get(ram, offset, 4) : get(ram, offset, 8);
        put(ram, offset, width, operation.apply(before, width == 4 ? (int) operand : operand));
        return before;
    }

    @Override
    public void copy(long from, long to, long length) {
        byte[] bytes = new byte[Math.toIntExact(length)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) load(from + i, 1);
        }
        for (int i = 0; i < bytes.length; i++) {
            store(to + i, 1, bytes[i]);
        }
    }

    @Override
    public void fence() {
        VarHandle.fullFence();
    }

    private int inRam(long address, int width) {
        long offset = address - ramBase;
        if (offset < 0 || offset > ram.length - width) {
            throw nothing(address);
        }
        return (int) offset;
    }

    private Mapped find(long address, int width) {
        for (Mapped mapped : devices) {
            long offset = address - mapped.base;
            if (offset >= 0 && offset <= mapped.size - width) {
                return mapped;
            }
        }
        throw nothing(address);
    }

    private static BusFault nothing(long address) {
        return new BusFault(BusFault.Kind.ACCESS, "nothing at 0x" + Long.toHexString(address));
    }

    private static long get(byte[] from, int offset, int width) {
        return switch (width) {
            case 1 -> from[offset] & 0xffL;
            case 2 -> (short) SHORT.get(from, offset) & 0xffffL;
            case 4 -> (int) INT.get(from, offset) & 0xffff_ffffL;
            default -> (long) LONG.get(from, offset);
        };
    }

    private static void put(byte[] to, int offset, int width, long value) {
        switch (width) {
            case 1 -> to[offset] = (byte) value;
            case 2 -> SHORT.set(to, offset, (short) value);
            case 4 -> INT.set(to, offset, (int) value);
            default -> LONG.set(to, offset, value);
        }
    }
}
