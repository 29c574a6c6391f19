import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.hostmem.AccessOptions;
import org.hostmem.Barrier;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * The registers of edu, which take 4 bytes below 0x80 and 4 or 8 from there on. At 0x80, 0x88 and 0x90 are three of 8
 * bytes that keep what is written; a command register follows at 0x98, which an odd value starts.
 */
final class Edu {

    private static final int IDENTIFICATION = 0x010000ed;
    private static final int ACKNOWLEDGE = 0x64;
    /** What the outer guest looks for in the trace. */
    private static final int DONE = 0x7e57;

    private static final int DMA = 0x80;
    private static final int KEPT = 24;

    private Edu() {}

    static void run(Score score) {
        try (Device device = Vfio.sysfs(Nested.EDU, VfioOptions.none());
                HostMemoryAccessor edu = device.region(0).open(AccessOptions.DEFAULT)) {
            System.out.println("edu, answered by " + edu.rules().answeredBy() + ": " + edu.guarantees());
            score.count("edu, its identification", () -> edu.readInt(0) == IDENTIFICATION);
            score.count("edu, its inverting register", () -> {
                edu.writeInt(4, 0x12345678);
                return edu.readInt(4) == ~0x12345678;
            });
            score.count("edu, 8 bytes", () -> {
                edu.writeLong(DMA, 0x1122334455667788L);
                return edu.readLong(DMA) == 0x1122334455667788L;
            });
            for (int size = 8; size <= 64; size += 8) {
                transfers(score, edu, size);
            }
            for (Barrier barrier : Barrier.values()) {
                score.count("edu, " + barrier, () -> {
                    edu.barrier(barrier);
                    return edu.readInt(0) == IDENTIFICATION;
                });
            }
            edu.writeInt(ACKNOWLEDGE, DONE);
        }
    }

    private static void transfers(Score score, HostMemoryAccessor edu, int size) {
        byte[] even = new byte[size];
        for (int i = 0; i < size; i++) {
            even[i] = (byte) (2 * (i + size));
        }
        score.count("edu, a write of " + size, () -> {
            edu.writeBytes(DMA, MemorySegment.ofArray(even), 0, size, TransferOrder.ASCENDING);
            return keeps(edu, even);
        });
        score.count("edu, a read of " + size, () -> {
            byte[] read = new byte[size];
            edu.readBytes(DMA, MemorySegment.ofArray(read), 0, size, TransferOrder.ASCENDING);
            int kept = Math.min(size, KEPT);
            return MemorySegment.mismatch(MemorySegment.ofArray(read), 0, kept, MemorySegment.ofArray(even), 0, kept)
                    < 0;
        });
        score.count("edu, a fill of " + size, () -> {
            edu.fill(DMA, size, (byte) 0x22);
            return edu.readLong(DMA) == 0x2222222222222222L;
        });
    }

    private static boolean keeps(HostMemoryAccessor edu, byte[] bytes) {
        for (int at = 0; at < Math.min(bytes.length, KEPT); at += 8) {
            if (edu.readLong(DMA + at) != MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_LONG_UNALIGNED, at)) {
                return false;
            }
        }
        return true;
    }
}
