package org.hostmem.lab;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AnsweredBy;
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.DeviceLimits.Narrower;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.VfioOptions.Foresight;

/**
 * In the guest, once for each tier: drives QEMU's {@code edu} device, one step after the other, each behind a mark in
 * the trace.
 *
 * <p>Every step first runs many times on RAM (the BAR of an {@code ivshmem}, which has the same rules and no trace), so
 * that the tier's compiler has compiled it; then once on edu. A mark is a byte written to a register without meaning of
 * {@code pci-testdev}: its BAR is an I/O BAR, so the kernel makes the access, and none of the code that is watched.
 */
public final class EduProgram {

    /** The addresses are those of integration-tests/lab/vm. */
    private static final String EDU = "0000:00:03.0";

    private static final String TESTDEV = "0000:00:04.0";
    private static final String IVSHMEM = "0000:00:05.0";

    /** A register of testdev's I/O BAR without meaning; each has room for 256 marks. */
    static final int MARKS = 0x40;

    /** Of edu: below this only 4-byte accesses are legal, from here 8-byte ones too. */
    static final int WIDE = 0x80;
    /** Of edu, 4 bytes: what is written can be read inverted. */
    static final int LIVENESS = 0x04;
    /** Of edu: raises an interrupt. */
    static final int RAISE = 0x60;
    /** Of edu, 3 x 8 bytes: source, destination and length of a DMA. */
    static final int DMA = 0x80;
    /** Of edu: nothing from here to the end. */
    static final int NOTHING = 0x1000;
    /** Of edu. */
    static final int SIZE = 0x100000;

    private static volatile long sink;

    private final HostMemoryAccessor marks;
    private final Map<String, String> results = new LinkedHashMap<>();
    private int mark;

    private EduProgram(int firstMark, HostMemoryAccessor marks) {
        this.marks = marks;
        this.mark = firstMark;
    }

