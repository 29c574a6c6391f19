package org.hostmem.integration.faults;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.hostmem.HostMemoryAccessor;

/**
 * Run in a JVM of its own: a thread that copies all the time, and SIGBUSes sent to it that are no faults of its own.
 * The handler before Hostmem's is a C function that does nothing, so that the process lives on; with the argument
 * {@code killed} it is the JVM's, and another process sends the signal.
 */
public final class ForeignSignals {

    private static final int SIGBUS = 7;
    private static final int SI_QUEUE = -1;
    private static final int SIGNALS = Integer.getInteger("signals", 20_000);
    private static final int LENGTH = 60_000;
    /** So that the thread is in a routine of Hostmem's nearly all the time. */
    private static final int COPIES = 20;

    private static final long SA_RESTART = 0x10000000;
    private static final boolean X86 = System.getProperty("os.arch").equals("amd64");
    private static final long RT_TGSIGQUEUEINFO =
            X86 ? 297 : System.getProperty("os.arch").startsWith("ppc") ? 322 : 240;

    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int F_SETFL = 4;
    private static final int F_SETSIG = 10;
    private static final int F_SETOWN_EX = 15;
    private static final int O_ASYNC_NONBLOCK = 0x2000 | 0x800;

    private static final AtomicInteger WRONG = new AtomicInteger();
    private static final AtomicInteger ROUNDS = new AtomicInteger();
    private static volatile boolean over;

    private ForeignSignals() {}

    /** One argument: sent, elsewhere or killed. */
    public static void main(String[] how) throws Exception {
        if (!how[0].equals("killed")) {
            Native.sigaction(SIGBUS, Native.function("getpid").address(), SA_RESTART);
        }
        HostMemoryAccessor region = TruncatedFile.accessor(TruncatedFile.memory());
        Thread victim = Thread.ofPlatform().name("victim").start(() -> copy(region));
        while (ROUNDS.get() < 10) {
            Thread.onSpinWait();
        }
        if (how[0].equals("killed")) {
            new ProcessBuilder("kill", "-BUS", "" + ProcessHandle.current().pid())
                    .inheritIO()
                    .start()
                    .waitFor();
            victim.join();
        }
        if (how[0].equals("elsewhere")) {
            sendFromElsewhere();
        } else {
            send();
        }
        over = true;
        victim.join();
        System.out.println(
                WRONG.get() + " accesses went wrong, of " + ROUNDS.get() + " rounds under " + SIGNALS + " signals");
        System.exit(WRONG.get() == 0 ? 0 : 1);
    }

    private static volatile long victimNumber;

    private static void copy(HostMemoryAccessor region) {
        victimNumber = Native.call("gettid");
        byte[] out = new byte[LENGTH];
        byte[] in = new byte[LENGTH];
        while (!over) {
            int round = ROUNDS.incrementAndGet();
            Arrays.fill(out, (byte) round);
            try {
                for (int i = 0; i < COPIES; i++) {
                    region.writeBytes(1, out, 0, LENGTH);
                }
                region.readBytes(1, in, 0, LENGTH);
                boolean right = Arrays.equals(out, in) && region.readInt(5) == (round & 0xff) * 0x01010101;
                region.fill(3, 999, (byte) 0);
                right &= region.readLong(8) == 0;
                right &= TruncatedFile.faults(
                        () -> region.fill(TruncatedFile.EDGE - 40, 80, (byte) 1), TruncatedFile.EDGE, 40);
                if (!right) {
                    WRONG.incrementAndGet();
                }
            } catch (RuntimeException wrong) {
                if (WRONG.incrementAndGet() == 1) {
                    wrong.printStackTrace();
                }
            }
        }
    }

    /** To the victim, by tgkill, and by the call of sigqueue, which lets the sender choose the address. */
    private static void send() throws InterruptedException {
        long process = ProcessHandle.current().pid();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(128, 8);
            info.set(ValueLayout.JAVA_INT, 0, SIGBUS);
            info.set(ValueLayout.JAVA_INT, 8, SI_QUEUE);
            for (int i = 0; i < SIGNALS; i++) {
                done(
                        i % 2 == 0
                                ? Native.call("tgkill", process, victimNumber, SIGBUS)
                                : Native.call(
                                        "syscall", RT_TGSIGQUEUEINFO, process, victimNumber, SIGBUS, info.address()));
                pause(i);
            }
        }
    }

    /**
     * By a socket that tells the victim that it can be read: the kernel raises that signal, with a positive si_code,
     * and si_addr holds something else.
     */
    private static void sendFromElsewhere() throws InterruptedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(8, 4);
            MemorySegment owner = arena.allocate(8, 4);
            MemorySegment one = arena.allocate(1);
            owner.set(ValueLayout.JAVA_INT, 4, (int) victimNumber);
            done(Native.call("socketpair", AF_UNIX, SOCK_DGRAM, 0, pair.address()));
            int in = pair.get(ValueLayout.JAVA_INT, 0);
            int out = pair.get(ValueLayout.JAVA_INT, 4);
            done(Native.call("fcntl", in, F_SETOWN_EX, owner.address()));
            done(Native.call("fcntl", in, F_SETSIG, SIGBUS));
            done(Native.call("fcntl", in, F_SETFL, O_ASYNC_NONBLOCK));
            for (int i = 0; i < SIGNALS; i++) {
                done(Native.call("write", out, one.address(), 1) - 1);
                done(Native.call("read", in, one.address(), 1) - 1);
                pause(i);
            }
        }
    }

    private static void done(long result) {
        if ((int) result != 0) {
            throw new IllegalStateException("a call of the C library failed");
        }
    }

    private static void pause(int i) throws InterruptedException {
        if (i % 8 == 0) {
            Thread.sleep(0, 50_000);
        }
    }
}
