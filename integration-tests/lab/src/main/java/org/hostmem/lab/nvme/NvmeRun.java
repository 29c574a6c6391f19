package org.hostmem.lab.nvme;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.example.nvme.NvmeController;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaMemory;
import org.hostmem.vfio.PageSize;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.VfioOptions;

/**
 * In the guest: the driver at work from several threads, then what must go wrong. Leaves what it has done for the host
 * to compare.
 */
final class NvmeRun {

    /** So many that the heap shows them. */
    private static final int MAPPINGS_LEFT = 3_000;

    private static final int POLLED = 2;
    private static final int INTERRUPTING = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** Of testdev's I/O BAR, without meaning: a mark in the trace. */
    private static final int MARK = 0x40;

    private NvmeRun() {}

    private static VfioOptions options(String way) {
        return switch (way) {
            case "cdev" -> VfioOptions.none().through(VfioInterface.CDEV);
            case "group" -> VfioOptions.none().through(VfioInterface.GROUP);
            case "no-iommu" -> VfioOptions.none().through(VfioInterface.NO_IOMMU_CDEV);
            case "no-iommu-group" -> VfioOptions.none().through(VfioInterface.NO_IOMMU_GROUP);
            default -> throw new IllegalArgumentException(way);
        };
    }

    /** VfioInterface, seed, MiB each way, rounds of endurance. */
    public static void main(String[] args) throws Exception {
        Path out = Path.of(System.getenv("HOSTMEM_LAB_OUT"));
        VfioOptions options = options(args[0]);
        long seed = Long.parseLong(args[1]);
        long bytes = Long.parseLong(args[2]) << 20;
        int rounds = Integer.parseInt(args[3]);
        boolean right = true;
        Device device = Vfio.open(System.getenv("HOSTMEM_LAB_NVME"), options);
        HostMemoryAccessor plain = device.region(0).open(AccessOptions.DEFAULT);
        System.out.println(device + " by " + device.way() + ": " + device.dma().name() + ", "
                + device.dma().ranges());
        Endurance endurance = new Endurance(device);
        String mappings = endurance.mappings(rounds);
        String interrupts = endurance.interrupts(10 * rounds);
        String leaks = endurance.leaks(MAPPINGS_LEFT);
        System.out.println(rounds + " mappings made and closed: " + mappings + "; " + 10 * rounds
                + " interrupts from two threads: " + interrupts + "; what is left open: " + leaks);
        right &= mappings.equals("right") && interrupts.equals("right") && leaks.equals("seen");

        Recorded recorded = new Recorded();
        NvmeController nvme = new NvmeController(device, recorded.around(plain), POLLED, INTERRUPTING, PATIENCE);
        System.out.println(nvme.model() + ", " + nvme.blocks() + " blocks of " + nvme.blockSize() + " bytes");
        long start = System.nanoTime();
        int threads = POLLED + INTERRUPTING;
        int slice = (int) (nvme.blocks() / threads);
        int[] generations = new int[slice * threads];
        Arrays.fill(generations, -1);
        Load[] loads = load(nvme, device, seed, slice, generations, bytes / threads);
        long commands = 0;
        long written = 0;
        long read = 0;
        for (Load load : loads) {
            right &= load.failure == null && load.wrongBlocks == 0;
            if (load.failure != null || load.wrongBlocks != 0) {
                System.out.println("WRONG: " + load.wrongBlocks + " blocks were read wrongly, " + load.failure);
            }
            commands += load.commands;
            written += load.written;
            read += load.read;
        }
        System.out.printf(
                "%d requests from %d threads, %d queues polled and %d by MSI-X: %.1f MiB written, %.1f"
                        + " MiB read and compared, in %.1f s%n",
                commands,
                threads,
                POLLED,
                INTERRUPTING,
                written / 1048576.0,
                read / 1048576.0,
                (System.nanoTime() - start) / 1e9);
        nvme.restart(); // the threads' memory has ended, which stops the device
        nvme.flush();
        long signals = nvme.signals();
        Files.write(out.resolve("generations"), bytes(generations));
        Files.write(out.resolve("accesses"), recorded.lines());

        mark(options);
        Controls controls = new Controls(device, nvme);
        controls.run();
        controls.removed(plain, options);
        System.out.println("controls: " + controls.summary() + " as expected");
        right &= controls.right();
        Files.write(
                out.resolve("summary"),
                List.of("interrupts " + signals, "faults " + controls.faults(), "right " + right));
        System.exit(right ? 0 : 1);
    }

    private static Load[] load(
            NvmeController nvme, Device device, long seed, int slice, int[] generations, long bytesEachWay)
            throws IOException, InterruptedException {
        Load[] loads = new Load[POLLED + INTERRUPTING];
        // Closing the memory of one would stop the device for all: it is closed when all have ended.
        long pool = largePages();
        DmaMemory memory = DmaMemory.allocate(loads.length * Load.BYTES, PageSize.MIB_2, AccessOptions.DEFAULT);
        System.out.println(memory + "; the kernel had " + pool + " free pages of 2 MiB");
        if (pool * PageSize.MIB_2.bytes() >= loads.length * Load.BYTES + PageSize.MIB_2.bytes()
                && memory.pages() != PageSize.MIB_2) {
            throw new AssertionError("the kernel had enough, and large pages were not granted");
        }
        int[][] own = new int[loads.length][];
        Thread[] threads = new Thread[loads.length];
        for (int i = 0; i < loads.length; i++) {
            own[i] = Arrays.copyOfRange(generations, i * slice, (i + 1) * slice);
            loads[i] = new Load(
                    nvme,
                    device.dma().map(memory.ram().slice(i * Load.BYTES, Load.BYTES), NvmeController.DATA),
                    i + 1,
                    seed,
                    (long) i * slice,
                    own[i],
                    bytesEachWay);
            threads[i] = Thread.ofPlatform().start(loads[i]);
        }
        for (int i = 0; i < loads.length; i++) {
            threads[i].join();
            System.arraycopy(own[i], 0, generations, i * slice, slice);
        }
        memory.close();
        if (largePages() != pool) {
            throw new AssertionError("of " + pool + " pages of 2 MiB " + largePages() + " came back");
        }
        return loads;
    }

    /** That are free; 0 on a kernel without any, such as the lab's. */
    private static long largePages() throws IOException {
        Path free = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
        return Files.exists(free) ? Long.parseLong(Files.readString(free).strip()) : 0;
    }

    private static byte[] bytes(int[] words) {
        ByteBuffer bytes = ByteBuffer.allocate(words.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(words);
        return bytes.array();
    }

    /** What comes after it in the trace belongs to the controls. */
    private static void mark(VfioOptions options) throws IOException {
        try (Device testdev = Vfio.open(System.getenv("HOSTMEM_LAB_TESTDEV"), options);
                HostMemoryAccessor ports = testdev.region(1).open(AccessOptions.DEFAULT)) {
            ports.writeByte(MARK, (byte) 1);
        }
    }
}
