package org.hostmem.integration.faults;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;

/**
 * Run in a JVM of its own, which it could end: libraries that save, replace and restore the handlers of SIGBUS, SIGSEGV
 * and SIGILL before, after and between the openings of regions. One argument: which order.
 */
@SuppressWarnings("restricted") // Programs that play such a library.
public final class Handlers {

    private static final int[] SIGNALS = {7, 11, 4};
    private static final int ACTION_SIZE = 152;
    private static final int ACTION_FLAGS = 136;
    private static final int SA_NODEFER = 0x40000000;
    private static final int SA_RESETHAND = 0x80000000;
    private static final long SIG_DFL = 0;
    private static final long SIG_IGN = 1;

    private static final int PAGE = 1 << 16;
    private static final int READ_WRITE = 3;
    private static final int READ_EXECUTE = 5;
    private static final int SHARED = 1;

    private static int[] none;
    /** Whose code is another, with a handler of its own. */
    private static HostMemoryAccessor unknown;

    private Handlers() {}

    /**
     * A library: it saves the handlers, and its own, which counts nothing and changes nothing, passes every signal on
     * to what it saved.
     */
    private static final class Library {

        private final MemorySegment saved = Arena.global().allocate((long) SIGNALS.length * ACTION_SIZE, 8);
        private final MemorySegment next = Arena.global().allocate(8, 8);
        private final List<MemorySegment> pointers = new ArrayList<>();
        private final long[] handlers = new long[SIGNALS.length];

        Library() {
            for (int i = 0; i < SIGNALS.length; i++) {
                pointers.add(i == 0 ? next : Arena.global().allocate(8, 8));
                handlers[i] = passingOnTo(pointers.get(i).address());
            }
            save();
        }

        void save() {
            for (int i = 0; i < SIGNALS.length; i++) {
                done(Native.call("sigaction", SIGNALS[i], 0, saved.address() + (long) i * ACTION_SIZE));
                pointers.get(i).set(ValueLayout.JAVA_LONG, 0, saved.get(ValueLayout.JAVA_LONG, (long) i * ACTION_SIZE));
            }
        }

        void install(int more) {
            for (int i = 0; i < SIGNALS.length; i++) {
                MemorySegment action = Arena.global()
                        .allocate(ACTION_SIZE, 8)
                        .copyFrom(saved.asSlice((long) i * ACTION_SIZE, ACTION_SIZE));
                action.set(ValueLayout.JAVA_LONG, 0, handlers[i]);
                action.set(ValueLayout.JAVA_INT, ACTION_FLAGS, action.get(ValueLayout.JAVA_INT, ACTION_FLAGS) | more);
                done(Native.call("sigaction", SIGNALS[i], action.address(), 0));
            }
        }

        void restore() {
            for (int i = 0; i < SIGNALS.length; i++) {
                done(Native.call("sigaction", SIGNALS[i], saved.address() + (long) i * ACTION_SIZE, 0));
            }
        }
    }

    private static void done(long result) {
        if ((int) result != 0) {
            throw new IllegalStateException("a call of the C library failed");
        }
    }

    /** Machine code that jumps to wherever a word points to, with all that it was given. */
    private static long passingOnTo(long word) {
        ByteBuffer code = ByteBuffer.allocate(PAGE).order(ByteOrder.nativeOrder());
        switch (System.getProperty("os.arch")) {
            case "amd64" ->
                code.put(new byte[] {0x48, (byte) 0xb8})
                        .putLong(word)
                        .put(new byte[] {(byte) 0xff, 0x20}); // mov $word,%rax; jmp *(%rax)
            case "aarch64" ->
                code.putInt(0x58000090)
                        .putInt(0xf9400210)
                        .putInt(0xd61f0200)
                        .putInt(0xd503201f)
                        .putLong(word); // ldr x16,.+16; ldr x16,[x16]; br x16
            case "ppc64le" ->
                code.putInt(0xe96c0010)
                        .putInt(0xe98b0000)
                        .putInt(0x7d8903a6)
                        .putInt(0x4e800420)
                        .putLong(word); // ld 11,16(12); ld 12,0(11); mtctr 12; bctr
            case "riscv64" ->
                code.putInt(0x00000317)
                        .putInt(0x01033303)
                        .putInt(0x00033303)
                        .putInt(0x00030067)
                        .putLong(word); // auipc t1,0; ld t1,16(t1); ld t1,0(t1); jr t1
            default -> throw new IllegalStateException("no code for this ISA");
        }
        try (Arena arena = Arena.ofConfined()) {
            long fd = (int)
                    Native.call("memfd_create", arena.allocateFrom("library").address(), 0);
            done(Native.call(
                            "write",
                            fd,
                            arena.allocate(PAGE)
                                    .copyFrom(MemorySegment.ofArray(code.array()))
                                    .address(),
                            PAGE)
                    - PAGE);
            return Native.call("mmap", 0, PAGE, READ_EXECUTE, SHARED, fd, 0);
        }
    }

    /** Exits with 0 if every access came out right in that order. */
    public static void main(String[] order) throws Exception {
        switch (order[0]) {
            case "restored" -> restored();
            case "saved-ours" -> savedOurs();
            case "installed-twice" -> installedTwice();
            case "installed-twice-around" -> installedTwiceAround();
            case "default" -> taken(7, SIG_DFL);
            case "ignored" -> taken(7, SIG_IGN);
            case "default-sigill" -> taken(4, SIG_DFL);
            case "flags" -> flags();
            case "two-copies" -> twoCopies();
            case "at-the-same-time" -> atTheSameTime();
            default -> throw new IllegalArgumentException(order[0]);
        }
        System.out.println("held");
    }

