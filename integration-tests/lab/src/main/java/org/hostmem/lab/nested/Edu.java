package org.hostmem.lab.nested;

import org.hostmem.AccessOptions;
import org.hostmem.Barrier;
import org.hostmem.DeviceLimits;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * Accesses of edu's registers. Below 0x80 edu accepts 4 bytes, and from there on 4 or 8. The first accesses keep these
 * limits, and the outer guest checks that its trace shows nothing else. Then come accesses of every width.
 */
final class Edu {

    private static final int IDENTIFICATION = 0x010000ed;
    private static final int ACKNOWLEDGE = 0x64;
    /** A write of this value tells the outer guest that the limited accesses are over. */
    private static final int DONE = 0x7e57;

    private Edu() {}

    static void run(Sizes sizes, Score score) {
        DeviceLimits limits = DeviceLimits.NONE.withUnits(4, 8).imposedBy("edu");
        try (Device device = Vfio.sysfs(Nested.EDU, VfioOptions.none());
                HostMemoryAccessor edu = device.region(0).open(AccessOptions.DEFAULT);
                HostMemoryAccessor limited = device.region(0).open(AccessOptions.DEFAULT.with(limits))) {
            System.out.println("edu, answered by " + edu.rules().answeredBy() + ": " + edu.guarantees());
            score.count("edu, its identification", () -> edu.readInt(0) == IDENTIFICATION);
            score.count("edu, its inverting register", () -> {
                edu.writeInt(4, 0x12345678);
                return edu.readInt(4) == ~0x12345678;
            });
            for (Barrier barrier : Barrier.values()) {
                score.count("edu, " + barrier, () -> {
                    edu.barrier(barrier);
                    return edu.readInt(0) == IDENTIFICATION;
                });
            }
            new EduSweep("edu behind " + limits, limited, score).run(sizes);
            edu.writeInt(ACKNOWLEDGE, DONE);
            new EduSweep("edu with narrower accesses, which do not reach it", edu, score).run(sizes);
        }
    }
}
