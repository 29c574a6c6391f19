package org.hostmem.integration.faults;

import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * Run in a JVM of its own, which it could end: UNOBSERVED transfers and fills of a file, inside of it and across its
 * end. Prints the rules, and {@code RIGHT right, FAULTS faults, WRONG wrong}.
 */
public final class CopyInstructions {

    private static final int EDGE = TruncatedFile.EDGE;
    private static final int[] LENGTHS = {1, 1023, 1024, 1025, 4096, 5003, 30_001};

    private final HostMemoryAccessor region;
    private final MemorySegment noise = Arena.global().allocate(EDGE);
    private final MemorySegment seen = Arena.global().allocate(2L * EDGE);
    private int right;
    private int faults;
    private int wrong;

    private CopyInstructions(HostMemoryAccessor region) {
        this.region = region;
        SplittableRandom random = new SplittableRandom(43);
        for (int i = 0; i < EDGE; i++) {
            noise.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path path = Files.createTempFile("hostmem-copies", ".region");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(2L * EDGE);
            try (Device device = Vfio.file(path, VfioOptions.none());
                    HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT)) {
                file.setLength(EDGE);
                System.out.println(region.rules().source());
                System.out.println(region.rules().notes());
                new CopyInstructions(region).run();
            }
        } finally {
            Files.delete(path);
        }
    }

    private void run() {
        for (int length : LENGTHS) {
            for (int shift : new int[] {0, 1, 61}) {
                region.writeBytes(shift, noise, shift ^ 3, length, TransferOrder.UNOBSERVED);
                expect(shift, noise, shift ^ 3, length);
                region.readBytes(shift, seen, 7, length, TransferOrder.UNOBSERVED);
                count(MemorySegment.mismatch(seen, 7, 7L + length, noise, shift ^ 3, (shift ^ 3L) + length) < 0);
                region.fillUnobserved(shift, length, (byte) length);
                expect(shift, seen.asSlice(0, length).fill((byte) length), 0, length);
            }
            for (int before : new int[] {0, 1, 777, 4096, 9001}) {
                long offset = EDGE - before;
                long all = before + length;
                fault(before, () -> region.writeBytes(offset, seen, 0, all, TransferOrder.UNOBSERVED));
                fault(before, () -> region.readBytes(offset, seen, 0, all, TransferOrder.UNOBSERVED));
                fault(before, () -> region.fillUnobserved(offset, all, (byte) 1));
            }
        }
        System.out.println(right + " right, " + faults + " faults, " + wrong + " wrong");
        System.exit(wrong == 0 ? 0 : 1);
    }

    /** Looks in another way. */
    private void expect(long offset, MemorySegment wanted, long from, int length) {
        byte[] there = new byte[length];
        region.readBytes(offset, there, 0, length);
        count(MemorySegment.mismatch(MemorySegment.ofArray(there), 0, length, wanted, from, from + length) < 0);
    }

    private void count(boolean isRight) {
        if (isRight) {
            right++;
        } else {
            wrong++;
        }
    }

    private void fault(int before, Runnable transfer) {
        try {
            transfer.run();
            wrong++;
        } catch (RegionFaultException fault) {
            faults++;
            wrong += fault.completed() <= before && fault.side() == RegionFaultException.Side.REGION ? 0 : 1;
        }
    }
}
