package org.hostmem.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * For authors of providers: initialises the classes that accesses need, on a thread of its own. A class may be first
 * used near the end of a deep recursion. If its static initialiser then runs out of stack, the JVM never runs it again,
 * and the class is lost for the life of the process. This thread has a stack of its own, so such a caller only gets its
 * StackOverflowError.
 */
public final class FirstUse {

    private static final int STACK = 1 << 20;

    /**
     * The classes of this module that have a static initialiser and that an access may use first. They are given by
     * name, because most are private to their packages.
     */
    private static final List<String> CLASSES = List.of(
            "AccessPlan",
            "AccessPlan$Verdict",
            "AccessRejectedException$Reason",
            "AccessRules$Unaligned",
            "Barrier",
            "Direction",
            "FaultPolicy",
            "OverlapPolicy",
            "RegionFaultException",
            "RegionFaultException$Side",
            "Transfer",
            "Transfer$Progress",
            "TransferOrder",
            "TransferPlan",
            "TransferPlan$Course",
            "UnalignedPolicy",
            "engine.ArrayTransfer",
            "engine.Mover",
            "engine.PartsTransfer$1",
            "engine.Patience",
            "engine.Pool",
            "engine.RamSide",
            "engine.Rings",
            "engine.SharedSecrets",
            "engine.UnitKind",
            "engine.Written",
            "guest.AddressSpace$Range",
            "guest.CpuBus",
            "guest.CrossingScalar",
            "spi.MappedAccessor$Order",
            "spi.MemoryLifetime",
            "spi.MemoryLifetime$State");

    private static boolean prepared;

    private FirstUse() {}

    /** The thread exists only for its stack. */
    private static final class Helper extends Thread {

        private final @Nullable Runnable task;
        private final Class<?>[] types;
        private @Nullable Throwable failure;

        Helper(@Nullable Runnable task, Class<?>... types) {
            super(null, null, "hostmem-first-use", STACK, false);
            setDaemon(true);
            this.task = task;
            this.types = types;
        }

        @Override
        public void run() {
            try {
                work();
            } catch (Throwable thrown) {
                failure = thrown;
            }
        }

        void work() throws ClassNotFoundException {
            for (Class<?> type : types) {
                Class.forName(type.getName(), true, type.getClassLoader());
            }
            if (task != null) {
                task.run();
            }
        }

        void runAndWait() {
            try {
                if (Thread.currentThread() instanceof Helper || !isStarted()) {
                    work();
                    return;
                }
                waitForTheEnd();
                if (failure != null) {
                    throw failure;
                }
            } catch (RuntimeException | Error thrown) {
                throw thrown;
            } catch (Throwable checked) {
                throw new IllegalStateException(checked);
            }
        }

        /** If no thread can be started, the caller's stack must do. */
        private boolean isStarted() {
            try {
                start();
                return true;
            } catch (OutOfMemoryError none) {
                return false;
            }
        }

        private void waitForTheEnd() {
            boolean interrupted = false;
            while (true) {
                try {
                    join();
                    break;
                } catch (InterruptedException asked) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Initialises the classes that accesses of this module need, once. Each opening of a region calls it. */
    public static void prepare() {
        if (!prepared) {
            run(new Own());
            prepared = true;
        }
    }

    /** No lambda: linking the first one of a process takes milliseconds, and a start waits for this. */
    private static final class Own implements Runnable {
        @Override
        public void run() {
            initialiseOwn();
        }
    }

    private static void initialiseOwn() {
        try {
            // The JVM's own classes: for arrays as segments, for automatic arenas, and for filling and copying.
            MemorySegment memory = Arena.ofAuto().allocate(Long.BYTES).fill((byte) 0);
            MemorySegment.copy(memory, 0, MemorySegment.ofArray(new byte[Long.BYTES]), 0, Long.BYTES);
            for (String name : CLASSES) {
                Class.forName("org.hostmem." + name, true, FirstUse.class.getClassLoader());
            }
        } catch (ClassNotFoundException renamed) {
            throw new IllegalStateException(renamed);
        }
    }

    /**
     * Initialises classes.
     *
     * @param types in this order
     * @return true: they are initialised
     */
    public static boolean initialise(Class<?>... types) {
        new Helper(null, types).runAndWait();
        return true;
    }

    /**
     * Runs a task with a stack of its own, and waits for its end.
     *
     * @param task to run; this method throws what it throws
     */
    public static void run(Runnable task) {
        new Helper(task).runAndWait();
    }
}
