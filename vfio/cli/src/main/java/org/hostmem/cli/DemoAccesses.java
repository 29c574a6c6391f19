package org.hostmem.cli;

import java.util.Arrays;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.TransferPlan;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.Region;

/**
 * The parts of the demonstration in which the device answers. A value that is written whole is checked byte by byte,
 * and a value that is written in bytes is checked whole.
 */
final class DemoAccesses {

    /** The bytes around every write, which must not change. */
    private static final byte GUARD = (byte) 0xee;

    private static final int GUARD_SIZE = 64;

    /** Sizes that are not units, at offsets where no unit is aligned. */
    private record BulkRequest(long offset, int length) {}

    private static final List<BulkRequest> TRANSFERS = List.of(
            new BulkRequest(0x1001, 7),
            new BulkRequest(0x2001, 15),
            new BulkRequest(0x3021, 64),
            new BulkRequest(0x4003, 4096));

    private final Device device;
    private final DemoLog log;

    DemoAccesses(Device device, DemoLog log) {
        this.device = device;
        this.log = log;
    }

    void run() {
        registers(device.region(EmbeddedDevice.REGISTERS));
        transfers(device.region(0));
        transfers(device.region(2));
        overlap(device.region(0));
        hole(device.region(EmbeddedDevice.MSIX));
    }

    private static String title(String what, Region region) {
        return what + " (" + region.name() + ", " + region.capabilities().cacheMode() + ")";
    }

    private void registers(Region region) {
        log.section(title("Registers", region));
        try (HostMemoryAccessor bar = region.open(AccessOptions.DEFAULT)) {
            int id = bar.readInt(0);
            log.check(
                    "read of the identification",
                    bar.planScalar(0, 4),
                    id == EmbeddedDevice.ID,
                    AccessCommand.hex(id, 4));
            for (int width : new int[] {1, 2, 4, 8}) {
                register(bar, 0x48, width);
            }
            register(bar, 0x45, 4);
            register(bar, 0x3f, 8);
        }
    }

    /** Writes as a scalar; reads as a scalar, and as bytes with its neighbours. */
    private void register(HostMemoryAccessor bar, long offset, int width) {
        long value = 0x8877665544332211L;
        long start = offset - 16;
        byte[] expected = guarded(32);
        for (int i = 0; i < width; i++) {
            expected[16 + i] = (byte) (value >> (8 * i));
        }
        bar.fill(start, 32, GUARD);
        bar.write(offset, width, value);
        byte[] seen = new byte[32];
        bar.readBytes(start, seen, 0, 32);
        long read = bar.read(offset, width);
        boolean isRight =
                Arrays.equals(seen, expected) && AccessCommand.hex(read, width).equals(AccessCommand.hex(value, width));
        AccessPlan plan = bar.planScalar(offset, width);
        log.check(
                width + "-byte write and read" + (offset % width == 0 ? "" : ", unaligned"),
                plan,
                isRight,
                AccessCommand.hex(read, width) + ", neighbours untouched");
    }

    private void transfers(Region region) {
        log.section(title("DMA from odd addresses in RAM", region));
        try (HostMemoryAccessor bar = region.open(AccessOptions.DEFAULT)) {
            for (BulkRequest transfer : TRANSFERS) {
                transfer(bar, transfer.offset(), transfer.length(), region.index() == 0);
            }
            String barrier = bar.rules().barriers().getOrDefault(Barrier.FLUSH_WRITE_COMBINING, "");
            bar.barrier(Barrier.FLUSH_WRITE_COMBINING);
            bar.barrier(Barrier.TO_DEVICE);
            bar.writeInt(0, 1);
            log.check(
                    "flush, then the doorbell",
                    bar.planScalar(0, 4),
                    bar.readInt(0) == 1,
                    "barrier " + (barrier.isEmpty() ? "by program order" : "[" + barrier + "]"));
        }
    }

    private void transfer(HostMemoryAccessor bar, long offset, int length, boolean draws) {
        byte[] ram = new byte[length + 8];
        for (int i = 0; i < ram.length; i++) {
            ram[i] = (byte) (i * 7 + 1);
        }
        AccessPlan plan = bar.planBulk(Direction.WRITE, offset, length, TransferOrder.ASCENDING);
        if (draws) {
            drawWrite(plan, offset, length);
        }
        bar.fill(offset - GUARD_SIZE, length + 2 * GUARD_SIZE, GUARD);
        bar.writeBytes(offset, ram, 3, length);
        byte[] expected = guarded(length + 2 * GUARD_SIZE);
        System.arraycopy(ram, 3, expected, GUARD_SIZE, length);
        boolean isThere = true;
        for (int i = 0; i < expected.length; i++) {
            isThere &= bar.readByte(offset - GUARD_SIZE + i) == expected[i];
        }
        byte[] back = new byte[length + 8];
        bar.readBytes(offset, back, 5, length);
        boolean isBack = Arrays.equals(back, 5, 5 + length, ram, 3, 3 + length);
        log.check(
                Quantity.size(length) + " at " + Quantity.hex(offset),
                plan,
                isThere && isBack && covers(plan, offset, length),
                "every byte is there and comes back, " + GUARD_SIZE + " on each side untouched");
    }

