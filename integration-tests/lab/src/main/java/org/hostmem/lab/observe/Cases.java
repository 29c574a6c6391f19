package org.hostmem.lab.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.OverlapPolicy;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;

/**
 * The cases of a sweep: a kind, a cache mode and what else the kind has, as numbers. All scalars and faults; of the
 * rest a sample, drawn with -Dseed=N: -Dper=K of the 16 device offsets, or -Dfull=true all.
 */
final class Cases {

    static final int READ = 0;
    static final int WRITE = 1;
    static final int UNUSED = 2;
    static final int NARROWED = 3;
    static final int READS = 4;
    static final int WRITES = 5;
    static final int BULK = 6;
    static final int FILL = 7;
    static final int MOVE = 8;
    static final int BARRIER = 9;
    static final int BOUNDS = 10;
    static final int READONLY = 11;
    static final int CONTROL = 12;
    static final String[] KINDS = {
        "read",
        "write",
        "unused",
        "narrowed",
        "reads",
        "writes",
        "bulk",
        "fill",
        "move",
        "barrier",
        "bounds",
        "readonly",
        "control"
    };

    static final Memory[] MODES = Memory.values();
    static final UnalignedPolicy[] POLICIES = UnalignedPolicy.values();
    static final Direction[] DIRECTIONS = Direction.values();
    static final TransferOrder[] ORDERS = TransferOrder.values();
    static final OverlapPolicy[] OVERLAPS = OverlapPolicy.values();
    static final Barrier[] BARRIERS = Barrier.values();
    static final String[] RAMS = {"native", "heap"};
    static final int[] WIDTHS = {1, 2, 4, 8};
    /** Where nobody looks, a machine may have other instructions for long transfers. */
    static final int LONG = 40_000;

    private static final int OFFSETS = 16;
    private static final int RAM_OFFSETS = 8;
    private static final int MOVE_BASE = 0x4000;
    private static final int[] MOVE_LENGTHS = {
        0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130, 4096, 5000
    };
    private static final int[] MOVE_DISTANCES = {
        -65, -16, -8, -7, -4, -3, -2, -1, 0, 1, 2, 3, 4, 7, 8, 9, 16, 31, 64, 129, 4097
    };

    private static final boolean FULL = Boolean.getBoolean("full");
    static final long SEED = Long.getLong("seed", 1);
    private static final int PER = FULL ? OFFSETS : Integer.getInteger("per", 4);

    /** How many were drawn, and of how many, by what they are. */
    static final TreeMap<String, int[]> COUNTS = new TreeMap<>();

    private Cases() {}

