package org.hostmem.lab;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.guest.GuestRam;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.DmaMemory;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Interrupts;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/** QEMU's edu by its DMA engine and its interrupts (docs/specs/edu.rst): what comes out, as a line of text. */
final class EduDma {

    private static final int RAISE = 0x60;
    private static final int ACKNOWLEDGE = 0x64;
    private static final int STATUS = 0x24;
    private static final int SOURCE = 0x80;
    private static final int TARGET = 0x88;
    private static final int COUNT = 0x90;
    private static final int COMMAND = 0x98;
    /** Of the command: start, from the device to memory, and raise an interrupt at the end. */
    private static final int START = 1;

    private static final int TO_MEMORY = 2;
    private static final int INTERRUPT = 4;
    /** Of 4 KiB, in the device. */
    private static final long BUFFER = 0x40000;

    private static final int ADDRESS_BITS = 28;

    private static final int LENGTH = 512;
    private static final Set<Direction> BOTH = EnumSet.allOf(Direction.class);
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration NEVER = Duration.ofMillis(200);

    private EduDma() {}

    /** The end of a transfer is polled for in a register. */
    private static void transfer(HostMemoryAccessor registers, long source, long target, int direction)
            throws InterruptedException {
        registers.writeLong(SOURCE, source);
        registers.writeLong(TARGET, target);
        registers.writeLong(COUNT, LENGTH);
        registers.barrier(Barrier.TO_DEVICE);
        registers.writeLong(COMMAND, START | direction);
        for (int i = 0; i < 1000 && (registers.readLong(COMMAND) & START) != 0; i++) {
            Thread.sleep(5);
        }
        registers.barrier(Barrier.FROM_DEVICE);
    }

    /** Memory into the device, and back to another place. */
    private static String roundTrip(HostMemoryAccessor registers, DmaMapping from, DmaMapping to)
            throws InterruptedException {
        for (int i = 0; i < LENGTH; i += 8) {
            from.memory().writeLong(i, 0x1122_3344_5566_7788L + i);
            to.memory().writeLong(i, 0);
        }
        transfer(registers, from.address(), BUFFER, 0);
        transfer(registers, BUFFER, to.address(), TO_MEMORY);
        for (int i = 0; i < LENGTH; i += 8) {
            if (to.memory().readLong(i) != 0x1122_3344_5566_7788L + i) {
                return "different at " + i;
            }
        }
        return "equal";
    }

    private static HostMemoryAccessor started(Device device) {
        device.setMemoryEnabled(true);
        HostMemoryAccessor registers = device.region(0).open(AccessOptions.DEFAULT);
        device.setBusMaster(true);
        return registers;
    }

    /** Memory of one's own, and RAM of a guest at the address that the guest has it at. */
    static String transfers(String address, VfioOptions options) throws InterruptedException {
        try (Device device = Vfio.open(address, options);
                HostMemoryAccessor registers = started(device);
                DmaMemory memory = DmaMemory.allocate(8192)) {
            DmaMapping from = device.dma().map(memory.ram().slice(0, 4096), Set.of(Direction.READ), ADDRESS_BITS);
            DmaMapping to = device.dma().map(memory.ram().slice(4096, 4096), Set.of(Direction.WRITE), ADDRESS_BITS);
            String own = roundTrip(registers, from, to);
            if (device.dma().isPhysical()) {
                return own;
            }
            HostMemoryAccessor ram = GuestRam.open(0x10000);
            DmaMapping low = device.dma().mapAt(0x1000000, ram.slice(0, 0x4000), BOTH);
            DmaMapping high = device.dma().mapAt(0x1008000, ram.slice(0x8000, 0x4000), BOTH);
            String guest = roundTrip(registers, low, high);
            ram.close();
            return own + ", " + guest + ", "
                    + (low.isOpen() || high.isOpen() || device.busMaster()
                            ? "still reachable"
                            : "stopped and unmapped with its memory");
        }
    }

