package org.hostmem.cli;

import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.Region;

/** The part of the demonstration in which the device does not answer. */
final class DemoFaults {

    private final Device device;
    private final Device careful;
    private final DemoLog log;

    /**
     * Runs on two devices of the same kind.
     *
     * @param device whose faults are tried
     * @param careful whose faults are foreseen
     */
    DemoFaults(Device device, Device careful, DemoLog log) {
        this.device = device;
        this.careful = careful;
        this.log = log;
    }

    void run() {
        Region region = device.region(EmbeddedDevice.REGISTERS);
        log.section("Memory disabled in the command register: every access to " + region.name() + " is a SIGBUS");
        AccessOptions allOnes = AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST);
        try (HostMemoryAccessor bar = region.open(AccessOptions.DEFAULT);
                HostMemoryAccessor lenient = region.open(allOnes)) {
            device.setMemoryEnabled(false);
            fault("4-byte read", bar, bar.planScalar(0x10, 4), () -> bar.readInt(0x10), 0x10, Direction.READ, 4);
            fault("4-byte write", bar, bar.planScalar(0x14, 4), () -> bar.writeInt(0x14, 1), 0x14, Direction.WRITE, 4);
            AccessPlan plan = bar.planBulk(Direction.WRITE, 0x21, 100, TransferOrder.ASCENDING);
            fault(
                    "write of 100 bytes",
                    bar,
                    plan,
                    () -> bar.writeBytes(0x21, new byte[100], 0, 100),
                    0x21,
                    Direction.WRITE,
                    1);
            lenient(lenient);
            device.setMemoryEnabled(true);
            foreseen();
            log.check(
                    "memory enabled again",
                    bar.planScalar(0, 4),
                    bar.readInt(0) == EmbeddedDevice.ID,
                    "the same accessor reads the identification, the JVM was never in danger");
        }
    }

    private void fault(
            String name,
            HostMemoryAccessor bar,
            AccessPlan plan,
            Runnable access,
            long offset,
            Direction direction,
            int width) {
        try {
            access.run();
            log.check(name, plan, false, "no fault");
        } catch (RegionFaultException fault) {
            boolean isRight = fault.offset() == offset
                    && fault.direction() == direction
                    && fault.width() == width
                    && fault.completed() == 0;
            log.check(name, plan, isRight, "RegionFaultException, " + fault.getMessage());
        } catch (InternalError late) {
            late(name, bar, plan, late);
        }
    }

    /** The default, unless a device is opened with Foresight.TRY. */
    private void foreseen() {
        String name = "4-byte read of a device that is known to be off";
        try (HostMemoryAccessor bar = careful.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            careful.setMemoryEnabled(false);
            AccessPlan plan = bar.planScalar(0x10, 4);
            try {
                bar.readInt(0x10);
                log.check(name, plan, false, "no fault");
            } catch (RegionFaultException fault) {
                log.check(name, plan, fault.isForeseen(), "RegionFaultException, " + fault.getMessage());
            }
        }
    }

    private void lenient(HostMemoryAccessor bar) {
        String name = "4-byte read that may not fail";
        AccessPlan plan = bar.planScalar(0, 4);
        try {
            log.check(name, plan, bar.readInt(0) == -1, "0xffffffff, as PCI Express answers a request nobody claims");
        } catch (InternalError late) {
            late(name, bar, plan, late);
        }
    }

    /** The result of a provider without instructions of its own. It does not promise more. */
    private void late(String name, HostMemoryAccessor bar, AccessPlan plan, InternalError late) {
        boolean isRight = JsonCommand.isFault(late) && !bar.guarantees().contains(Guarantee.PRECISE_FAULTS);
        log.check(name, plan, isRight, "InternalError of the JVM: this provider promises no precise faults");
    }
}
