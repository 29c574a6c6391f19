package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The CPU's debug registers, by perf_event_open(2): which watched bytes the instructions of this thread touch, how
 * often, and in what order. No code of ours takes part in the observed access.
 *
 * <p>Four windows of 1, 2, 4 or 8 aligned bytes can be watched at once. An instruction that touches several gives one
 * hit for each, in the order of the windows. Loads alone cannot be watched on x86-64: {@link Kind#ACCESSES} are loads
 * and stores.
 */
final class Watch {

    /** What is seen. */
    enum Kind {
        STORES,
        ACCESSES
    }

    private static final boolean X86 = System.getProperty("os.arch").equals("amd64")
            && System.getProperty("os.name").equals("Linux");
    private static final int REGISTERS = 4;
    private static final int SYS_PERF_EVENT_OPEN = 298;
    private static final int ENABLE = 0x2400;
    private static final int DISABLE = 0x2401;
    private static final int SET_OUTPUT = 0x2405;
    private static final long PAGE = 4096;
    private static final long RING = 64 * PAGE;

    private static final MethodHandle SYSCALL = call(
            "syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            1);
    private static final MethodHandle IOCTL =
            call("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG), 2);
    private static final MethodHandle MMAP = call(
            "mmap",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG),
            -1);
    private static final MethodHandle MUNMAP =
            call("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG), -1);
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT), -1);

    private static final String BLIND =
            "the debug registers do not see a store here: this is not Linux on x86-64, or the kernel"
                    + " (perf_event_paranoid) or a hypervisor keeps them";
    private static final boolean SEEING = X86 && seesAStore();

    static {
        if (!SEEING) {
            System.out.println("Tests that watch single stores are skipped: " + BLIND);
        }
    }

    private Watch() {}

    @SuppressWarnings("restricted") // calls the kernel
    private static MethodHandle call(String name, FunctionDescriptor type, int firstVariadic) {
        Linker linker = Linker.nativeLinker();
        Linker.Option[] options = firstVariadic < 0
                ? new Linker.Option[0]
                : new Linker.Option[] {Linker.Option.firstVariadicArg(firstVariadic)};
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
    }

    /**
     * Skips the test where this process may not use the debug registers, or where they see nothing: a hypervisor may
     * keep them to itself without a word.
     */
    static void assumePossible() {
        assumeThat(SEEING).as(BLIND).isTrue();
    }

    private static boolean seesAStore() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(8, 8);
            int fd = open(arena, Kind.STORES, memory.address(), 8);
            if (fd < 0) {
                return false;
            }
            close(fd);
            return watch(Kind.STORES, memory, 8, new long[] {0}, () -> memory.set(JAVA_LONG, 0, 1))
                            .size()
                    == 1;
        }
    }

    /**
     * {@return the offsets of the windows that were touched, in order; a window that was touched twice is there twice}
     */
    static List<Long> order(Kind kind, MemorySegment memory, int window, long[] offsets, Runnable what) {
        assumePossible();
        return watch(kind, memory, window, offsets, what);
    }

    @SuppressWarnings("restricted") // the ring buffer has no size of its own
    private static List<Long> watch(Kind kind, MemorySegment memory, int window, long[] offsets, Runnable what) {
        int[] fds = new int[offsets.length];
        long ring = 0;
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < fds.length; i++) {
                fds[i] = open(arena, kind, memory.address() + offsets[i], window);
                if (fds[i] < 0) {
                    throw new IllegalStateException("no debug register for window " + i);
                }
                if (i == 0) {
                    ring = (long) MMAP.invoke(0L, PAGE + RING, 3, 1, fds[0], 0L);
                    if (ring < 0) {
                        throw new IllegalStateException("no ring buffer");
                    }
                } else {
                    ioctl(fds[i], SET_OUTPUT, fds[0]);
                }
            }
            for (int fd : fds) {
                ioctl(fd, ENABLE, 0);
            }
            what.run();
            for (int fd : fds) {
                ioctl(fd, DISABLE, 0);
            }
            return hits(MemorySegment.ofAddress(ring).reinterpret(PAGE + RING), memory.address());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        } finally {
            if (ring > 0) {
                unmap(ring);
            }
            Arrays.stream(fds).filter(fd -> fd > 0).forEach(Watch::close);
        }
    }

    /** {@return how often each byte from the offset on is touched. The access is made once for each four bytes} */
    static int[] bytes(Kind kind, MemorySegment memory, long offset, int length, Runnable what) {
        int[] times = new int[length];
        for (int first = 0; first < length; first += REGISTERS) {
            long[] watched = LongStream.range(offset + first, offset + Math.min(first + REGISTERS, length))
                    .toArray();
            order(kind, memory, 1, watched, what).forEach(hit -> times[(int) (hit - offset)]++);
        }
        return times;
    }

    /** {@return how many instructions touch a window} */
    static int count(Kind kind, MemorySegment memory, long offset, int window, Runnable what) {
        return order(kind, memory, window, new long[] {offset}, what).size();
    }

    private static List<Long> hits(MemorySegment ring, long base) {
        long head = ring.get(JAVA_LONG, 1024);
        if (head > RING) {
            throw new IllegalStateException("too many hits for the ring buffer");
        }
        List<Long> hits = new ArrayList<>();
        for (long at = 0; at < head; at += ring.get(JAVA_LONG, PAGE + at) >>> 48) {
            int type = ring.get(JAVA_INT, PAGE + at);
            if (type != 9) { // PERF_RECORD_SAMPLE
                throw new IllegalStateException("the kernel lost or throttled hits: record " + type);
            }
            hits.add(ring.get(JAVA_LONG, PAGE + at + 8) - base);
        }
        return hits;
    }

    private static int open(Arena arena, Kind kind, long address, int window) {
        MemorySegment attr = arena.allocate(112, 8);
        attr.set(JAVA_INT, 0, 5); // PERF_TYPE_BREAKPOINT
        attr.set(JAVA_INT, 4, 112);
        attr.set(JAVA_LONG, 16, 1); // every hit is a sample
        attr.set(JAVA_LONG, 24, 8); // PERF_SAMPLE_ADDR
        attr.set(JAVA_LONG, 40, 1 | 1 << 5 | 1 << 6); // disabled, exclude_kernel, exclude_hv
        attr.set(JAVA_INT, 52, kind == Kind.STORES ? 2 : 3);
        attr.set(JAVA_LONG, 56, address);
        attr.set(JAVA_LONG, 64, window);
        try {
            return (int) (long) SYSCALL.invoke(
                    (long) SYS_PERF_EVENT_OPEN, attr, 0L, -1L, -1L, 8L); // this thread, any CPU, close on exec
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void ioctl(int fd, int request, int argument) throws Throwable {
        if ((int) IOCTL.invoke(fd, (long) request, (long) argument) != 0) {
            throw new IllegalStateException("ioctl 0x" + Integer.toHexString(request));
        }
    }

    private static void unmap(long ring) {
        try {
            int _ = (int) MUNMAP.invoke(ring, PAGE + RING);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void close(int fd) {
        try {
            int _ = (int) CLOSE.invoke(fd);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
