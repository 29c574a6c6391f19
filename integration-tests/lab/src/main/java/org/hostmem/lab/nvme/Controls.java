package org.hostmem.lab.nvme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import org.hostmem.AccessOptions;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.example.nvme.NvmeController;
import org.hostmem.example.nvme.NvmeException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.DmaMemory;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * What must go wrong, and how: each a typed error, or a fault that the IOMMU reports; after each the same controller
 * reads the same block again.
 */
final class Controls {

    /** What a page holds before a device is to write it. */
    private static final byte BEFORE = 0x5a;

    private static final int PAGE = 4096;
    private static final int BLOCKS = PAGE / Content.BLOCK;

    private final Device device;
    private final NvmeController nvme;
    private final Path sys = Path.of("/sys/bus/pci");
    private int asExpected;
    private int all;
    /** Pages at which the IOMMU must have refused an access. */
    private int faults;

    Controls(Device device, NvmeController nvme) {
        this.device = device;
        this.nvme = nvme;
    }

    int faults() {
        return faults;
    }

    boolean right() {
        return asExpected == all;
    }

    String summary() {
        return asExpected + " of " + all;
    }

    private void control(String name, Callable<String> step) {
        all++;
        String seen;
        boolean right;
        try {
            seen = step.call();
            right = !seen.startsWith("WRONG");
        } catch (Exception unexpected) {
            seen = "WRONG: " + unexpected;
            right = false;
        }
        asExpected += right ? 1 : 0;
        System.out.println("control, " + name + ": " + seen);
    }

    /** Without an IOMMU a wrong address is somebody's memory: those controls are not for it. */
    void run() {
        control("a mapping that is closed while the device uses it", this::closedInUse);
        control("memory that is closed while the device uses it", this::releasedInUse);
        if (!device.dma().isPhysical()) {
            control("a wrong IOVA", this::wrongAddress);
            control("a missing right", this::missingRight);
        }
        control("a reset in the middle", this::resetInTheMiddle);
    }

    /** A page that a command writes while something is done to it, and what the driver is told then. */
    private String inUse(DmaMemory memory, DmaMapping mapping, Runnable end) {
        nvme.beginRead(1, 0, 1024, mapping, 0);
        end.run();
        String stopped =
                device.busMaster() ? "WRONG: the device may still reach memory" : "the device was stopped first";
        String told;
        try {
            nvme.await(1);
            told = "the command had completed";
        } catch (NvmeException failed) {
            told = failed.getClass().getSimpleName();
        }
        if (mapping.isOpen()) {
            return "WRONG: the mapping is open still";
        }
        memory.close();
        return stopped + ", then " + told + "; " + works();
    }

    private String closedInUse() {
        DmaMemory memory = DmaMemory.allocate(1024 * Content.BLOCK);
        DmaMapping mapping = device.dma().map(memory.ram(), NvmeController.DATA);
        return inUse(memory, mapping, mapping::close);
    }

    private String releasedInUse() {
        DmaMemory memory = DmaMemory.allocate(1024 * Content.BLOCK);
        DmaMapping mapping = device.dma().map(memory.ram(), NvmeController.DATA);
        return inUse(memory, mapping, memory::close);
    }

    /** The controller's status is good: it does not tell. */
    private String wrongAddress() {
        long address = 0x6000000;
        String told = told(() -> nvme.readTo(1, 0, address));
        faults++;
        return "the driver is told: " + told + "; the IOMMU must have refused 0x" + Long.toHexString(address) + "; "
                + works();
    }

    private String missingRight() {
        try (DmaMemory memory = DmaMemory.allocate(PAGE)) {
            memory.ram().fill(0, PAGE, BEFORE);
            DmaMapping mapping = device.dma().map(memory.ram(), Set.of(Direction.READ));
            String told = told(() -> nvme.readTo(1, 0, mapping.address()));
            faults++;
            for (int i = 0; i < PAGE; i++) {
                if (memory.ram().readByte(i) != BEFORE) {
                    return "WRONG: the device has written memory that it may only read";
                }
            }
            return "the driver is told: " + told + "; the memory is as it was, and the IOMMU must have refused 0x"
                    + Long.toHexString(mapping.address()) + "; " + works();
        }
    }

    private String resetInTheMiddle() {
        try (DmaMemory memory = DmaMemory.allocate(1024 * Content.BLOCK)) {
            DmaMapping mapping = device.dma().map(memory.ram(), NvmeController.DATA);
            nvme.beginRead(1, 0, 1024, mapping, 0);
            device.reset();
            String told = told(() -> nvme.await(1));
            return told + "; " + works();
        }
    }

    private static String told(Runnable command) {
        try {
            command.run();
            return "success";
        } catch (NvmeException failed) {
            return failed.getClass().getSimpleName();
        }
    }

    /** From the start, and compared with what stands in the block. */
    private String works() {
        nvme.restart();
        DmaMemory first = DmaMemory.allocate(PAGE);
        DmaMemory second = DmaMemory.allocate(PAGE);
        try {
            nvme.read(1, 0, BLOCKS, device.dma().map(first.ram(), NvmeController.DATA), 0);
            nvme.read(1, 0, BLOCKS, device.dma().map(second.ram(), NvmeController.DATA), 0);
            boolean same = first.ram().asSegment().mismatch(second.ram().asSegment()) == -1;
            return same && first.ram().readLong(0) != 0
                    ? "restarted, it reads on"
                    : "WRONG: it does not read what stands there";
        } finally {
            first.close();
            second.close();
            nvme.restart();
        }
    }

    /**
     * Somebody takes the device away: the driver is asked to let go, closes it, and this process goes on. Ends the use
     * of the device.
     */
    void removed(HostMemoryAccessor bar, VfioOptions options) {
        control("a device that is taken away", () -> {
            String address = device.address();
            device.interrupts(InterruptIndex.REQ).enable(1);
            Thread unbind = Thread.ofPlatform().start(() -> write(sys.resolve("drivers/vfio-pci/unbind"), address));
            long asked = device.interrupts(InterruptIndex.REQ).await(0, Duration.ofSeconds(20));
            boolean waits = unbind.isAlive();
            nvme.close();
            bar.close();
            device.close();
            unbind.join(20_000);
            if (asked == 0 || !waits || unbind.isAlive()) {
                return "WRONG: asked " + asked + " times, the kernel " + (waits ? "waited" : "did not wait")
                        + (unbind.isAlive() ? ", and waits still" : "");
            }
            String refusal;
            try (Device gone = Vfio.open(address, options)) {
                refusal = "WRONG: it opens as " + gone;
            } catch (HostMemoryException refused) {
                refusal = refused.getClass().getSimpleName();
            }
            write(sys.resolve("drivers_probe"), address);
            try (Device back = Vfio.open(address, options);
                    HostMemoryAccessor registers = back.region(0).open(AccessOptions.DEFAULT)) {
                back.setMemoryEnabled(true);
                return "REQ was signalled, the kernel waited for the close; opening it is a " + refusal
                        + " then; bound again, its version is 0x" + Integer.toHexString(registers.readInt(8));
            }
        });
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException refused) {
            System.out.println(file + ": " + refused);
        }
    }
}