    private void drawWrite(AccessPlan plan, long offset, int length) {
        Picture picture = Picture.of(Run.of(plan));
        log.say("");
        log.say("  hostmem: " + plan.accesses() + " accesses, aligned, every byte once, ascending");
        log.draw(picture, "    ");
        if (Memcpy.isShort(length)) {
            List<Run> stores = Memcpy.stores(offset, length);
            log.say("  " + Memcpy.NAME + ": " + Memcpy.describe(stores, length));
            log.drawEach(stores, picture.bytesPerLine(), "    ");
        } else {
            log.say("  " + Memcpy.NAME + ": " + Memcpy.LONG);
        }
    }

    /** Whether the accesses of a plan are aligned and cover a range without gap and overlap, ascending. */
    static boolean covers(AccessPlan plan, long offset, long length) {
        long[] next = {offset};
        boolean[] fits = {true};
        plan.forEach((at, width) -> {
            fits[0] &= at == next[0] && Integer.bitCount(width) == 1 && at % width == 0;
            next[0] = at + width;
        });
        return fits[0] && next[0] == offset + length;
    }

    private static byte[] guarded(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, GUARD);
        return bytes;
    }

    private void overlap(Region region) {
        log.section(title("A move onto itself, 3 bytes up", region));
        int length = 1000;
        byte[] before = new byte[length + 3];
        for (int i = 0; i < length; i++) {
            before[i] = (byte) (i * 13 + 5);
        }
        byte[] after = before.clone();
        System.arraycopy(before, 0, after, 3, length);
        try (HostMemoryAccessor bar = region.open(AccessOptions.DEFAULT)) {
            bar.writeBytes(0x8001, before, 0, before.length);
            TransferPlan tooSmall = bar.planMove(0x8001, 0x8004, length, Transfer.DEFAULT.withBudget(2));
            boolean isRefused = false;
            try {
                bar.move(0x8001, 0x8004, length, Transfer.DEFAULT.withBudget(2));
            } catch (AccessRejectedException refused) {
                isRefused = true;
            }
            log.check(
                    "ascending, with a budget of 2 bytes",
                    tooSmall,
                    isRefused && Arrays.equals(read(bar, 0x8001, before.length), before),
                    "refused before the first byte: 3 are needed");
            TransferPlan ascending = bar.planMove(0x8001, 0x8004, length, Transfer.DEFAULT.withBudget(3));
            bar.move(0x8001, 0x8004, length, Transfer.DEFAULT.withBudget(3));
            log.check(
                    "ascending, with a budget of 3 bytes",
                    ascending,
                    Arrays.equals(read(bar, 0x8001, before.length), after),
                    length + " bytes exact, each destination byte written once");
            bar.writeBytes(0x8001, before, 0, before.length);
            TransferPlan descending =
                    bar.planMove(0x8001, 0x8004, length, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
            bar.move(0x8001, 0x8004, length, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
            log.check(
                    "in the order of memmove",
                    descending,
                    Arrays.equals(read(bar, 0x8001, before.length), after),
                    length + " bytes exact, descending, without a buffer");
        }
    }

    private static byte[] read(HostMemoryAccessor bar, long offset, int length) {
        byte[] bytes = new byte[length];
        bar.readBytes(offset, bytes, 0, length);
        return bytes;
    }

    private void hole(Region region) {
        log.section(title("A hole: the page of the MSI-X table is not mapped", region));
        long edge = region.capabilities().areas().getFirst().end();
        byte[] ram = new byte[16];
        Arrays.fill(ram, (byte) 0x5a);
        byte[] expected = ram.clone();
        Arrays.fill(expected, 8, 16, (byte) -1);
        try (HostMemoryAccessor bar = region.open(AccessOptions.DEFAULT)) {
            AccessPlan plan = bar.planBulk(Direction.WRITE, edge - 8, 16, TransferOrder.ASCENDING);
            log.draw(Picture.of(Run.of(plan)), "    ");
            bar.writeBytes(edge - 8, ram, 0, 16);
            log.check(
                    "write and read across the edge",
                    plan,
                    Arrays.equals(read(bar, edge - 8, 16), expected) && covers(plan, edge - 8, 16),
                    "8 bytes by instructions; 8 by pwrite, which the host drops, and pread, which gives ones");
            log.check(
                    "4-byte read in the hole",
                    bar.planScalar(edge, 4),
                    bar.readInt(edge) == -1,
                    "0xffffffff, by pread");
        }
    }
}
