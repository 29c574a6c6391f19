package org.hostmem.lab.nested;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.HexFormat;
import org.hostmem.AccessOptions;
import org.hostmem.AnsweredBy;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/** A control: edu is said to be answered by hardware, which is not so, and 64 bytes of it are read. */
final class NestedControl {

    private static final int SIGILL = 4;
    private static final int SIGBUS = 7;
    /** Of glibc's struct sigaction. */
    private static final int ACTION = 152;

    private NestedControl() {}

    /** The argument: {@code throw}, {@code all-ones} or {@code unguarded}. */
    public static void main(String[] args) throws Throwable {
        MemorySegment[] jvms = {action(SIGILL), action(SIGBUS)};
        FaultPolicy policy = args[0].equals("all-ones") ? FaultPolicy.UNSUPPORTED_REQUEST : FaultPolicy.THROW;
        VfioOptions asserted = VfioOptions.none().asserting(AnsweredBy.HARDWARE);
        try (Device device = Vfio.sysfs(Nested.EDU, asserted);
                HostMemoryAccessor edu = device.region(0).open(AccessOptions.DEFAULT.with(policy))) {
            if (args[0].equals("unguarded")) {
                restore(SIGILL, jvms[0]);
                restore(SIGBUS, jvms[1]);
            }
            byte[] bytes = new byte[64];
            edu.readBytes(0x80, bytes, 0, bytes.length);
            System.out.println("read: " + HexFormat.of().formatHex(bytes));
        } catch (RegionFaultException fault) {
            System.out.println("fault: " + fault.getMessage());
        }
    }

    @SuppressWarnings("restricted") // What Java does not offer.
    private static MethodHandle sigaction() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("sigaction"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    }

    private static MemorySegment action(int signal) throws Throwable {
        MemorySegment action = Arena.global().allocate(ACTION, 8);
        int ignored = (int) sigaction().invokeExact(signal, MemorySegment.NULL, action);
        return action;
    }

    private static void restore(int signal, MemorySegment action) throws Throwable {
        int ignored = (int) sigaction().invokeExact(signal, action, MemorySegment.NULL);
    }
}
