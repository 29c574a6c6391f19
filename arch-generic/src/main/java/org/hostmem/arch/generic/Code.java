package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.HashMap;
import java.util.Map;

/**
 * A listing that is mapped read+execute, with its fault guard installed. It stays for the life of the process, as the signal handler in it must.
 *
 * <p>The guard: a fault whose PC lies between {@code start} and {@code end} is recorded and becomes a return from the routine (the idea of the kernel's exception table);
 * every other signal goes on to the handler that was there before, the JVM's.
 */
final class Code {

    private static final int SIGBUS = 7;
    private static final int SIGSEGV = 11;
    private static final int SIGACTION_SIZE = 152; // glibc's struct sigaction on 64-bit Linux, with the handler first

    private static final int RECORDS = 256;
    private static final int RECORD_SIZE = 32;
    private static final VarHandle WORD = JAVA_LONG.varHandle();

    private static volatile Code first;

    private final Map<String, MemorySegment> routines = new HashMap<>();
    private final MemorySegment faults = Arena.global().allocate((long) RECORDS * RECORD_SIZE, 64);
    private final MemorySegment thread;

    private Code(Listing listing) throws CodeRefusedException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = listing.code();
            MemorySegment patch = MemorySegment.ofArray(bytes);
            patch.set(JAVA_LONG_UNALIGNED, listing.offset("faults"), faults.address());
            patch.set(JAVA_LONG_UNALIGNED, listing.offset("oldbus"), handlerOf(SIGBUS, arena).get(JAVA_LONG, 0));
            patch.set(JAVA_LONG_UNALIGNED, listing.offset("oldsegv"), handlerOf(SIGSEGV, arena).get(JAVA_LONG, 0));
            long base = Libc.mapExecutable(bytes);
            listing.labels().forEach((label, offset) -> routines.put(label, MemorySegment.ofAddress(base + offset)));
            thread = routine("thread");
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

    private static MemorySegment handlerOf(int signal, Arena arena) throws CodeRefusedException {
        MemorySegment action = arena.allocate(SIGACTION_SIZE, 8);
        Libc.sigaction(signal, MemorySegment.NULL, action);
        return action;
    }

    /** Changes the handler's address only, so that flags and mask stay the JVM's. */
    private void guard(int signal, Arena arena) throws CodeRefusedException {
        MemorySegment action = handlerOf(signal, arena);
        action.set(JAVA_LONG, 0, routine("handler").address());
        Libc.sigaction(signal, action, MemorySegment.NULL);
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
            MemorySegment buffer = arena.allocateFrom(JAVA_INT, words);
            long result = Calls.load(routine(label), buffer.address());
            MemorySegment.copy(buffer, JAVA_INT, 0, words, 0, words.length);
            return result;
        }
    }

    /** Takes this thread's fault record out of the table; {@code null} if the thread has not faulted since it last asked. */
    Fault takeFault() {
        long owner = Calls.load(thread, 0);
        for (int i = 0; i < RECORDS; i++) {
            long record = ((owner >> 12) + i & RECORDS - 1) * RECORD_SIZE;
            if ((long) WORD.getOpaque(faults, record) == owner) {
                Fault fault = new Fault(faults.get(JAVA_LONG, record + 8), faults.get(JAVA_INT, record + 16), faults.get(JAVA_INT, record + 20));
                WORD.setRelease(faults, record, 0L);
                return fault;
            }
        }
        return null;
    }
}
