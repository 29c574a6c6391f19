package org.hostmem.guest;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Direction;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.engine.Checks;
import org.hostmem.engine.Pool;
import org.hostmem.guest.AddressSpace.Range;
import org.jspecify.annotations.Nullable;

/**
 * Makes a scalar that crosses from one range to the next, as a transfer through a few bytes. The bytes are out of their
 * pool while in use, because a device model may access guest memory, too.
 */
final class CrossingScalar {

    private static final Pool<MemorySegment> POOL = new Pool<>(() -> MemorySegment.ofArray(new byte[Long.BYTES]));

    private CrossingScalar() {}

    static long read(FlatView view, ByteOrder order, long address, int width) {
        check(view, address, width);
        MemorySegment bytes = POOL.take();
        try {
            Crossing.transfer(Direction.READ, view, address, bytes, 0, width, TransferOrder.ASCENDING);
            long value = 0;
            for (int i = 0; i < width; i++) {
                value |= (bytes.get(ValueLayout.JAVA_BYTE, i) & 0xffL) << shift(order, i, width);
            }
            return value;
        } finally {
            POOL.give(bytes);
        }
    }

    static void write(FlatView view, ByteOrder order, long address, int width, long value) {
        check(view, address, width);
        MemorySegment bytes = POOL.take();
        try {
            for (int i = 0; i < width; i++) {
                bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (value >>> shift(order, i, width)));
            }
            Crossing.transfer(Direction.WRITE, view, address, bytes, 0, width, TransferOrder.ASCENDING);
        } finally {
            POOL.give(bytes);
        }
    }

    private static void check(FlatView view, long address, int width) {
        Checks.scalarWidth(width);
        FlatView.checkAddresses(address, width);
        Reason reason = rejection(view, address, width);
        if (reason != null) {
            throw GuestAddresses.located(
                    new AccessRejectedException(
                            reason,
                            "an access of " + width + " bytes crosses from one range to the next, and "
                                    + (reason == Reason.UNALIGNED
                                            ? "the policy of one of the two is REJECT: align it, or map the device"
                                                    + " with UnalignedPolicy.SPLIT"
                                            : "the device limits of one of the two forbid that: align it, or map the"
                                                    + " device with other limits")),
                    address);
        }
    }

    /** Why one of the ranges refuses a scalar that is cut; null if none does. */
    static @Nullable Reason rejection(FlatView view, long address, int width) {
        for (long done = 0; done < width; ) {
            Range range = view.find(address + done);
            AccessOptions options = range.accessor.options();
            if (options.unaligned() == UnalignedPolicy.REJECT) {
                return Reason.UNALIGNED;
            }
            if (options.limits().refusesAcross(range.accessor.rules(), width)) {
                return Reason.DEVICE_LIMITS;
            }
            done += range.rest(address + done);
        }
        return null;
    }

    private static int shift(ByteOrder order, int i, int width) {
        return 8 * (order == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i);
    }
}
