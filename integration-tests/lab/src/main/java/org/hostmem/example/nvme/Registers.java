package org.hostmem.example.nvme;

import java.time.Duration;
import org.hostmem.Barrier;
import org.hostmem.HostMemoryAccessor;

/**
 * The controller's registers in its BAR 0 (NVM Express base specification, 3.1). Each is accessed in its own width,
 * always.
 */
final class Registers {

    /** 8 bytes: capabilities. */
    private static final int CAP = 0x00;
    /** 4 bytes: configuration, of which bit 0 enables the controller. */
    private static final int CC = 0x14;
    /** 4 bytes: status. */
    private static final int CSTS = 0x1c;
    /** 4 bytes: sizes of the admin queues. */
    private static final int AQA = 0x24;
    /** 8 bytes: address of the admin submission queue. */
    private static final int ASQ = 0x28;
    /** 8 bytes: address of the admin completion queue. */
    private static final int ACQ = 0x30;
    /** 4 bytes each, a stride apart: submission and completion doorbell of each queue. */
    private static final int DOORBELLS = 0x1000;

    private static final int READY = 1;
    private static final int FATAL = 2;
    private static final int ALL_ONES = -1;
    /** Entries of 16 and 64 bytes, pages of 4 KiB, NVM commands, enabled. */
    private static final int ENABLED = 4 << 20 | 6 << 16 | 1;

    private final HostMemoryAccessor bar;
    private final long capabilities;

    Registers(HostMemoryAccessor bar) {
        this.bar = bar;
        this.capabilities = bar.readLong(CAP);
    }

    /** Entries that a queue may have. */
    int deepestQueue() {
        return (int) (capabilities & 0xffff) + 1;
    }

    /** How long the controller may take to become ready, and not ready. */
    private Duration patience() {
        return Duration.ofMillis(500 * (capabilities >>> 24 & 0xff) + 500);
    }

    void disable() {
        bar.writeInt(CC, bar.readInt(CC) & ~1);
        await(0, "becoming not ready");
    }

    private int status(String when) {
        int status = bar.readInt(CSTS);
        if (status == ALL_ONES) {
            throw new NvmeException.Gone(when);
        }
        return status;
    }

    /** With the controller disabled. */
    void enable(int depth, long submissions, long completions) {
        bar.writeInt(AQA, ((depth - 1) << 16) | (depth - 1));
        bar.writeLong(ASQ, submissions);
        bar.writeLong(ACQ, completions);
        bar.writeInt(CC, ENABLED);
        await(READY, "becoming ready");
    }

    private void await(int ready, String what) {
        long deadline = System.nanoTime() + patience().toNanos();
        for (int status = status(what); (status & READY) != ready; status = status(what)) {
            if (ready == READY && (status & FATAL) != 0) {
                throw new NvmeException.Fatal(what);
            }
            if (System.nanoTime() - deadline > 0) {
                throw new NvmeException.TimedOut(what, status);
            }
            Thread.onSpinWait();
        }
    }

    /**
     * Asks a controller that was enabled how it is, and returns its status.
     *
     * @throws NvmeException.Fatal if it has given up, or was reset behind this driver's back
     * @throws NvmeException.Gone if it is not there
     */
    int check(String when) {
        int status = status(when);
        if ((status & FATAL) != 0 || (status & READY) == 0) {
            throw new NvmeException.Fatal(when);
        }
        return status;
    }

    /**
     * Tells the controller of new commands. What was written to the queue, and to the data they write, is there before
     * the doorbell rings.
     */
    void ringSubmission(int queue, int tail) {
        bar.barrier(Barrier.TO_DEVICE);
        bar.writeInt(doorbell(2 * queue), tail);
    }

    /** Tells the controller which completions were seen. */
    void ringCompletion(int queue, int head) {
        bar.writeInt(doorbell(2 * queue + 1), head);
    }

    private long doorbell(int number) {
        return DOORBELLS + (long) number * (4 << (int) (capabilities >>> 32 & 15));
    }
}
