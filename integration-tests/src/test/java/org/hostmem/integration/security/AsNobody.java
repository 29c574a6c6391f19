package org.hostmem.integration.security;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.hostmem.integration.faults.Native;

/**
 * Becomes another program, run by a user with no rights at all: user and group 65534, no other group, no capability, no way to get one back, and no locked memory. Takes root; the arguments are a
 * command. Descriptors that are open stay so. For guests of the lab too, which have no program that does this.
 */
public final class AsNobody {

    /** The user that owns nothing. */
    public static final int NOBODY = 65534;

    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int RLIMIT_MEMLOCK = 8;
    private static final int NOT_ROOT = 77;

    private AsNobody() {
    }

    /** Exits with 77 if this is not root. */
    public static void main(String[] command) {
        Arena arena = Arena.global();
        if ((int) Native.call("geteuid") != 0) {
            System.exit(NOT_ROOT);
        }
        done("setrlimit", Native.call("setrlimit", RLIMIT_MEMLOCK, arena.allocate(2 * Long.BYTES, 8).address()));
        done("setgroups", Native.call("setgroups", 0, 0));
        done("setresgid", Native.call("setresgid", NOBODY, NOBODY, NOBODY));
        done("setresuid", Native.call("setresuid", NOBODY, NOBODY, NOBODY));
        done("prctl", Native.call("prctl", PR_SET_NO_NEW_PRIVS, 1));
        MemorySegment arguments = arena.allocate(ValueLayout.ADDRESS, command.length + 1L);
        for (int i = 0; i < command.length; i++) {
            arguments.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(command[i]));
        }
        Native.call("execvp", arguments.get(ValueLayout.ADDRESS, 0).address(), arguments.address());
        throw new IllegalStateException("execvp of " + command[0]);
    }

    private static void done(String function, long result) {
        if ((int) result != 0) {
            throw new IllegalStateException(function);
        }
    }
}