    /** First mark, rounds of warm-up, file for the results. */
    public static void main(String[] args) throws IOException {
        // The faults of the hardware are to be seen, not foreseen.
        // The emulator carries out whatever the ISA has, as hardware does, and the wide units are to be seen.
        VfioOptions options = VfioOptions.none().with(Foresight.TRY).asserting(AnsweredBy.HARDWARE);
        try (Device edu = Vfio.open(EDU, options);
                Device testdev = Vfio.open(TESTDEV);
                Device ivshmem = Vfio.open(IVSHMEM, options)) {
            EduProgram program =
                    new EduProgram(Integer.parseInt(args[0]), testdev.region(1).open(AccessOptions.DEFAULT));
            program.run(edu, ivshmem, Integer.parseInt(args[1]));
            Files.write(
                    Path.of(args[2]),
                    program.results.entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + entry.getValue())
                            .toList());
        }
    }

    private void run(Device edu, Device ivshmem, int rounds) throws IOException {
        RawMapping device = RawMapping.of(() -> edu.region(0).open(AccessOptions.DEFAULT));
        RawMapping ram = RawMapping.of(() -> ivshmem.region(2).open(AccessOptions.DEFAULT));
        results.put(
                "rules",
                device.accessor().rules().isa() + " "
                        + device.accessor().rules().cacheMode() + " widest "
                        + device.accessor().rules().widestWrite());
        results.put("guarantees", device.accessor().guarantees().toString());
        controls(ram.segment().asSlice(NOTHING), device.segment().asSlice(NOTHING), rounds);
        byte[] bytes = new byte[256];
        ram.accessor()
                .writeLong(
                        SIZE - 8,
                        -1); // as edu answers there: the compilers shall know this value, which is also how a fault
        // announces itself
        for (Map.Entry<String, Consumer<HostMemoryAccessor>> step : steps(bytes).entrySet()) {
            for (int i = 0; i < rounds; i++) {
                step.getValue().accept(ram.accessor());
            }
            step(step.getKey(), () -> step.getValue().accept(device.accessor()));
        }
        results.put("liveness", Integer.toHexString(device.accessor().readInt(LIVENESS)));
        plans(device.accessor());
        limits(edu);
        dma(device.accessor());
        faults(edu, device.accessor());
        mark("end");
    }

    private void step(String name, Runnable accesses) {
        mark(name);
        accesses.run();
        mark("after " + name);
    }

    private void mark(String name) {
        results.put("mark." + mark, name);
        marks.writeByte(MARKS + (mark >> 8), (byte) mark);
        mark++;
    }

    private static Map<String, Consumer<HostMemoryAccessor>> steps(byte[] bytes) {
        Map<String, Consumer<HostMemoryAccessor>> steps = new LinkedHashMap<>();
        steps.put("readInts", EduProgram::readInts);
        steps.put("readLongs", EduProgram::readLongs);
        steps.put("writeInts", EduProgram::writeInts);
        steps.put("writeLongs", EduProgram::writeLongs);
        steps.put("byWidth", EduProgram::byWidth);
        steps.put("equalWrites", EduProgram::equalWrites);
        steps.put("adjacentWrites", EduProgram::adjacentWrites);
        steps.put("unusedReads", EduProgram::unusedReads);
        steps.put("narrowedReads", EduProgram::narrowedReads);
        steps.put("narrow", EduProgram::narrow);
        steps.put("writeBulk", region -> writeBulk(region, bytes));
        steps.put("readBulk", region -> readBulk(region, bytes));
        steps.put("writeRelaxed", region -> writeRelaxed(region, bytes));
        steps.put("readRelaxed", region -> readRelaxed(region, bytes));
        steps.put("fill", EduProgram::fill);
        steps.put("move", EduProgram::move);
        return steps;
    }

    /** Of a device that takes 4 and 8 bytes: what the limits let through, and what they refuse. */
    private void limits(Device edu) {
        AccessOptions options = AccessOptions.DEFAULT;
        DeviceLimits limits = DeviceLimits.NONE.withUnits(4, 8).withAlignment();
        try (HostMemoryAccessor region = edu.region(0).open(options.with(limits))) {
            results.put(
                    "plan.limited",
                    region.planBulk(Direction.WRITE, NOTHING + 4, 60, TransferOrder.ASCENDING)
                            .toString());
            step("limited", () -> limited(region));
            step("limitedRefusals", () -> results.put("limitedRefusals", Integer.toString(refusals(region))));
        }
        try (HostMemoryAccessor region = edu.region(0).open(options.with(limits.with(Narrower.READ_MODIFY_WRITE)))) {
            step("limitedWidened", () -> region.writeShort(NOTHING + 0x42, (short) 5));
        }
        try (HostMemoryAccessor region = edu.region(0).open(options.with(limits.with(Eight.HIGH_FIRST)))) {
            step("limitedHalves", () -> region.writeLong(NOTHING + 0x40, 0x1111_1111_2222_2222L));
        }
        try (HostMemoryAccessor region = edu.region(0).open(options.with(DeviceLimits.NONE.withUnits(4, 4)))) {
            step("limitedToFour", () -> limited(region));
        }
    }

    private static void limited(HostMemoryAccessor region) {
        byte[] bytes = new byte[60];
        region.writeInt(NOTHING, 1);
        region.writeLong(NOTHING + 8, 2);
        region.writeLong(NOTHING + 4, 3);
        region.readBytes(NOTHING + 4, bytes, 0, 60);
        region.writeBytes(NOTHING + 4, bytes, 0, 60);
        region.writeBytes(NOTHING + 4, MemorySegment.ofArray(bytes), 0, 60, TransferOrder.RELAXED);
        region.fill(NOTHING + 4, 28, (byte) 0x5a);
        region.move(NOTHING + 4, NOTHING + 12, 20, Transfer.DEFAULT.withBudget(20));
        region.move(NOTHING + 4, NOTHING + 12, 20, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
    }

    private static int refusals(HostMemoryAccessor region) {
        int refused = 0;
        for (Consumer<HostMemoryAccessor> access : List.<Consumer<HostMemoryAccessor>>of(
                one -> one.writeByte(NOTHING, (byte) 1),
                one -> one.readShort(NOTHING + 2),
                one -> one.readBytes(NOTHING + 1, new byte[7], 0, 7),
                one -> one.fill(NOTHING, 6, (byte) 1),
                one -> one.readInt(NOTHING + 2))) {
            try {
                access.accept(region);
            } catch (AccessRejectedException limits) {
                refused++;
            }
        }
        return refused;
    }

    /** 4 bytes everywhere there is a register, and at the very end. */
    private static void readInts(HostMemoryAccessor region) {
        int sum = 0;
        for (int offset = 0; offset < 0x100; offset += 4) {
            sum += region.readInt(offset);
        }
        sink = sum + region.readInt(SIZE - 4);
    }

    private static void readLongs(HostMemoryAccessor region) {
        long sum = 0;
        for (int offset = WIDE; offset < 0x100; offset += 8) {
            sum += region.readLong(offset);
        }
        sink = sum + region.readLong(SIZE - 8);
    }

    /** Values that can be told apart; bit 0 would start a DMA. */
    static int value(int offset) {
        return 0x1234_0000 | offset << 4;
    }

    private static void writeInts(HostMemoryAccessor region) {
        for (int offset = 0; offset < 0x100; offset += 4) {
            if (offset != RAISE) {
                region.writeInt(offset, value(offset));
            }
        }
        region.writeInt(SIZE - 4, value(SIZE - 4));
    }

    private static void writeLongs(HostMemoryAccessor region) {
        for (int offset = WIDE; offset < 0x100; offset += 8) {
            region.writeLong(offset, (long) value(offset) << 32 | value(offset));
        }
        region.writeLong(SIZE - 8, -2);
    }

    private static void byWidth(HostMemoryAccessor region) {
        region.write(LIVENESS, 4, 0x89abcdefL);
        sink = region.read(LIVENESS, 4);
        region.write(DMA, 8, 0x89abcdef01234567L);
        sink = region.read(DMA, 8);
    }

    private static void equalWrites(HostMemoryAccessor region) {
        region.writeInt(LIVENESS, 7);
        region.writeInt(LIVENESS, 7);
    }

    private static void adjacentWrites(HostMemoryAccessor region) {
        region.writeInt(NOTHING, 1);
        region.writeInt(NOTHING + 4, 2);
    }

    private static void unusedReads(HostMemoryAccessor region) {
        region.readInt(0);
        region.readInt(0);
        region.readLong(DMA);
    }

    /** Of which only a part is used. */
    private static void narrowedReads(HostMemoryAccessor region) {
        sink = (byte) region.readInt(0);
        sink = region.readInt(0) & 0xffff;
        sink = (int) region.readLong(DMA);
    }

    /** 1 and 2 bytes are legal nowhere on edu: the device refuses them and says how wide they were. */
    private static void narrow(HostMemoryAccessor region) {
        region.writeByte(NOTHING + 1, (byte) 1);
        sink = region.readByte(NOTHING + 1);
        region.writeShort(NOTHING + 2, (short) 1);
        sink = region.readShort(NOTHING + 2);
    }

    private static void writeBulk(HostMemoryAccessor region, byte[] ram) {
        region.writeBytes(NOTHING + 4, ram, 3, 48);
        region.writeBytes(NOTHING + 0x108, ram, 1, 12);
    }

    private static void readBulk(HostMemoryAccessor region, byte[] ram) {
        region.readBytes(NOTHING + 4, ram, 3, 48);
        region.readBytes(NOTHING + 0x108, ram, 1, 12);
    }

    private static void writeRelaxed(HostMemoryAccessor region, byte[] ram) {
        region.writeBytes(NOTHING + 4, MemorySegment.ofArray(ram), 5, 132, TransferOrder.RELAXED);
    }

    private static void readRelaxed(HostMemoryAccessor region, byte[] ram) {
        region.readBytes(NOTHING + 4, MemorySegment.ofArray(ram), 5, 132, TransferOrder.RELAXED);
    }

    private static void fill(HostMemoryAccessor region) {
        region.fill(NOTHING + 4, 28, (byte) 0x5a);
    }

    private static void move(HostMemoryAccessor region) {
        region.move(NOTHING + 4, NOTHING + 12, 20, Transfer.DEFAULT.withBudget(64));
    }

    private void plans(HostMemoryAccessor region) {
        results.put("plan.writeBulk", "" + region.planBulk(Direction.WRITE, NOTHING + 4, 48, TransferOrder.ASCENDING));
        results.put(
                "plan.writeRelaxed", "" + region.planBulk(Direction.WRITE, NOTHING + 4, 132, TransferOrder.RELAXED));
    }

    /** The registers that keep what they are given. */
    private void dma(HostMemoryAccessor region) {
        byte[] out = new byte[24];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) (i + 1);
        }
        byte[] in = new byte[24];
        step("writeDma", () -> region.writeBytes(DMA, out, 0, 24));
        step("readDma", () -> region.readBytes(DMA, in, 0, 24));
        results.put("dma", HexFormat.of().formatHex(in));
    }

    /** With the device's memory off, and on again. */
    private void faults(Device edu, HostMemoryAccessor region) {
        byte[] ram = new byte[24];
        HostMemoryAccessor forgiving = edu.region(0).open(AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST));
        edu.setMemoryEnabled(false);
        results.put("memory off", "" + edu.memoryEnabled());
        step("faults", () -> {
            attempt("read", () -> region.readInt(LIVENESS));
            attempt("write", () -> region.writeInt(LIVENESS, 1));
            attempt("readLong", () -> region.readLong(DMA));
            attempt("readBulk", () -> region.readBytes(DMA, ram, 0, 24));
            attempt("writeBulk", () -> region.writeBytes(DMA, ram, 0, 24));
            attempt("fill", () -> region.fill(DMA, 24, (byte) 1));
            for (int i = 0; i < 100; i++) { // a fault is not a rare event that may work once
                attempt("again", () -> region.readInt(0));
            }
            results.put("forgiven", Integer.toHexString(forgiving.readInt(0)));
        });
        edu.setMemoryEnabled(true);
        results.put("memory on", "" + edu.memoryEnabled());
        step("enabled", () -> results.put("identification", Integer.toHexString(region.readInt(0))));
        forgiving.close();
    }

    private void attempt(String what, Runnable access) {
        try {
            access.run();
            results.put("fault." + what, "none");
        } catch (RegionFaultException fault) {
            results.put(
                    "fault." + what,
                    (fault.isForeseen() ? "foreseen " : "") + fault.side() + " " + fault.direction() + " "
                            + fault.width() + "@" + Long.toHexString(fault.offset()) + " after " + fault.completed());
        }
    }

    // ---- what plain Java does to the same device, from the beginning of its nothing on

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private static final Map<String, Consumer<MemorySegment>> CONTROLS = new LinkedHashMap<>();

    static {
        CONTROLS.put("plainOpaqueStore", EduProgram::plainOpaqueStore);
        CONTROLS.put("plainAdjacentStores", EduProgram::plainAdjacentStores);
        CONTROLS.put("plainUnusedLoad", EduProgram::plainUnusedLoad);
    }

    /**
     * First of all: once C2 has seen many accesses to segments that belong to one thread, it asks between two stores
     * whether this one does, and merges nothing.
     */
    private void controls(MemorySegment ram, MemorySegment device, int rounds) {
        for (Map.Entry<String, Consumer<MemorySegment>> control : CONTROLS.entrySet()) {
            for (int i = 0; i < rounds; i++) {
                control.getValue().accept(ram);
            }
            step(control.getKey(), () -> control.getValue().accept(device));
        }
    }

    private static void plainOpaqueStore(MemorySegment segment) {
        INT.setOpaque(segment, 0L, 9);
    }

    private static void plainAdjacentStores(MemorySegment segment) {
        segment.set(ValueLayout.JAVA_INT, 0, 1);
        segment.set(ValueLayout.JAVA_INT, 4, 2);
    }

    private static void plainUnusedLoad(MemorySegment segment) {
        int unused = (int) INT.getOpaque(segment, 0L);
    }
}
