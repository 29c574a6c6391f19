package org.hostmem.arch.generic;

import java.nio.ByteBuffer;

/**
 * Keeps the handler of a code in front of the previous handlers of SIGBUS, SIGSEGV and SIGILL.
 *
 * <p>A library that saved the handlers before this one was installed, and restores them later, silently removes this
 * one from the chain. So each opening checks it again.
 *
 * <p><b>No signal circulates for ever.</b> The handler behind this one may pass a signal back to it, because it saved
 * this one once. So the handler marks a signal that it passes on, in a field of the frame which the kernel clears for
 * each signal ({@code uc_link}, on ppc64 {@code uc_flags}), and gives one that comes back to the JVM itself, which
 * passes nothing on.
 */
final class Guard {

    private static final long SIG_DFL = 0;
    private static final long SIG_IGN = 1;

    /**
     * In front of the records: whom a signal that came back goes to, and whom any other, of SIGILL; then the same of
     * SIGBUS and SIGSEGV. What was there first stays where it was, as handlers of other versions of this library look
     * at it.
     */
    static final int WORDS = 48;

    /** The JVM's own way in for handlers that are not its own. */
    private static final String JVM_HANDLER = "JVM_handle_linux_signal";

    private static final int MOST_TRIES = 8;

    private final long handler;
    private final ByteBuffer words;
    private final LinuxAbi abi;

    /** {@code words} are those in front of the records. */
    Guard(long handler, ByteBuffer words, LinuxAbi abi) throws CodeRefusedException {
        this.handler = handler;
        this.words = words;
        this.abi = abi;
        long jvm = Libc.symbol(JVM_HANDLER);
        for (int signal : signals(abi)) {
            words.putLong(lastResort(signal), jvm != 0 ? jvm : handler(current(signal), abi));
        }
    }

    /**
     * Why there is nothing to be put in front of; empty if there is. Without a handler of the JVM's to go on to, a null
     * check would end the process.
     */
    static String missing(LinuxAbi abi) throws CodeRefusedException {
        for (int signal : signals(abi)) {
            if (isNone(handler(current(signal), abi))) {
                return missing(signal);
            }
        }
        return "";
    }

    private static String missing(int signal) {
        return "signal " + signal + " has no handler, although the JVM installs one: other code of this process"
                + " has removed it";
    }

    /**
     * Sees to it that faults come here first, or after others that are known to pass them on. Returns why they do not;
     * empty if they do.
     */
    synchronized String keep() {
        try {
            for (int signal : signals(abi)) {
                if (!keep(signal)) {
                    return missing(signal);
                }
            }
            return "";
        } catch (CodeRefusedException refused) {
            return refused.reason();
        }
    }

    private boolean keep(int signal) throws CodeRefusedException {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            ByteBuffer now = current(signal);
            long before = handler(now, abi);
            if (isNone(before)) {
                return false;
            }
            if (leadsHere(signal, before)) {
                return true;
            }
            install(signal, now);
        }
        return true; // somebody replaces handlers all the time; ours was there just now
    }

    /**
     * Changes the handler's address only, so that mask and flags stay what they were for whoever comes next; but a
     * handler that knows two parameters needs all three, and one for a single signal would leave none for the next.
     * Whoever the kernel says was replaced is who comes next: that is one step, where reading and replacing would be
     * two.
     */
    private void install(int signal, ByteBuffer now) throws CodeRefusedException {
        long before = handler(now, abi);
        words.putLong(next(signal), before); // for a signal that arrives before the next line ends
        long replaced = handler(Libc.sigaction(signal, withHandler(now)), abi);
        if (replaced != before && replaced != handler && !isNone(replaced)) {
            words.putLong(next(signal), replaced);
        }
    }

    private ByteBuffer withHandler(ByteBuffer action) {
        int flags = (action.getInt(abi.flagsAt()) | abi.saSiginfo()) & ~abi.saResethand();
        return action.putLong(abi.handlerAt(), handler).putInt(abi.flagsAt(), flags);
    }

    /** Whether a handler is this one, or one of other class loaders' that passes signals on to it. */
    private boolean leadsHere(int signal, long first) {
        long at = first;
        for (int hops = 0; at != handler; hops++) {
            ByteBuffer others = hops < CodePages.MOST ? CodePages.words(at) : null;
            if (others == null) {
                return false;
            }
            at = others.getLong(next(signal));
        }
        return true;
    }

    private static ByteBuffer current(int signal) throws CodeRefusedException {
        return Libc.sigaction(signal, null);
    }

    private static long handler(ByteBuffer action, LinuxAbi abi) {
        return action.getLong(abi.handlerAt());
    }

    private static boolean isNone(long handler) {
        return handler == SIG_DFL || handler == SIG_IGN;
    }

    /** The last is of devices that are accessed by an instruction that whoever answers in their place does not know. */
    private static int[] signals(LinuxAbi abi) {
        return new int[] {abi.sigbus(), abi.sigsegv(), abi.sigill()};
    }

    private int lastResort(int signal) {
        return signal == abi.sigill() ? 0 : signal == abi.sigbus() ? 16 : 24;
    }

    private int next(int signal) {
        return signal == abi.sigill() ? 8 : signal == abi.sigbus() ? 32 : 40;
    }
}