    /** By the register that raises it, and at the end of a transfer. */
    static String messages(String address, VfioOptions options) {
        try (Device device = Vfio.open(address, options);
                DmaMemory memory = DmaMemory.allocate(4096)) {
            HostMemoryAccessor registers = started(device);
            Interrupts msi = device.interrupts(InterruptIndex.MSI);
            msi.enable(1);
            registers.writeInt(RAISE, 1);
            registers.writeInt(RAISE, 1);
            long raised = msi.await(0, SOON) + msi.await(0, NEVER);
            registers.writeInt(ACKNOWLEDGE, 1);
            device.setBusMaster(false);
            registers.writeInt(RAISE, 1);
            long silent = msi.await(0, NEVER);
            registers.writeInt(ACKNOWLEDGE, 1);
            device.setBusMaster(true);
            String all = raised + " raised, " + silent + " without the bus master";
            if (!device.dma().isPhysical()) {
                DmaMapping mapping = device.dma().map(memory.ram(), BOTH, ADDRESS_BITS);
                registers.writeLong(SOURCE, mapping.address());
                registers.writeLong(TARGET, BUFFER);
                registers.writeLong(COUNT, LENGTH);
                registers.barrier(Barrier.TO_DEVICE);
                registers.writeLong(COMMAND, START | INTERRUPT);
                all += ", " + msi.await(0, SOON) + " at the end of a transfer, status 0x"
                        + Integer.toHexString(registers.readInt(STATUS));
                registers.writeInt(ACKNOWLEDGE, registers.readInt(STATUS)); // edu keeps it for whoever opens it next
            }
            return all;
        }
    }

    /** Level-triggered: masked by each signal until it is unmasked. */
    static String level(String address, VfioOptions options) {
        try (Device device = Vfio.open(address, options)) {
            HostMemoryAccessor registers = started(device);
            Interrupts intx = device.interrupts(InterruptIndex.INTX);
            intx.enable(1);
            registers.writeInt(RAISE, 1);
            long first = intx.await(0, SOON);
            long masked = intx.await(0, NEVER);
            intx.unmask(0);
            long again = intx.await(0, SOON);
            registers.writeInt(ACKNOWLEDGE, 1);
            intx.resample();
            long quiet = intx.await(0, NEVER);
            registers.writeInt(RAISE, 2);
            long resampled = intx.await(0, SOON);
            registers.writeInt(ACKNOWLEDGE, 2);
            return first + ", masked " + masked + ", up still " + again + ", acknowledged " + quiet + ", raised "
                    + resampled;
        }
    }

    /** Two devices with the same addresses; the one that mapped goes first. */
    static String shared(String first, String second, VfioOptions options) throws InterruptedException {
        Device one = Vfio.open(first, options);
        try (Device other = one.dma().open(second, options);
                HostMemoryAccessor registers = started(other);
                DmaMemory memory = DmaMemory.allocate(8192)) {
            DmaMapping from = one.dma().map(memory.ram().slice(0, 4096), BOTH, ADDRESS_BITS);
            DmaMapping to = one.dma().map(memory.ram().slice(4096, 4096), BOTH, ADDRESS_BITS);
            String both = roundTrip(registers, from, to);
            one.close();
            other.setBusMaster(true);
            return both + ", " + roundTrip(registers, from, to) + " after the first is closed";
        } finally {
            one.close();
        }
    }

    /** The BAR of another device, of ordinary memory, as what edu writes. */
    static String peer(String address, String peer, VfioOptions options) throws InterruptedException {
        try (Device device = Vfio.open(address, options);
                Device other = device.dma().open(peer, options)) {
            HostMemoryAccessor registers = started(device);
            other.setMemoryEnabled(true);
            HostMemoryAccessor bar = other.region(2).open(AccessOptions.DEFAULT);
            DmaMapping from = device.dma().map(bar.slice(0, 4096), BOTH, ADDRESS_BITS);
            DmaMapping to = device.dma().map(bar.slice(4096, 4096), BOTH, ADDRESS_BITS);
            String trip = roundTrip(registers, from, to);
            bar.close();
            return trip + ", " + (from.isOpen() || to.isOpen() ? "still reachable" : "unmapped with the BAR");
        }
    }
}
