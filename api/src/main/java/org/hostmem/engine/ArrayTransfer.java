package org.hostmem.engine;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedAccessor;

/**
 * Transfers between any accessor and an array. A segment of the array would be a new object for each call where the JIT
 * has seen several kinds of segments. So the bytes pass through a block from a pool. The block is taken out of the pool
 * while in use, because a device model may copy, too.
 *
 * <p>Cuts are made at multiples of 64, so that no plan changes.
 */
public final class ArrayTransfer {

    private static final int BLOCK = 4096;
    private static final Pool<ArrayTransfer> POOL = new Pool<>(ArrayTransfer::new);

    private final byte[] bytes = new byte[BLOCK];
    private final MemorySegment block = MemorySegment.ofArray(bytes);

    private ArrayTransfer() {}

    public static void read(HostMemoryAccessor accessor, long offset, byte[] ram, int ramOffset, int length) {
        check(accessor, Direction.READ, offset, ram, ramOffset, length);
        if (isOneRequest(accessor, length)) {
            accessor.readBytes(offset, MemorySegment.ofArray(ram), ramOffset, length, TransferOrder.ASCENDING);
            return;
        }
        ArrayTransfer mine = POOL.take();
        try {
            for (int done = 0; done < length; ) {
                int n = part(accessor, offset + done, length - done);
                int read = 0;
                try {
                    accessor.readBytes(offset + done, mine.block, 0, n, TransferOrder.ASCENDING);
                    read = n;
                } catch (RegionFaultException fault) {
                    read = (int) fault.completed();
                    throw Faults.within(fault, done + fault.completed());
                } finally {
                    System.arraycopy(mine.bytes, 0, ram, ramOffset + done, read);
                }
                done += n;
            }
        } finally {
            POOL.give(mine);
        }
    }

    public static void write(HostMemoryAccessor accessor, long offset, byte[] ram, int ramOffset, int length) {
        check(accessor, Direction.WRITE, offset, ram, ramOffset, length);
        if (isOneRequest(accessor, length)) {
            accessor.writeBytes(offset, MemorySegment.ofArray(ram), ramOffset, length, TransferOrder.ASCENDING);
            return;
        }
        ArrayTransfer mine = POOL.take();
        int done = 0;
        try {
            while (done < length) {
                int n = part(accessor, offset + done, length - done);
                System.arraycopy(ram, ramOffset + done, mine.bytes, 0, n);
                accessor.writeBytes(offset + done, mine.block, 0, n, TransferOrder.ASCENDING);
                done += n;
            }
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, done + fault.completed());
        } finally {
            POOL.give(mine);
        }
    }

    private static void check(
            HostMemoryAccessor accessor, Direction direction, long offset, byte[] ram, int ramOffset, int length) {
        accessor.check(direction, offset, length);
        Objects.checkFromIndexSize(ramOffset, length, ram.length);
    }

    /**
     * An unsupported request lasts from the faulting access to the end. Separate parts would not know each other's
     * faults.
     */
    private static boolean isOneRequest(HostMemoryAccessor accessor, int length) {
        return length > BLOCK && accessor.options().fault() == FaultPolicy.UNSUPPORTED_REQUEST;
    }

    private static int part(HostMemoryAccessor accessor, long offset, int rest) {
        long address = MappedAccessor.addressOf(accessor) + offset;
        return rest <= BLOCK ? rest : (int) ((address + BLOCK & -64) - address);
    }
}
