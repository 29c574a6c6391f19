import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The watched window of OBSERVERS.md, and its marks. Marks must be set by code that stays interpreted. */
final class Window {
    static final long BASE = 0x6f0000000000L;
    static final long SIZE = 0x10000000L;
    static final long DEVICE = 0x0;
    static final long RAM = 0x8000000L;
    static final long MARKS = 0xf000000L;
    static final long REGION_SIZE = 0x100000L;

    private static final int READ_WRITE = 3;
    private static final int NONE = 0;
    /** MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE: one value for all four ISAs. */
    private static final int FLAGS = 0x100021;

    private final MemorySegment all;

    private Window(MemorySegment all) {
        this.all = all;
    }

    /** Maps memory laid out like the window, at another address for the warm-up. */
    static Window map(long address) {
        Linker linker = Linker.nativeLinker();
        MethodHandle mmap = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("mmap"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG));
        try {
            long at = (long) mmap.invokeExact(address, SIZE, READ_WRITE, FLAGS, -1, 0L);
            if (at != address) {
                throw new IllegalStateException("mmap at " + Long.toHexString(address) + " gave " + at);
            }
            return new Window(MemorySegment.ofAddress(at).reinterpret(SIZE));
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes the window inaccessible: from here on the tracer on the real CPU sees each access. */
    void protect() {
        Linker linker = Linker.nativeLinker();
        MethodHandle mprotect = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("mprotect"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        try {
            int result = (int) mprotect.invokeExact(all.address(), SIZE, NONE);
            if (result != 0) {
                throw new IllegalStateException("mprotect gave " + result);
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** A segment of its own: MemorySegment.copy looks at whole segments to see whether they overlap. */
    MemorySegment device() {
        return MemorySegment.ofAddress(all.address() + DEVICE).reinterpret(REGION_SIZE);
    }

    MemorySegment ram() {
        return MemorySegment.ofAddress(all.address() + RAM).reinterpret(REGION_SIZE);
    }

    void begin(int test) {
        all.set(ValueLayout.JAVA_BYTE, MARKS + 2L * test, (byte) 1);
    }

    void end(int test) {
        all.set(ValueLayout.JAVA_BYTE, MARKS + 2L * test + 1, (byte) 1);
    }
}
