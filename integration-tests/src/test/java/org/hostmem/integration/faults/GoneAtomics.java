package org.hostmem.integration.faults;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.Atomics;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.FaultPolicy;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/** Run in a JVM of its own, which it could end: atomic accesses to memory that is not there. */
public final class GoneAtomics {

    private static int right;
    private static int wrong;

    private GoneAtomics() {}

    /** Exits with 0 if each was a fault, or under the other policy read ones and wrote nothing. */
    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        MemorySegment memory = TruncatedFile.memory();
        Atomics throwing = atomics(memory, FaultPolicy.THROW);
        Atomics going = atomics(memory, FaultPolicy.UNSUPPORTED_REQUEST);
        for (int i = 0; i < rounds; i++) {
            for (int width = 1; width <= 8; width *= 2) {
                check(throwing, going, TruncatedFile.EDGE + 8L * (i % 1000), width);
            }
            if (throwing.supports(16)) {
                long at = TruncatedFile.EDGE + 16L * (i % 1000);
                count(TruncatedFile.faults(() -> throwing.compareAndExchange16(at, new long[4]), at, 0));
                long[] words = new long[4];
                count(!going.compareAndExchange16(at, words) && (words[0] & words[1]) == -1);
            }
        }
        System.out.println(right + " right, " + wrong + " wrong");
        System.exit(wrong == 0 && right > 0 ? 0 : 1);
    }

    private static Atomics atomics(MemorySegment memory, FaultPolicy policy) {
        return ProviderSelection.load()
                .open(MappedRegion.borrowed(
                        memory,
                        RegionCapabilities.whole(memory.byteSize(), CacheMode.NORMAL, CacheModeSource.REPORTED),
                        AccessOptions.DEFAULT.with(policy),
                        Permanence.MAY_VANISH))
                .atomics();
    }

    private static void check(Atomics throwing, Atomics going, long at, int width) {
        long ones = -1L >>> 64 - 8 * width;
        count(TruncatedFile.faults(() -> throwing.compareAndExchange(at, width, 0, 1), at, 0));
        count(TruncatedFile.faults(() -> throwing.getAndAdd(at, width, 1), at, 0));
        count(TruncatedFile.faults(() -> throwing.getAcquire(at, width), at, 0));
        count(TruncatedFile.faults(() -> throwing.setRelease(at, width, 1), at, 0));
        count(going.compareAndExchange(at, width, 0, 1) == ones);
        count(going.getAndAdd(at, width, 1) == ones);
        count(going.getAndSet(at, width, 1) == ones);
        count(going.getAcquire(at, width) == ones);
        going.setRelease(at, width, 1);
    }

    private static void count(boolean isRight) {
        if (isRight) {
            right++;
        } else {
            wrong++;
        }
    }
}
