package org.hostmem.example.rv64;

/**
 * A virtio-like device that copies: each chain of descriptors in its split queue names source buffers, then destination
 * buffers, anywhere on the bus: RAM, or the BAR.
 *
 * <p>The queue's layout is virtio's (1.2, section 2.7), and it too may lie in the BAR. So the device reads and writes
 * it by loads and stores of each field's own width, and buffers by bulk copies that keep ascending order.
 */
public final class CopyDevice implements MmioDevice {

    /** Bytes of registers. */
    public static final int SIZE = 0x40;

    /** Reads as {@code virt}. 4 bytes. */
    public static final int MAGIC = 0x00;
    /** How many descriptors the queue has. 4 bytes. */
    public static final int QUEUE_SIZE = 0x08;
    /** Address of the descriptor table. 8 bytes. */
    public static final int DESCRIPTORS = 0x10;
    /** Address of the ring of the driver. 8 bytes. */
    public static final int AVAILABLE = 0x18;
    /** Address of the ring of the device. 8 bytes. */
    public static final int USED = 0x20;
    /** A write starts the device. 4 bytes. */
    public static final int DOORBELL = 0x28;
    /** 0, or 1 after a buffer was not there. A write clears it. 4 bytes. */
    public static final int ERROR = 0x30;

    private static final int NEXT = 1;
    private static final int WRITE = 2;
    private static final int DESCRIPTOR_SIZE = 16;
    private static final int MAX_QUEUE = 1 << 15;

    /** A walk along the descriptors of one kind in a chain. */
    private final class Cursor {
        private final boolean write;
        private long address;
        private long rest;
        private int next;
        private boolean more = true;
        private int turns;

        Cursor(int head, boolean write) {
            this.next = head;
            this.write = write;
        }

        /** {@return whether there is a byte left} */
        boolean hasMore() {
            while (rest == 0 && more) {
                if (turns++ == queueSize) {
                    throw new BusFault(BusFault.Kind.ACCESS, "a chain of descriptors has no end");
                }
                long descriptor = descriptors + (long) (next % queueSize) * DESCRIPTOR_SIZE;
                int flags = (int) bus.load(descriptor + 12, 2);
                if ((flags & WRITE) != 0 == write) {
                    address = bus.load(descriptor, 8);
                    rest = bus.load(descriptor + 8, 4);
                }
                more = (flags & NEXT) != 0;
                next = (int) bus.load(descriptor + 14, 2);
            }
            return rest > 0;
        }

        void advance(long length) {
            address += length;
            rest -= length;
        }
    }

    private final Bus bus;
    private int queueSize = 1;
    private long descriptors;
    private long available;
    private long used;
    private int seen;
    private int error;

    /** A device on a bus. */
    public CopyDevice(Bus bus) {
        this.bus = bus;
    }

    @Override
    public long load(long offset, int width) {
        return switch ((int) offset) {
            case MAGIC -> 0x74726976;
            case QUEUE_SIZE -> queueSize;
            case DESCRIPTORS -> descriptors;
            case AVAILABLE -> available;
            case USED -> used;
            case ERROR -> error;
            default -> 0;
        };
    }

    @Override
    public void store(long offset, int width, long value) {
        switch ((int) offset) {
            case QUEUE_SIZE -> queueSize = Math.clamp(value, 1, MAX_QUEUE);
            case DESCRIPTORS -> descriptors = value;
            case AVAILABLE -> available = value;
            case USED -> used = value;
            case DOORBELL -> work();
            case ERROR -> error = 0;
            default -> {}
        }
    }

    private void work() {
        try {
            while (seen != (int) bus.load(available + 2, 2)) {
                bus.fence(); // The index first, then what it covers.
                int head = (int) bus.load(available + 4 + 2L * (seen % queueSize), 2);
                long written = copy(head);
                long entry = used + 4 + 8L * (seen % queueSize);
                bus.store(entry, 4, head);
                bus.store(entry + 4, 4, written);
                bus.fence(); // The data and the entry first, then the index that covers them.
                seen = seen + 1 & 0xffff;
                bus.store(used + 2, 2, seen);
            }
        } catch (BusFault fault) {
            error = 1;
        }
    }

    private long copy(int head) {
        Cursor from = new Cursor(head, false);
        Cursor to = new Cursor(head, true);
        long copied = 0;
        while (from.hasMore() && to.hasMore()) {
            long length = Math.min(from.rest, to.rest);
            bus.copy(from.address, to.address, length);
            from.advance(length);
            to.advance(length);
            copied += length;
        }
        return copied;
    }
}
