package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * A listing that is mapped read+execute, with its fault guard installed. Neither its pages nor its records are ever freed, as the kernel, or a guard that was installed
 * later, may enter the handler in it at any time: a class loader that loaded one can be unloaded all the same.
 *
 * <p>The guard: a fault that the kernel raised at a PC between {@code start} and {@code end}, at an address that the routine was accessing, is recorded and becomes a return from
 * the routine (the idea of the kernel's exception table); every other signal goes on to the handler that was there before, the JVM's.
 */
final class Code {

    private static final int SIGBUS = 7;
    private static final int SIGSEGV = 11;
    private static final long SIG_DFL = 0;
    private static final long SIG_IGN = 1;
    private static final int SIGACTION_SIZE = 152; // glibc's struct sigaction on 64-bit Linux, with the handler first

    /** One for each number that a thread can have: the kernel's own limit on 64-bit hosts. Only pages of threads that have faulted take memory. */
    private static final int RECORDS = 1 << 22;
    private static final int RECORD_SIZE = 16;

    private static volatile Code first;

    private final Map<String, MemorySegment> routines = new HashMap<>();
    private final ByteBuffer faults;
    private final MemorySegment thread;

    private Code(Listing listing) throws CodeRefusedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table = Libc.mapTable(RECORDS * RECORD_SIZE);
            faults = words(table);
            byte[] bytes = listing.code();
            ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder())
                    .putLong(listing.offset("faults"), table.address())
                    .putLong(listing.offset("oldbus"), words(actionOf(SIGBUS, arena)).getLong(0))
                    .putLong(listing.offset("oldsegv"), words(actionOf(SIGSEGV, arena)).getLong(0));
            long base = Libc.mapExecutable(bytes);
            listing.labels().forEach((label, offset) -> routines.put(label, MemorySegment.ofAddress(base + offset)));
            thread = routine("thread");
            takeFault(); // links what a fault needs: a thread that has just faulted must not wait for a class, and go on as another thread
            guard(SIGBUS, arena);
            guard(SIGSEGV, arena);
        }
    }

    /** Maps a listing and puts its handler in front of the JVM's. */
    static synchronized Code load(Listing listing) throws CodeRefusedException {
        Code code = new Code(listing);
        if (first == null) {
            first = code;
        }
        return code;
    }

    /** The code that was loaded first; {@code null} if there is none yet. */
    static Code first() {
        return first;
    }

    /** Without a handler of the JVM's to go on to, a null check would end the process. */
    private static MemorySegment actionOf(int signal, Arena arena) throws CodeRefusedException {
        MemorySegment action = arena.allocate(SIGACTION_SIZE, 8);
        Libc.sigaction(signal, MemorySegment.NULL, action);
        long handler = words(action).getLong(0);
        if (handler == SIG_DFL || handler == SIG_IGN) {
            throw new CodeRefusedException("signal " + signal + " has no handler: something has taken it away from the JVM");
        }
        return action;
    }

    /** Changes the handler's address only, so that flags and mask stay the JVM's. */
    private void guard(int signal, Arena arena) throws CodeRefusedException {
        MemorySegment action = actionOf(signal, arena);
        words(action).putLong(0, routine("handler").address());
        Libc.sigaction(signal, action, MemorySegment.NULL);
    }

    /** Memory as a buffer: an access through a layout makes handles at its first use, which takes milliseconds of every start. */
    private static ByteBuffer words(MemorySegment memory) {
        return memory.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    boolean has(String label) {
        return routines.containsKey(label);
    }

    MemorySegment routine(String label) {
        MemorySegment routine = routines.get(label);
        if (routine == null) {
            throw new IllegalArgumentException("the listing has no routine " + label);
        }
        return routine;
    }

    /** Calls a routine with a buffer of words, and takes over what it left there. */
    long probe(String label, int... words) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(JAVA_INT, words.length).copyFrom(MemorySegment.ofArray(words));
            long result = Calls.load(routine(label), buffer.address());
            MemorySegment.ofArray(words).copyFrom(buffer);
            return result;
        }
    }

    /** Takes this thread's fault out of its record, which nobody writes but this thread, in a call; {@code null} if it has not faulted since it last asked. */
    Fault takeFault() {
        int record = (int) Calls.load(thread, 0) * RECORD_SIZE;
        int signal = faults.getInt(record + 8);
        if (signal == 0) {
            return null;
        }
        Fault fault = new Fault(faults.getLong(record), signal, faults.getInt(record + 12));
        faults.putLong(record + 8, 0);
        return fault;
    }
}
