package org.hostmem.example.nvme;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Duration;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.Interrupts;

/**
 * A submission queue and its completion queue, in memory that the controller reaches. For one thread at a time.
 *
 * <p>Pages: the submission queue, the completion queue, and a list of data pages (PRP) for each command that can be in
 * flight. Each is contiguous for the device, with and without an IOMMU.
 */
final class QueuePair {

    static final int PAGE = 4096;
    /** As many commands of 64 bytes as fit in a page. */
    static final int DEPTH = 64;
    /** Of memory. */
    static final int BYTES = (2 + DEPTH) * PAGE;
    /** Pages of one command: a first one, and as many as one list names. */
    static final int MOST_PAGES = 1 + PAGE / Long.BYTES;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle COMPLETED = INT.varHandle();

    /**
     * How often the status register is asked while a queue is polled: its read is slow, and says nothing but at the
     * end.
     */
    private static final int LOOKS = 1 << 14;

    private final int number;
    private final Registers registers;
    private final DmaMapping mapping;
    private final MemorySegment memory;
    private final Duration patience;
    /** Null if it is polled. */
    private final Interrupts interrupts;

    private final Command[] inFlight = new Command[DEPTH];
    private int flying;
    private int tail;
    private int head;
    private int phase = 1;
    private long signals;

    QueuePair(int number, Registers registers, DmaMapping mapping, Interrupts interrupts, Duration patience) {
        this.number = number;
        this.registers = registers;
        this.mapping = mapping;
        this.interrupts = interrupts;
        this.patience = patience;
        this.memory = mapping.memory().asSegment();
        memory.fill((byte) 0);
    }

    long submissions() {
        return mapping.address(0);
    }

    long completions() {
        return mapping.address(PAGE);
    }

    /** Interrupts that were taken. */
    long signals() {
        return signals;
    }

    boolean hasRoom() {
        return flying < DEPTH - 1;
    }

    /** Puts a command into the queue, and does not ring. */
    void submit(Command command) {
        MemorySegment entry = memory.asSlice(64L * tail, 64);
        entry.fill((byte) 0);
        entry.set(INT, 0, command.opcode() | tail << 16);
        entry.set(INT, 4, command.namespace());
        entry.set(LONG, 24, command.prp1());
        entry.set(LONG, 32, command.prp2());
        entry.set(INT, 40, command.word10());
        entry.set(INT, 44, command.word11());
        entry.set(INT, 48, command.word12());
        inFlight[tail] = command;
        flying++;
        tail = (tail + 1) % DEPTH;
    }

    void ring() {
        registers.ringSubmission(number, tail);
    }

    /**
     * The second address of a command for data from an offset on: of its second page, or of a list of all but the
     * first, which belongs to the command that is submitted next.
     *
     * @param length in bytes, of which the first page holds some
     */
    long furtherPages(DmaMapping data, long offset, long length) {
        long next = offset + PAGE - (data.address(offset) & PAGE - 1);
        long end = offset + length;
        if (next >= end) {
            return 0;
        }
        if (end - next <= PAGE) {
            return data.address(next);
        }
        long list = (long) (2 + tail) * PAGE;
        for (int i = 0; next < end; next += PAGE) {
            memory.set(LONG, list + 8L * i++, data.address(next));
        }
        return mapping.address(list);
    }

    /** One command, and nothing else in flight. */
    void run(Command command) {
        submit(command);
        ring();
        complete();
    }

    /** Waits for all that is in flight. The first that failed is thrown when the last has completed. */
    void complete() {
        NvmeException.CommandFailed failure = null;
        while (flying > 0) {
            try {
                completeOne();
            } catch (NvmeException.CommandFailed failed) {
                failure = failure == null ? failed : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void completeOne() {
        int word = await();
        Command command = inFlight[word & 0xffff];
        flying--;
        head = (head + 1) % DEPTH;
        phase ^= head == 0 ? 1 : 0;
        registers.ringCompletion(number, head);
        int status = word >>> 17;
        if (status != 0) {
            throw new NvmeException.CommandFailed(command == null ? "an unknown command" : command.name(), status);
        }
    }

    /**
     * Waits until the entry at the head is the controller's newest word: its last 4 bytes, with the command's number,
     * the phase, and the status. They are written last and read with acquire, so that what the device wrote before, the
     * data, is read after.
     */
    private int await() {
        long flag = PAGE + 16L * head + 12;
        long deadline = System.nanoTime() + patience.toNanos();
        for (int looks = 1; ; looks++) {
            int word = (int) COMPLETED.getAcquire(memory, flag);
            if ((word >>> 16 & 1) == phase) {
                return word;
            }
            boolean late = System.nanoTime() - deadline > 0;
            if (late || (interrupts == null && looks % LOOKS == 0)) {
                int status = registers.check("with " + flying + " commands in flight");
                if (late) {
                    throw new NvmeException.TimedOut("a command of queue " + number, status);
                }
            }
            if (interrupts == null) {
                Thread.onSpinWait();
            } else {
                long waited = interrupts.await(number, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
                signals += waited;
            }
        }
    }
}
