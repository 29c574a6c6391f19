package org.hostmem.example.nvme;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.DmaMemory;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Interrupts;

/**
 * A driver for one NVMe controller: its admin queue, some I/O queues, and the first namespace. Queues may be used by
 * several threads, each by one at a time.
 *
 * <pre>{@code
 * try (Device device = Vfio.open("0000:01:00.0");
 *         HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT);
 *         NvmeController nvme = new NvmeController(device, bar, 1, 1, Duration.ofSeconds(5));
 *         DmaMemory data = DmaMemory.allocate(4096);
 *         DmaMapping mapping = device.dma().map(data.ram(), NvmeController.DATA)) {
 *     nvme.read(1, 0, 8, mapping, 0); // 8 blocks from block 0, by queue 1
 * }
 * }</pre>
 */
public final class NvmeController implements AutoCloseable {

    /** What the controller may do to data. */
    public static final Set<Direction> DATA = EnumSet.allOf(Direction.class);

    private static final int PAGE = QueuePair.PAGE;
    private static final int NAMESPACE = 1;
    private static final int IDENTIFY_NAMESPACE = 0;
    private static final int IDENTIFY_CONTROLLER = 1;

    private final Device device;
    private final Registers registers;
    private final Duration patience;
    private final int interrupting;
    private final DmaMemory memory;
    private final DmaMapping mapping;
    private final DmaMapping[] queueMappings;
    private final QueuePair[] queues;
    private Interrupts interrupts;
    private long signals;
    private String model;
    private long blocks;
    private int blockSize;
    private int mostPages;

    /**
     * Starts a controller.
     *
     * @param device that is open, and this driver's alone
     * @param bar its region 0
     * @param polled number of I/O queues whose completions are polled for: 1 to this
     * @param interrupting number of I/O queues, after those, that wait for MSI-X
     * @param patience with each command
     * @throws NvmeException if the controller does not start
     */
    public NvmeController(Device device, HostMemoryAccessor bar, int polled, int interrupting, Duration patience) {
        this.device = device;
        this.patience = patience;
        this.interrupting = interrupting;
        this.registers = open(device, bar);
        int count = 1 + polled + interrupting;
        queues = new QueuePair[count];
        queueMappings = new DmaMapping[count];
        memory = DmaMemory.allocate((long) PAGE + (long) count * QueuePair.BYTES);
        try {
            mapping = device.dma().map(memory.ram().slice(0, PAGE), DATA);
            for (int queue = 0; queue < count; queue++) {
                queueMappings[queue] = device.dma()
                        .map(memory.ram().slice(PAGE + (long) queue * QueuePair.BYTES, QueuePair.BYTES), DATA);
            }
            start();
        } catch (RuntimeException failed) {
            close();
            throw failed;
        }
    }

    private static Registers open(Device device, HostMemoryAccessor bar) {
        device.setMemoryEnabled(true);
        return new Registers(bar);
    }

    /**
     * The order is the specification's (3.5.1), with the vectors armed before anything can use them, and the bus master
     * on before anything is told an address.
     */
    private void start() {
        registers.disable();
        int polled = queues.length - 1 - interrupting;
        if (interrupting > 0) {
            interrupts = device.interrupts(InterruptIndex.MSIX);
            if (interrupts.enabled() == 0) {
                interrupts.enable(queues.length);
            }
        }
        device.setBusMaster(true);
        for (int queue = 0; queue < queues.length; queue++) {
            signals += queues[queue] == null ? 0 : queues[queue].signals();
            queues[queue] =
                    new QueuePair(queue, registers, queueMappings[queue], queue > polled ? interrupts : null, patience);
        }
        registers.enable(QueuePair.DEPTH, queues[0].submissions(), queues[0].completions());
        identify();
        queues[0].run(Command.setQueueCount(queues.length - 1));
        for (int queue = 1; queue < queues.length; queue++) {
            int depth = Math.min(QueuePair.DEPTH, registers.deepestQueue());
            queues[0].run(Command.createCompletionQueue(
                    queue, depth, queues[queue].completions(), queue > polled ? queue : -1));
            queues[0].run(Command.createSubmissionQueue(queue, depth, queues[queue].submissions()));
        }
    }

    private void identify() {
        MemorySegment page = mapping.memory().asSegment();
        queues[0].run(Command.identify(0, IDENTIFY_CONTROLLER, mapping.address()));
        model = new String(page.asSlice(24, 40).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII).strip();
        int log = page.get(ValueLayout.JAVA_BYTE, 77);
        mostPages = log == 0 ? QueuePair.MOST_PAGES - 1 : Math.min(1 << log, QueuePair.MOST_PAGES - 1);
        queues[0].run(Command.identify(NAMESPACE, IDENTIFY_NAMESPACE, mapping.address()));
        blocks = page.get(ValueLayout.JAVA_LONG, 0);
        int format = page.get(ValueLayout.JAVA_BYTE, 26) & 15;
        blockSize = 1 << page.get(ValueLayout.JAVA_BYTE, 128 + 4L * format + 2);
    }