    static List<int[]> all() {
        List<int[]> cases = new ArrayList<>();
        Random random = new Random(SEED);
        for (int mode = 0; mode < MODES.length; mode++) {
            for (int width : WIDTHS) {
                for (int offset = 0; offset < OFFSETS; offset++) {
                    for (int policy = 0; policy < POLICIES.length; policy++) {
                        cases.add(new int[] {READ, mode, policy, width, offset});
                        cases.add(new int[] {WRITE, mode, policy, width, offset});
                    }
                    cases.add(new int[] {UNUSED, mode, 0, width, offset});
                    cases.add(new int[] {READS, mode, 0, width, offset});
                    cases.add(new int[] {WRITES, mode, 0, width, offset});
                    if (width > 1) {
                        cases.add(new int[] {NARROWED, mode, 0, width, offset});
                    }
                }
            }
        }
        count("scalar", cases.size(), cases.size());
        for (int mode = 0; mode < MODES.length; mode++) {
            for (int purpose = 0; purpose < BARRIERS.length; purpose++) {
                cases.add(new int[] {BARRIER, mode, purpose});
            }
        }
        count("barrier", MODES.length * BARRIERS.length, MODES.length * BARRIERS.length);
        faults(cases, random);
        int before = cases.size();
        // The three sizes that a report draws, always.
        for (int n : new int[] {7, 15, 64}) {
            for (int offset : new int[] {1, 3}) {
                cases.add(new int[] {
                    BULK,
                    Memory.DEVICE.ordinal(),
                    Direction.WRITE.ordinal(),
                    TransferOrder.ASCENDING.ordinal(),
                    0,
                    0,
                    offset,
                    n
                });
            }
        }
        count("bulk, drawn", cases.size() - before, cases.size() - before);
        before = cases.size();
        for (int mode = 0; mode < MODES.length; mode++) {
            for (int direction = 0; direction < 2; direction++) {
                for (int order = 0; order < ORDERS.length; order++) {
                    for (int size = 0; size <= 131; size++) {
                        bulk(cases, random, mode, direction, order, size == 131 ? 4096 : size);
                    }
                }
            }
        }
        count("bulk", cases.size() - before, MODES.length * 2 * ORDERS.length * 132 * OFFSETS * RAM_OFFSETS * 2);
        before = cases.size();
        for (Memory memory : List.of(Memory.NORMAL, Memory.NORMAL_MAY_VANISH)) {
            for (int direction = 0; direction < 2; direction++) {
                for (int ram = 0; ram < RAMS.length; ram++) {
                    cases.add(new int[] {
                        BULK, memory.ordinal(), direction, TransferOrder.UNOBSERVED.ordinal(), ram, 3, 5, LONG
                    });
                }
            }
        }
        count("bulk, long", cases.size() - before, cases.size() - before);
        before = cases.size();
        for (int mode = 0; mode < MODES.length; mode++) {
            for (int size = 0; size <= 131; size++) {
                int start = random.nextInt(OFFSETS);
                for (int i = 0; i < PER; i++) {
                    cases.add(new int[] {FILL, mode, (start + i * OFFSETS / PER) % OFFSETS, size == 131 ? 4096 : size});
                }
            }
        }
        count("fill", cases.size() - before, MODES.length * 132 * OFFSETS);
        before = cases.size();
        int all = 0;
        for (int mode = 0; mode < MODES.length; mode++) {
            for (int policy = 0; policy < OVERLAPS.length; policy++) {
                for (int length : MOVE_LENGTHS) {
                    for (int distance : MOVE_DISTANCES) {
                        all += OFFSETS;
                        int start = random.nextInt(OFFSETS);
                        for (int i = 0; i < OFFSETS && (FULL || (i < 1 && random.nextInt(OFFSETS) < PER)); i++) {
                            int need = distance > 0 && distance < length ? Math.min(distance, length - distance) : 0;
                            // Every eighth is given a byte too little.
                            int budget = need > 0 && random.nextInt(8) == 0 ? need - 1 : need;
                            int from = MOVE_BASE + (start + i) % OFFSETS;
                            cases.add(new int[] {MOVE, mode, policy, from, from + distance, length, budget});
                        }
                    }
                }
            }
        }
        count("move", cases.size() - before, all);
        // Late, for an exception that the compiler has not reckoned with makes it drop what it compiled.
        before = cases.size();
        for (int mode = 0; mode < MODES.length; mode++) {
            for (int what = 0; what < 8; what++) {
                cases.add(new int[] {BOUNDS, mode, what});
            }
            for (int what = 0; what < 4; what++) {
                cases.add(new int[] {READONLY, mode, what});
            }
        }
        count("refused", cases.size() - before, cases.size() - before);
        for (int i = 0; i < Controls.all().size(); i++) {
            cases.add(new int[] {CONTROL, Memory.DEVICE.ordinal(), i});
        }
        return cases;
    }

    private static void bulk(List<int[]> cases, Random random, int mode, int direction, int order, int size) {
        int start = random.nextInt(OFFSETS);
        for (int i = 0; i < PER; i++) {
            int offset = (start + i * OFFSETS / PER) % OFFSETS;
            if (FULL) {
                for (int ramOffset = 0; ramOffset < RAM_OFFSETS; ramOffset++) {
                    cases.add(new int[] {BULK, mode, direction, order, 0, ramOffset, offset, size});
                    cases.add(new int[] {BULK, mode, direction, order, 1, ramOffset, offset, size});
                }
            } else {
                cases.add(new int[] {
                    BULK, mode, direction, order, random.nextInt(2), random.nextInt(RAM_OFFSETS), offset, size
                });
            }
        }
    }

    /** Requests that reach, or lie in, memory that faults; in the modes that promise precise faults. */
    private static void faults(List<int[]> cases, Random random) {
        int before = cases.size();
        int edge = (int) Window.HOLE;
        for (Memory memory : MODES) {
            if (memory == Memory.NORMAL) {
                continue;
            }
            int mode = memory.ordinal();
            for (int width : WIDTHS) {
                for (int offset = edge - width; offset < edge + 4; offset++) {
                    cases.add(new int[] {READ, mode, 0, width, offset});
                    cases.add(new int[] {WRITE, mode, 0, width, offset});
                }
            }
            for (int i = 0; i < 12; i++) {
                for (int direction = 0; direction < 2; direction++) {
                    for (int order = 0; order < 2; order++) {
                        int ahead = i == 0 ? 0 : random.nextInt(100);
                        cases.add(new int[] {
                            BULK,
                            mode,
                            direction,
                            order,
                            i % 2,
                            random.nextInt(RAM_OFFSETS),
                            edge - ahead,
                            ahead + 1 + random.nextInt(100)
                        });
                    }
                }
                int ahead = random.nextInt(100);
                cases.add(new int[] {FILL, mode, edge - ahead, ahead + 1 + random.nextInt(100)});
            }
        }
        count("fault", cases.size() - before, cases.size() - before);
    }

    private static void count(String what, int sampled, int total) {
        COUNTS.put(what, new int[] {sampled, total});
    }
}
