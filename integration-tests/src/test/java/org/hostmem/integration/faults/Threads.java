package org.hostmem.integration.faults;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.hostmem.HostMemoryAccessor;

/**
 * Run in a JVM of its own: many threads that fault, one after the other, all at once, or virtual ones. Arguments: which
 * of these, and how many.
 */
public final class Threads {

    private final HostMemoryAccessor region;
    private final AtomicInteger right = new AtomicInteger();

    private Threads() throws Exception {
        MemorySegment memory = TruncatedFile.memory();
        memory.set(ValueLayout.JAVA_LONG, 8, -1);
        region = TruncatedFile.accessor(memory);
    }

    /** Exits with 0 if every thread saw its own faults and no others. */
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[1]);
        Threads threads = new Threads();
        switch (arguments[0]) {
            case "churn" -> threads.churn(count);
            case "once" -> threads.once(count);
            default -> threads.virtual(count);
        }
        System.out.println(threads.right + " of " + count);
        System.exit(threads.right.get() == count ? 0 : 1);
    }

    private void churn(int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            int id = i;
            Thread thread = Thread.ofPlatform().stackSize(1 << 18).start(() -> faultsAreItsOwn(id));
            if (i % 3 == 0) {
                thread.join();
            }
            if (i % 400 == 0) {
                System.gc();
            }
        }
        for (int tries = 0; tries < 1000 && right.get() < count; tries++) {
            Thread.sleep(10);
        }
    }

    private void once(int count) throws InterruptedException {
        CountDownLatch all = new CountDownLatch(count);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int id = i;
            threads.add(Thread.ofPlatform().stackSize(1 << 18).start(() -> {
                all.countDown();
                try {
                    all.await();
                } catch (InterruptedException never) {
                    return;
                }
                faultsAreItsOwn(id);
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void virtual(int count) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int id = i;
            threads.add(Thread.startVirtualThread(() -> faultsAreItsOwn(id)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void faultsAreItsOwn(int id) {
        boolean own = true;
        for (int i = 0; i < 8; i++) {
            long at = TruncatedFile.EDGE + 8L * ((id * 8 + i) % 8192);
            own &= region.readLong(8) == -1;
            own &= TruncatedFile.faults(() -> region.readLong(at), at, 0);
            own &= TruncatedFile.faults(() -> region.fill(TruncatedFile.EDGE - 8, 16, (byte) 1), TruncatedFile.EDGE, 8);
            Thread.yield();
        }
        if (own) {
            right.incrementAndGet();
        }
    }
}