    private static HostMemoryAccessor open() throws Exception {
        unknown = UnknownInstructions.open();
        return TruncatedFile.accessor(TruncatedFile.memory());
    }

    private static void restored() throws Exception {
        Library library = new Library();
        HostMemoryAccessor before = open();
        checkFaults(before);
        library.restore();
        HostMemoryAccessor after = open();
        checkFaults(after);
        checkFaults(before);
        library.install(0);
        library.restore();
        checkFaults(open());
    }

    private static void savedOurs() throws Exception {
        HostMemoryAccessor before = open();
        Library library = new Library();
        library.install(0);
        checkFaults(before);
        HostMemoryAccessor after = open();
        checkFaults(after);
        library.restore();
        checkFaults(after);
        library.install(0);
        checkFaults(open());
        checkFaults(before);
    }

    /** Who saves twice, saves whoever passes signals on to himself. */
    private static void installedTwice() throws Exception {
        HostMemoryAccessor before = open();
        Library library = new Library();
        library.install(0);
        open();
        library.save();
        library.install(0);
        checkFaults(before);
        checkFaults(open());
        checkFaults(before);
    }

    private static void installedTwiceAround() throws Exception {
        Library library = new Library();
        library.install(0);
        HostMemoryAccessor before = open();
        library.save();
        library.install(0);
        checkFaults(before);
        checkFaults(open());
    }

    private static void taken(int one, long handler) throws Exception {
        HostMemoryAccessor before = open();
        check(before.guarantees().contains(Guarantee.PRECISE_FAULTS), "promised as long as it is so");
        Library library = new Library();
        for (int signal : SIGNALS) {
            MemorySegment action = Arena.global().allocate(ACTION_SIZE, 8);
            action.set(ValueLayout.JAVA_LONG, 0, handler);
            if (signal == one) {
                done(Native.call("sigaction", signal, action.address(), 0));
            }
        }
        HostMemoryAccessor after = open();
        check(!after.guarantees().contains(Guarantee.PRECISE_FAULTS), "not promised any more");
        check(
                after.rules().notes().stream().anyMatch(note -> note.contains("signal " + one + " has no handler")),
                "and said so: " + after.rules().notes());
        after.writeInt(0, 7);
        check(after.readInt(0) == 7, "the rest works");
        library.restore();
        HostMemoryAccessor again = open();
        check(again.guarantees().contains(Guarantee.PRECISE_FAULTS), "promised again");
        check(again.rules().notes().stream().noneMatch(note -> note.contains("signal")), "without a note");
        checkFaults(again);
    }

    private static void flags() throws Exception {
        Library library = new Library();
        HostMemoryAccessor before = open();
        library.install(SA_NODEFER | SA_RESETHAND);
        checkFaults(open());
        checkFaults(before);
        MemorySegment now = Arena.global().allocate(ACTION_SIZE, 8);
        done(Native.call("sigaction", 7, 0, now.address()));
        int flags = now.get(ValueLayout.JAVA_INT, ACTION_FLAGS);
        check((flags & SA_NODEFER) != 0, "a flag that others set is kept");
        check((flags & SA_RESETHAND) == 0, "a handler for one signal only would be none for the next");
    }

    /** Each of two copies finds the other in front of it at each opening. */
    private static void twoCopies() throws Exception {
        Callable<Boolean> other = SeveralCopies.copy("classloaders");
        Library library = new Library();
        long longest = 0;
        for (int i = 0; i < 200; i++) {
            if (i % 20 == 10) {
                library.restore();
            }
            long start = System.nanoTime();
            HostMemoryAccessor region = open();
            longest = Math.max(longest, System.nanoTime() - start);
            checkFaults(region);
            check(i % 10 != 0 || other.call(), "the other copy has its faults");
        }
    }

    /**
     * Copies that load at once: if one reads the handler before another replaces it, and replaces it afterwards, the
     * other is no longer in the chain.
     */
    private static void atTheSameTime() throws Exception {
        for (int round = 0; round < 12; round++) {
            List<Callable<Boolean>> copies = new ArrayList<>();
            List<FutureTask<Boolean>> tasks = new ArrayList<>();
            CyclicBarrier start = new CyclicBarrier(4);
            for (int i = 0; i < 4; i++) {
                Callable<Boolean> copy = SeveralCopies.copy("classloaders");
                copies.add(copy);
                FutureTask<Boolean> task = new FutureTask<>(() -> {
                    start.await();
                    return copy.call();
                });
                tasks.add(task);
                Thread.ofPlatform().start(task);
            }
            for (FutureTask<Boolean> task : tasks) {
                check(task.get(), "a copy has its faults");
            }
        }
    }

    private static void checkFaults(HostMemoryAccessor region) {
        for (int i = 0; i < 300; i++) {
            long at = TruncatedFile.EDGE + 8L * i;
            check(TruncatedFile.faults(() -> region.readLong(at), at, 0), "a read faults");
            check(UnknownInstructions.isTold(unknown), "an unknown instruction is told");
            check(
                    TruncatedFile.faults(
                            () -> region.fill(TruncatedFile.EDGE - 24, 64, (byte) 1), TruncatedFile.EDGE, 24),
                    "a fill faults");
        }
        int checked = 0;
        for (int i = 0; i < 20_000; i++) {
            checked += isNullChecked(i % 100 == 0 ? none : SIGNALS) ? 1 : 0;
        }
        check(checked == 200, "the JVM has its null checks");
    }

    private static boolean isNullChecked(int[] array) {
        try {
            return array.length < 0;
        } catch (NullPointerException checked) {
            return true;
        }
    }

    private static void check(boolean isRight, String what) {
        if (!isRight) {
            System.out.println("not so: " + what);
            System.exit(1);
        }
    }
}
