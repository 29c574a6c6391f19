package org.hostmem.integration.security;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.hostmem.integration.faults.Native;

/**
 * Becomes another program, run by a user with no rights at all: user and group 65534, no other group, no capability, no
 * way to get one back, and no locked memory. Takes root; the arguments are a command. Descriptors that are open stay
 * so. For guests of the lab too, which have no program that does this.
 *
 * <p>Two properties leave it something: {@code hostmem.kept} the number of one capability, {@code hostmem.locked} bytes
 * of locked memory.
 */
public final class AsNobody {

    /** The user that owns nothing. */
    public static final int NOBODY = 65534;

    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int RLIMIT_MEMLOCK = 8;
    private static final int PR_SET_KEEPCAPS = 8;
    private static final int PR_CAP_AMBIENT = 47;
    private static final int PR_CAP_AMBIENT_RAISE = 2;
    private static final int CAPABILITY_VERSION = 0x20080522;
    private static final int KEPT = Integer.getInteger("hostmem.kept", -1);
    private static final int NOT_ROOT = 77;

    private AsNobody() {}

    /** Exits with 77 if this is not root. */
    public static void main(String[] command) {
        Arena arena = Arena.global();
        if ((int) Native.call("geteuid") != 0) {
            System.exit(NOT_ROOT);
        }
        lockedMemory(Long.getLong("hostmem.locked", 0));
        done("setgroups", Native.call("setgroups", 0, 0));
        done("prctl", Native.call("prctl", PR_SET_KEEPCAPS, KEPT >= 0 ? 1 : 0));
        done("setresgid", Native.call("setresgid", NOBODY, NOBODY, NOBODY));
        done("setresuid", Native.call("setresuid", NOBODY, NOBODY, NOBODY));
        if (KEPT >= 0) {
            keep(arena);
        }
        done("prctl", Native.call("prctl", PR_SET_NO_NEW_PRIVS, 1));
        MemorySegment arguments = arena.allocate(ValueLayout.ADDRESS, command.length + 1L);
        for (int i = 0; i < command.length; i++) {
            arguments.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(command[i]));
        }
        Native.call("execvp", arguments.get(ValueLayout.ADDRESS, 0).address(), arguments.address());
        throw new IllegalStateException("execvp of " + command[0]);
    }

    /** As the limit from now on, which only root could raise again. */
    static void lockedMemory(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocate(2 * Long.BYTES, 8);
            limit.setAtIndex(ValueLayout.JAVA_LONG, 0, bytes);
            limit.setAtIndex(ValueLayout.JAVA_LONG, 1, bytes);
            done("setrlimit", Native.call("setrlimit", RLIMIT_MEMLOCK, limit.address()));
        }
    }

    /**
     * This thread's one capability, for the program that it becomes: effective, permitted, inheritable, each in two
     * words.
     */
    private static void keep(Arena arena) {
        MemorySegment header = arena.allocate(8, 4);
        header.set(ValueLayout.JAVA_INT, 0, CAPABILITY_VERSION);
        MemorySegment sets = arena.allocate(24, 4);
        for (int set = 0; set < 3; set++) {
            sets.setAtIndex(ValueLayout.JAVA_INT, 3 * (KEPT / 32) + set, 1 << KEPT % 32);
        }
        done("capset", Native.call("capset", header.address(), sets.address()));
        done("prctl", Native.call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KEPT, 0, 0));
    }

    private static void done(String function, long result) {
        if ((int) result != 0) {
            throw new IllegalStateException(function);
        }
    }
}
