package org.hostmem.integration.faults;

import org.hostmem.AnsweredBy;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;

/** Run in a JVM of its own, which it could end: accesses by instructions that nobody knows. */
public final class UnknownInstructions {

    private static final UnknownInstruction PROVIDER = new UnknownInstruction();

    private UnknownInstructions() {}

    /** Exits with 0 if each was a fault with a type, and everything else went on. */
    public static void main(String[] none) {
        HostMemoryAccessor asserted = PROVIDER.open(AnsweredBy.HARDWARE, FaultPolicy.THROW);
        for (int round = 0; round < 20_000; round++) {
            long offset = 4L * (round % 100);
            check(fault(() -> asserted.readInt(offset)), offset, 4, 0, "(--answered-by hypervisor)");
        }
        asserted.writeLong(0, 0x1122334455667788L);
        require(asserted.readLong(0) == 0x1122334455667788L, "what is known works");
        check(fault(() -> asserted.fill(0, 12, (byte) 7)), 8, 4, 8, "SIGILL");
        require(asserted.readLong(0) == 0x0707070707070707L, "what came before was done");
        check(
                fault(() ->
                        PROVIDER.open(AnsweredBy.HYPERVISOR, FaultPolicy.THROW).readInt(8)),
                8,
                4,
                0,
                "version");
        HostMemoryAccessor forgiving = PROVIDER.open(AnsweredBy.UNKNOWN, FaultPolicy.UNSUPPORTED_REQUEST);
        check(fault(() -> forgiving.readInt(8)), 8, 4, 0, "version");
        check(fault(() -> asserted.slice(16, 16).readInt(0)), 0, 4, 0, "SIGILL");
        System.out.println("held");
    }

    /** Whether the one of a good accessor is told, in front of and behind whatever handlers there are. */
    static boolean isTold(HostMemoryAccessor accessor) {
        RegionFaultException fault = fault(() -> accessor.readInt(4));
        return fault != null && fault.isUnknownInstruction();
    }

    static HostMemoryAccessor open() {
        return PROVIDER.open(AnsweredBy.HARDWARE, FaultPolicy.THROW);
    }

    private static RegionFaultException fault(Runnable access) {
        try {
            access.run();
            return null;
        } catch (RegionFaultException fault) {
            return fault;
        }
    }

    private static void check(RegionFaultException fault, long offset, int width, long completed, String says) {
        require(fault != null, "a fault at " + offset);
        require(
                fault.isUnknownInstruction()
                        && fault.side() == Side.REGION
                        && fault.offset() == offset
                        && fault.width() == width
                        && fault.completed() == completed,
                fault.getMessage());
        require(
                fault.getMessage().contains("SIGILL")
                        && fault.getMessage().contains(says)
                        && !fault.getMessage().contains("?"),
                fault.getMessage());
    }

    private static void require(boolean isSo, String what) {
        if (!isSo) {
            System.out.println("not so: " + what);
            System.exit(1);
        }
    }
}
