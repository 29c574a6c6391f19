package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A listing that is mapped read+execute, with its fault guard installed. Its pages and its records are never unmapped,
 * because the kernel or a chained handler may still call its handler. The class loader that loaded it can be unloaded
 * all the same.
 *
 * <p>The guard: it records a fault that the kernel raised at a PC between {@code start} and {@code end}, at an address
 * that the routine was accessing, or because of an unknown instruction. The fault becomes a return from the routine,
 * like with the kernel's exception table. All other signals go to the previous handler, which is the JVM's.
 */
final class Code {

    /**
     * The number of records: one for each number that a thread can have, by the kernel's limit on 64-bit hosts. Only
     * pages of threads that have faulted use memory.
     */
    private static final int RECORDS = 1 << 22;

    private static final int RECORD_SIZE = 16;
    /** In front of the records, of which the last bytes are the guard's words. */
    private static final int HEAD = 4096;

    private static volatile @Nullable Code first;

    private final Map<String, MemorySegment> routines = new HashMap<>();
    private final ByteBuffer faults;
    private final MemorySegment thread;
    private final Guard guard;
    private final LinuxAbi abi;

    private Code(Listing listing, LinuxAbi abi) throws CodeRefusedException {
        this.abi = abi;
        String missing = Guard.missing(abi);
        if (!missing.isEmpty()) {
            throw new CodeRefusedException(missing);
        }
        long mapped = Libc.mapTable(HEAD + RECORDS * RECORD_SIZE, abi);
        long table = mapped + HEAD;
        long base = 0;
        byte[] bytes = listing.code();
        boolean works = false;
        try {
            ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putLong(listing.offset("faults"), table);
            base = Libc.mapExecutable(bytes);
            long code = base;
            listing.labels().forEach((label, offset) -> routines.put(label, MemorySegment.ofAddress(code + offset)));
            faults = Libc.words(table, RECORDS * RECORD_SIZE);
            thread = routine("thread");
            long number = Calls.load(thread, 0);
            if (!isThread(number)) {
                throw Libc.refused("gettid", (int) -number);
            }
            works = true;
        } finally {
            if (!works) { // Nobody knows of them yet.
                Libc.unmap(mapped, HEAD + RECORDS * RECORD_SIZE);
                if (base != 0) {
                    Libc.unmap(base, bytes.length);
                }
            }
        }
        takeFault(); // links what a fault needs: a thread that has just faulted must not wait for a class, and go on as
        // another thread
        guard = new Guard(routine("handler").address(), Libc.words(table - Guard.WORDS, Guard.WORDS), abi);
        String refusal = guard.keep();
        if (!refusal.isEmpty()) {
            throw new CodeRefusedException(refusal);
        }
    }

    /** Maps a listing and puts its handler in front of the JVM's. */
    static synchronized Code load(Listing listing, LinuxAbi abi) throws CodeRefusedException {
        Code code = new Code(listing, abi);
        if (first == null) {
            first = code;
            Calls.initialise();
        }
        return code;
    }

    /** The code that was loaded first, for callers that come after it. */
    static Code first() {
        return Objects.requireNonNull(first);
    }

    /** Makes sure that faults are still reported precisely. Returns why they are not; empty if they are. */
    String keepGuard() {
        return guard.keep();
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

    private static boolean isThread(long number) {
        return number > 0 && number < RECORDS;
    }

    /**
     * Takes this thread's fault out of its record; {@code null} if it has not faulted since the last call. Only this
     * thread writes the record, during a call of a routine. If a sandbox refuses the number of the thread, it has no
     * record. It is then treated as faulted, because no value is better than a wrong one.
     */
    @Nullable
    Fault takeFault() {
        long number = Calls.load(thread, 0);
        if (!isThread(number)) {
            return Fault.UNRECORDED;
        }
        int record = (int) number * RECORD_SIZE;
        int signal = faults.getInt(record + 8);
        if (signal == 0) {
            return null;
        }
        Fault fault = new Fault(faults.getLong(record), abi.generic(signal), faults.getInt(record + 12));
        faults.putLong(record + 8, 0);
        return fault;
    }
}
