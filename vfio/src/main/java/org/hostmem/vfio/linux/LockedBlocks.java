package org.hostmem.vfio.linux;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The blocks that are locked for all devices. The kernel does not count locks, so one unlock would end the locks of all
 * blocks on the same page. Therefore only pages that no other block uses are unlocked.
 */
public final class LockedBlocks {

    private static final List<Block> BLOCKS = new ArrayList<>();

    private record Block(long address, long size) {

        long end() {
            return address + size;
        }

        boolean overlaps(Block other) {
            return address < other.end() && other.address < end();
        }
    }

    private LockedBlocks() {}

    /** Returns 0 or the kernel's error. If the limit of locked memory is too low, that is always ENOMEM. */
    public static int lock(long address, long size) {
        synchronized (BLOCKS) {
            int result = LockedMemory.lock(address, size);
            if (result >= 0) {
                BLOCKS.add(new Block(address, size));
            }
            return result == -Errno.EPERM ? -Errno.ENOMEM : result; // where the limit is 0
        }
    }

    /** Of a block that was locked as such. If the kernel refuses, it stays, and this can be repeated. */
    public static int unlock(long address, long size) {
        Block ended = new Block(address, size);
        synchronized (BLOCKS) {
            BLOCKS.remove(ended);
            long at = address;
            int result = 0;
            for (Block other : BLOCKS.stream()
                    .filter(ended::overlaps)
                    .sorted(Comparator.comparingLong(Block::address))
                    .toList()) {
                result = Math.min(result, unlocked(at, other.address));
                at = Math.max(at, other.end());
            }
            result = Math.min(result, unlocked(at, ended.end()));
            if (result < 0) {
                BLOCKS.add(ended);
            }
            return result;
        }
    }

    private static int unlocked(long from, long to) {
        return from < to ? LockedMemory.unlock(from, to - from) : 0;
    }
}
