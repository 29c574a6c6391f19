package org.hostmem.integration.guest;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.Transfer;
import org.hostmem.guest.GuestRam;

/** Many threads that have each made a buffered move, and stay. Prints how many could. */
final class BuffersProgram {

    private BuffersProgram() {}

    /** How many threads, of which kind, and by how many bytes each moves. */
    public static void main(String[] args) throws InterruptedException {
        int threads = Integer.parseInt(args[0]);
        int distance = Integer.parseInt(args[2]);
        AtomicInteger moved = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(threads);
        CountDownLatch over = new CountDownLatch(1);
        try (HostMemoryAccessor ram = GuestRam.open(3L * distance)) {
            for (int i = 0; i < threads; i++) {
                (args[1].equals("virtual")
                                ? Thread.ofVirtual()
                                : Thread.ofPlatform().daemon())
                        .start(() -> {
                            try {
                                ram.move(0, distance, 2L * distance, Transfer.DEFAULT.withBudget(distance));
                                moved.incrementAndGet();
                            } catch (HostMemoryException refused) {
                                System.out.println(refused.getMessage());
                            } finally {
                                all.countDown();
                            }
                            await(over);
                        });
            }
            all.await();
            System.out.println("moved " + moved);
        } finally {
            over.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