    /**
     * Begins anew, after the controller has given up or was reset: commands in flight are lost.
     *
     * @throws NvmeException if it does not start
     */
    public void restart() {
        device.setMemoryEnabled(true);
        start();
    }

    /** {@return the name of the model} */
    public String model() {
        return model;
    }

    /** {@return the number of blocks} */
    public long blocks() {
        return blocks;
    }

    /** {@return the bytes of a block} */
    public int blockSize() {
        return blockSize;
    }

    /** {@return how many interrupts were taken, of all queues} */
    public long signals() {
        long all = signals;
        for (QueuePair queue : queues) {
            all += queue.signals();
        }
        return all;
    }

    /**
     * Reads blocks into memory that the controller reaches, and waits until they are there.
     *
     * @param queue 1 to the number of I/O queues
     * @param block the first one
     * @param count how many, 1 or more: as many commands as it takes
     * @param data memory that the controller may write
     * @param offset in it, a multiple of 4
     * @throws NvmeException if a command fails or takes too long
     */
    public void read(int queue, long block, int count, DmaMapping data, long offset) {
        transfer(false, queue, block, count, data, offset);
    }

    /**
     * Writes blocks from memory that the controller reaches, and waits until they are there.
     *
     * @param queue 1 to the number of I/O queues
     * @param block the first one
     * @param count how many, 1 or more: as many commands as it takes
     * @param data memory that the controller may read
     * @param offset in it, a multiple of 4
     * @throws NvmeException if a command fails or takes too long
     */
    public void write(int queue, long block, int count, DmaMapping data, long offset) {
        transfer(true, queue, block, count, data, offset);
    }

    private void transfer(boolean write, int queue, long block, int count, DmaMapping data, long offset) {
        QueuePair pair = queues[queue];
        synchronized (pair) {
            submit(pair, write, block, count, data, offset);
            pair.complete();
        }
    }

    /**
     * Fills the queue and rings once for each filling. A command has no more pages than the controller takes, of which
     * the first may begin anywhere.
     */
    private void submit(QueuePair pair, boolean write, long block, int count, DmaMapping data, long offset) {
        int most = (mostPages - 1) * PAGE / blockSize;
        for (int done = 0; done < count; ) {
            if (!pair.hasRoom()) {
                pair.ring();
                pair.complete();
            }
            int now = Math.min(most, count - done);
            long at = offset + (long) done * blockSize;
            long further = pair.furtherPages(data, at, (long) now * blockSize);
            pair.submit(Command.transfer(write, NAMESPACE, block + done, now, data.address(at), further));
            done += now;
        }
        pair.ring();
    }

    /** Has everything that was written reach the medium. */
    public void flush() {
        synchronized (queues[1]) {
            queues[1].run(Command.flush(NAMESPACE));
        }
    }

    /**
     * Begins a read as {@link #read} makes it, and does not wait: for those who want to see what becomes of it. After a
     * failure {@link #restart} is the way on.
     *
     * @param queue the number of the I/O queue
     * @param block the first block
     * @param count how many blocks
     * @param data where the device writes them
     * @param offset in {@code data}
     */
    public void beginRead(int queue, long block, int count, DmaMapping data, long offset) {
        synchronized (queues[queue]) {
            submit(queues[queue], false, block, count, data, offset);
        }
    }

    /**
     * Waits for what was begun.
     *
     * @param queue the number of the I/O queue
     */
    public void await(int queue) {
        synchronized (queues[queue]) {
            queues[queue].complete();
        }
    }

    /**
     * Reads one page to an address that may be anywhere, mapped or not, to see what the controller does about it.
     *
     * @param queue the number of the I/O queue
     * @param block the first block
     * @param address an IOVA
     */
    public void readTo(int queue, long block, long address) {
        synchronized (queues[queue]) {
            queues[queue].run(Command.transfer(false, NAMESPACE, block, PAGE / blockSize, address, 0));
        }
    }

    /**
     * Stops the controller, then ends its interrupts, then takes its memory back: in this order, and all of it,
     * whatever fails.
     */
    @Override
    public void close() {
        try {
            registers.disable();
        } catch (RuntimeException gone) {
            // a controller that is not there, or does not stop: without the bus master it reaches no memory
            device.setBusMaster(false);
        }
        try {
            if (interrupts != null) {
                interrupts.disable();
            }
        } finally {
            memory.close(); // ends the mappings
        }
    }
}
