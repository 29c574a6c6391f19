package org.hostmem.lab.observe;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRules;
import org.hostmem.Barrier;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.TransferPlan;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.Host;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/**
 * Makes each case's request once on the watched window, between its marks; before that writes down all cases with their
 * plans (-Dcases=FILE), and afterwards what came of each (-Dresults=FILE). Check.java reads both, and the observer's
 * log.
 *
 * <p>-Dwarm=N calls of each operation before, on another mapping; -Dprotect=true for the tracer; -Dseed=N and -Dper=K
 * choose the sample: K of the 16 device offsets for each mode, direction, order and size; -Dfull=true takes everything.
 */
final class Sweep {

    private static final int WARM = Integer.getInteger("warm", 1);

    private final Window window;
    private final MemorySegment device;
    private final MemorySegment deviceView;
    private final MemorySegment[] ram;
    private final MemorySegment[] ramView;
    private final HostMemoryAccessor[][] accessors = new HostMemoryAccessor[Cases.MODES.length][Cases.POLICIES.length];
    private final HostMemoryAccessor[] readOnly = new HostMemoryAccessor[Cases.MODES.length];

    /** What the last request gave: a value, or the words for the results. */
    private long value;

    private final byte[] filled = new byte[4096];

    private Sweep(long address) throws Throwable {
        window = new Window(address);
        device = window.device();
        deviceView = window.deviceView();
        MemorySegment heap = MemorySegment.ofArray(new byte[1 << 18]);
        ram = new MemorySegment[] {window.ram(), heap};
        ramView = new MemorySegment[] {window.ramView(), heap};
        byte[] bytes = new byte[1 << 16];
        Random random = new Random(Cases.SEED);
        for (MemorySegment segment : new MemorySegment[] {deviceView.asSlice(0, 1 << 16), ramView[0], heap}) {
            for (long at = 0; at < segment.byteSize(); at += bytes.length) {
                random.nextBytes(bytes);
                MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, at, bytes.length);
            }
        }
        for (Memory memory : Cases.MODES) {
            RegionCapabilities whole =
                    RegionCapabilities.whole(Window.REGION_SIZE, memory.mode(), CacheModeSource.ASSERTED);
            for (UnalignedPolicy policy : Cases.POLICIES) {
                accessors[memory.ordinal()][policy.ordinal()] = open(whole, memory, policy);
            }
            readOnly[memory.ordinal()] = open(whole.readOnly(), memory, UnalignedPolicy.SPLIT);
        }
    }

    private HostMemoryAccessor open(RegionCapabilities capabilities, Memory memory, UnalignedPolicy policy) {
        return ProviderSelection.load()
                .open(MappedRegion.borrowed(
                                device, capabilities, AccessOptions.DEFAULT.with(policy), memory.permanence())
                        .releasedBy(() -> {}));
    }

    // ---- one request

    private HostMemoryAccessor accessor(int[] c) {
        return accessors[c[1]][c[0] <= Cases.WRITES ? c[2] : 0];
    }

    /** Where in RAM the case has its bytes: each somewhere else. */
    private int ramBase(int number, int[] c) {
        return number % 3000 * 64 + c[5];
    }

    private void request(int number, int[] c, Controls.Control[] controls) throws Throwable {
        HostMemoryAccessor a = accessor(c);
        switch (c[0]) {
            case Cases.READ ->
                value = switch (c[3]) {
                    case 1 -> Ops.read1(a, c[4]);
                    case 2 -> Ops.read2(a, c[4]);
                    case 4 -> Ops.read4(a, c[4]);
                    default -> Ops.read8(a, c[4]);
                };
            case Cases.WRITE -> {
                switch (c[3]) {
                    case 1 -> Ops.write1(a, c[4], value);
                    case 2 -> Ops.write2(a, c[4], value);
                    case 4 -> Ops.write4(a, c[4], value);
                    default -> Ops.write8(a, c[4], value);
                }
            }
            case Cases.UNUSED -> {
                switch (c[3]) {
                    case 1 -> Ops.unused1(a, c[4]);
                    case 2 -> Ops.unused2(a, c[4]);
                    case 4 -> Ops.unused4(a, c[4]);
                    default -> Ops.unused8(a, c[4]);
                }
            }
            case Cases.NARROWED ->
                value = switch (c[3]) {
                    case 2 -> Ops.narrowed2(a, c[4]);
                    case 4 -> Ops.narrowed4(a, c[4]);
                    default -> Ops.narrowed8(a, c[4]);
                };
            case Cases.READS ->
                value = switch (c[3]) {
                    case 1 -> Ops.reads1(a, c[4]);
                    case 2 -> Ops.reads2(a, c[4]);
                    case 4 -> Ops.reads4(a, c[4]);
                    default -> Ops.reads8(a, c[4]);
                };
            case Cases.WRITES -> {
                switch (c[3]) {
                    case 1 -> Ops.writes1(a, c[4], value);
                    case 2 -> Ops.writes2(a, c[4], value);
                    case 4 -> Ops.writes4(a, c[4], value);
                    default -> Ops.writes8(a, c[4], value);
                }
            }
            case Cases.BULK -> {
                if (c[2] == 0) {
                    Ops.bulkRead(a, c[6], ram[c[4]], ramBase(number, c), c[7], Cases.ORDERS[c[3]]);
                } else {
                    Ops.bulkWrite(a, c[6], ram[c[4]], ramBase(number, c), c[7], Cases.ORDERS[c[3]]);
                }
            }
            case Cases.FILL -> Ops.fill(a, c[2], c[3], (byte) value);
            case Cases.MOVE -> Ops.move(a, c[3], c[4], c[5], Cases.OVERLAPS[c[2]], c[6]);
            case Cases.BARRIER -> Ops.barrier(a, Cases.BARRIERS[c[2]]);
            case Cases.BOUNDS -> bounds(a, c[2]);
            case Cases.READONLY -> readOnly(readOnly[c[1]], c[2]);
            default -> controls[c[2]].operation().run(device, ram[0]);
        }
    }

    private void bounds(HostMemoryAccessor a, int what) {
        switch (what) {
            case 0 -> Ops.read8(a, Window.REGION_SIZE - 7);
            case 1 -> Ops.write8(a, Window.REGION_SIZE - 7, 1);
            case 2 -> Ops.read1(a, -1);
            case 3 -> Ops.write1(a, Long.MAX_VALUE, 1);
            case 4 -> Ops.bulkRead(a, Window.REGION_SIZE - 15, ram[0], 0, 16, TransferOrder.ASCENDING);
            case 5 -> Ops.bulkWrite(a, 8, ram[0], 0, Long.MAX_VALUE, TransferOrder.ASCENDING);
            case 6 -> Ops.fill(a, Window.REGION_SIZE, 1, (byte) 1);
            default -> Ops.move(a, 0, Window.REGION_SIZE - 8, 9, OverlapPolicy.KEEP_ORDER, 16);
        }
    }

    private void readOnly(HostMemoryAccessor a, int what) {
        switch (what) {
            case 0 -> Ops.write4(a, 0, 1);
            case 1 -> Ops.bulkWrite(a, 0, ram[0], 0, 16, TransferOrder.RELAXED);
            case 2 -> Ops.fill(a, 0, 16, (byte) 1);
            default -> Ops.move(a, 0, 64, 16, OverlapPolicy.KEEP_ORDER, 0);
        }
    }

    /** Makes the request and says what came of it. The marks are set here, by code that stays interpreted. */
    private String perform(int number, int[] c, Controls.Control[] controls, boolean watched) throws Throwable {
        byte[] before = c[0] == Cases.MOVE ? bytes(deviceView, moveStart(c), moveEnd(c) - moveStart(c)) : null;
        value = number * 0x9e3779b97f4a7c15L;
        long given = value;
        String result;
        if (watched) {
            window.begin(number);
        }
        try {
            request(number, c, controls);
            result = "OK";
        } catch (RegionFaultException e) {
            result = "FAULT " + e.offset() + " " + e.completed() + " " + e.width() + " " + e.direction() + " "
                    + e.side();
        } catch (AccessRejectedException e) {
            result = "REJECTED";
        } catch (RegionBoundsException e) {
            result = "BOUNDS";
        } catch (RuntimeException e) {
            result = "OTHER " + e;
        }
        if (watched) {
            window.end(number);
        }
        return result.equals("OK") && !right(number, c, given, before) ? "WRONG" : result;
    }

    /** Whether the bytes are right, in the view that nobody watches. */
    private boolean right(int number, int[] c, long given, byte[] before) {
        return switch (c[0]) {
            case Cases.READ, Cases.NARROWED, Cases.READS -> {
                long there = c[4] < Window.HOLE - 64
                        ? deviceView.get(ValueLayout.JAVA_LONG_UNALIGNED, c[4]) & (-1L >>> (64 - 8 * c[3]))
                        : value;
                yield value == (c[0] == Cases.READS ? 2 * there : c[0] == Cases.NARROWED ? there & 0xff : there);
            }
            case Cases.WRITE, Cases.WRITES ->
                c[4] >= Window.HOLE - 64
                        || ((deviceView.get(ValueLayout.JAVA_LONG_UNALIGNED, c[4]) ^ given) & (-1L >>> (64 - 8 * c[3])))
                                == 0;
            case Cases.BULK -> {
                int at = ramBase(number, c);
                yield c[6] >= 0x10000
                        || MemorySegment.mismatch(deviceView, c[6], c[6] + c[7], ramView[c[4]], at, at + c[7]) < 0;
            }
            case Cases.FILL -> {
                Arrays.fill(filled, 0, c[3], (byte) given);
                yield MemorySegment.mismatch(deviceView, c[2], c[2] + c[3], MemorySegment.ofArray(filled), 0, c[3]) < 0;
            }
            case Cases.MOVE -> {
                System.arraycopy(before, c[3] - moveStart(c), before, c[4] - moveStart(c), c[5]);
                yield MemorySegment.mismatch(
                                MemorySegment.ofArray(before), 0, before.length, deviceView, moveStart(c), moveEnd(c))
                        < 0;
            }
            default -> true;
        };
    }

    private static int moveStart(int[] c) {
        return Math.min(c[3], c[4]) - 16;
    }

    private static int moveEnd(int[] c) {
        return Math.max(c[3], c[4]) + c[5] + 16;
    }

    private static byte[] bytes(MemorySegment from, int at, int n) {
        byte[] bytes = new byte[n];
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at, bytes, 0, n);
        return bytes;
    }

    // ---- the cases and their plans, written down

    private void describe(List<int[]> cases, Controls.Control[] controls, Text text) throws IOException {
        Host host = Host.current();
        text.put("isa ").put(host.isa()).line();
        text.put("seed ").put(Cases.SEED).line();
        text.put("vm ").put(System.getProperty("java.vm.version")).line();
        text.put("hole ").put(Window.HOLE).put(' ').put(Window.HOLE_END).line();
        for (Map.Entry<String, int[]> count : Cases.COUNTS.entrySet()) {
            text.put("sampled ")
                    .put(count.getValue()[0])
                    .put(' ')
                    .put(count.getValue()[1])
                    .put(' ')
                    .put(count.getKey())
                    .line();
        }
        for (Memory mode : Cases.MODES) {
            HostMemoryAccessor a = accessors[mode.ordinal()][0];
            AccessRules rules = a.rules();
            text.put("provider ")
                    .put(mode)
                    .put(' ')
                    .put(ProviderSelection.load().select(host, a.capabilities()).name())
                    .line();
            text.put("rules ")
                    .put(mode)
                    .put(' ')
                    .put(rules.widestRead())
                    .put(' ')
                    .put(rules.widestWrite())
                    .put(' ')
                    .put(rules.widestAscending());
            for (int width : Cases.WIDTHS) {
                text.put(' ').put(rules.unaligned(width));
            }
            text.line();
            for (Barrier purpose : Cases.BARRIERS) {
                text.put("barrier ")
                        .put(mode)
                        .put(' ')
                        .put(purpose)
                        .put(' ')
                        .put(rules.barriers().get(purpose))
                        .line();
            }
            text.put("guarantees ").put(mode);
            for (Guarantee guarantee : a.guarantees()) {
                text.put(' ').put(guarantee);
            }
            text.line();
        }
        for (int i = 0; i < cases.size(); i++) {
            describe(i, cases.get(i), controls, text);
        }
    }

    private void describe(int number, int[] c, Controls.Control[] controls, Text text) throws IOException {
        text.put("C ")
                .put(number)
                .put(' ')
                .put(Cases.MODES[c[1]])
                .put(' ')
                .put(Cases.KINDS[c[0]])
                .put(' ');
        HostMemoryAccessor a = accessor(c);
        AccessPlan plan = null;
        TransferPlan move = null;
        switch (c[0]) {
            case Cases.BULK -> {
                text.put(Cases.DIRECTIONS[c[2]])
                        .put(' ')
                        .put(Cases.ORDERS[c[3]])
                        .put(' ')
                        .put(c[6])
                        .put(' ')
                        .put(c[7])
                        .put(' ')
                        .put(Cases.RAMS[c[4]])
                        .put(' ')
                        .put(ramBase(number, c));
                plan = a.planBulk(Cases.DIRECTIONS[c[2]], c[6], c[7], Cases.ORDERS[c[3]]);
            }
            case Cases.FILL -> {
                text.put(c[2]).put(' ').put(c[3]);
                plan = a.planBulk(Direction.WRITE, c[2], c[3], TransferOrder.RELAXED);
            }
            case Cases.MOVE -> {
                text.put(Cases.OVERLAPS[c[2]])
                        .put(' ')
                        .put(c[3])
                        .put(' ')
                        .put(c[4])
                        .put(' ')
                        .put(c[5])
                        .put(' ')
                        .put(c[6]);
                move = a.planMove(
                        c[3],
                        c[4],
                        c[5],
                        Transfer.DEFAULT.with(Cases.OVERLAPS[c[2]]).withBudget(c[6]));
            }
            case Cases.BARRIER -> text.put(Cases.BARRIERS[c[2]]);
            case Cases.BOUNDS, Cases.READONLY -> text.put(c[2]);
            case Cases.CONTROL -> text.put(controls[c[2]].name()).put(' ').put(controls[c[2]].request());
            default -> {
                text.put(c[3]).put(' ').put(c[4]).put(' ').put(Cases.POLICIES[c[2]]);
                plan = a.planScalar(c[4], c[3]);
            }
        }
        if (plan != null) {
            text.put(" | ").put(plan.verdict());
            plan.forEach(text);
        }
        if (move != null) {
            text.put(" | ").put(move.course()).put(' ').put(move.buffer()).put(" reads");
            move.forEachRun(Direction.READ, text);
            text.put(" writes");
            move.forEachRun(Direction.WRITE, text);
        }
        text.line();
    }

    // ---- the run

    /**
     * A number for the operation that a case calls, in the order of the warm-up: controls with an unspoilt profile, as
     * in a program of their own; then what throws, which would make the compiler drop what it compiled before.
     */
    private static int operation(int[] c) {
        return switch (c[0]) {
            case Cases.CONTROL -> c[2];
            case Cases.BOUNDS, Cases.READONLY -> c[0] * 100;
            case Cases.BULK -> 10_000 + c[0] * 10 + c[2];
            case Cases.FILL, Cases.MOVE, Cases.BARRIER -> 10_000 + c[0] * 10;
            default -> 10_000 + c[0] * 10 + c[3];
        };
    }

    private void warm(List<int[]> cases, Controls.Control[] controls) throws Throwable {
        TreeMap<Integer, List<Integer>> byOperation = new TreeMap<>();
        for (int i = 0; i < cases.size(); i++) {
            byOperation
                    .computeIfAbsent(operation(cases.get(i)), key -> new ArrayList<>())
                    .add(i);
        }
        // Long ones, so that adapting the length of a call is nothing new when a machine is slow.
        for (int i = 0; i < 40; i++) {
            Ops.fill(accessors[Memory.DEVICE.ordinal()][0], 0, Window.HOLE / 2, (byte) i);
        }
        // The plan of a move comes from a subclass of what moves: loaded later, it would end the use of code that had
        // reckoned with none.
        accessors[Memory.DEVICE.ordinal()][0]
                .planMove(0, 64, 128, Transfer.DEFAULT.withBudget(64))
                .forEachRun(Direction.READ, (offset, width, count, descending) -> {});
        // Twice, because what comes late changes what was compiled early: code that both share.
        for (int round = 0; round < (WARM == 1 ? 1 : 2); round++) {
            for (List<Integer> numbers : byOperation.values()) {
                int kind = cases.get(numbers.getFirst())[0];
                int times = Math.max(
                        kind == Cases.BOUNDS || kind == Cases.READONLY
                                ? WARM / 4
                                : kind == Cases.CONTROL && round == 0 ? 2 * WARM : WARM / (1 + round),
                        40);
                for (int i = 0; i < times; i++) {
                    int number =
                            numbers.get((int) (i * 7919L % numbers.size())); // evenly spread over the operation's cases
                    try {
                        request(number, cases.get(number), controls);
                    } catch (HostMemoryException expected) {
                        value = number;
                    }
                }
            }
        }
        // What surrounds a request is linked at its first call.
        for (int i = 0; i < cases.size(); i += 1 + cases.size() / 300) {
            perform(i, cases.get(i), controls, false);
        }
    }

    private void measure(List<int[]> cases, Controls.Control[] controls, Text results) throws Throwable {
        boolean late = false;
        for (int i = 0; i < cases.size(); i++) {
            if (!late && cases.get(i)[0] >= Cases.BOUNDS) {
                late = true;
                System.out.println("LATE");
            }
            results.put(i)
                    .put(' ')
                    .put(perform(i, cases.get(i), controls, true))
                    .line();
        }
    }

    public static void main(String[] args) throws Throwable {
        long start = System.nanoTime();
        List<int[]> cases = Cases.all();
        Controls.Control[] controls = Controls.all().toArray(Controls.Control[]::new);
        Sweep elsewhere = new Sweep(Window.ELSEWHERE);
        elsewhere.warm(cases, controls);
        System.err.printf("observe: warm after %.1f s%n", (System.nanoTime() - start) / 1e9);
        Sweep sweep = new Sweep(Window.BASE);
        Text plans = new Text(System.getProperty("cases"));
        sweep.describe(cases, controls, plans);
        plans.close();
        System.err.printf("observe: %d plans after %.1f s%n", cases.size(), (System.nanoTime() - start) / 1e9);
        Text results = new Text(System.getProperty("results"));
        if (Boolean.getBoolean("protect")) {
            sweep.window.protect();
        }
        System.out.println("MEASURE");
        sweep.measure(cases, controls, results);
        System.out.println("MEASURED");
        results.close();
        System.err.printf("observe: measured after %.1f s%n", (System.nanoTime() - start) / 1e9);
    }
}
