package org.hostmem.cli.exhibits;

import static org.hostmem.cli.exhibits.Stage.coversOnce;
import static org.hostmem.cli.exhibits.Stage.is;
import static org.hostmem.cli.exhibits.Stage.must;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;

/** Exhibits about bulk transfers. */
final class TransferChecks {

    private static final long GIB = 1L << 30;

    private TransferChecks() {}

    static String fifteenBytes(Stage stage) {
        int plans = 0;
        for (AccessRules rules : stage.allRules()) {
            must(
                    is(bulk(rules, 1, 15), 1, 1, 2, 2, 4, 4, 8, 8),
                    "15 bytes at 1 are 1, 2, 4 and 8 bytes on " + rules.isa());
            for (int length = 0; length <= 130; length++) {
                for (int offset = 0; offset < 64; offset++) {
                    must(
                            coversOnce(bulk(rules, offset, length), offset, length),
                            length + " bytes at " + offset + " once on " + rules.isa());
                    plans++;
                }
            }
        }
        return "15 bytes at 1: 1 2 4 8; and " + plans + " other plans: every byte once, nothing outside";
    }

    static String oneByte(Stage stage) {
        stage.allRules()
                .forEach(rules -> must(is(bulk(rules, 7, 1), 7, 1), "one byte is one access on " + rules.isa()));
        stage.withRegion(
                0,
                AccessOptions.DEFAULT,
                region -> must(survives(region, 0x107, 1), "one byte is written and its neighbours are not"));
        return "one byte: one access on every ISA, its neighbours untouched";
    }

    /**
     * Pass k writes k everywhere. Another thread reads the last byte and then the first, which must belong to the same
     * pass or a later one.
     */
    static String lastByteLast(Stage stage) {
        int rounds = 20;
        int passes = 100;
        AtomicBoolean ordered = new AtomicBoolean(true);
        for (int round = 0; round < rounds; round++) {
            stage.withRegion(4, AccessOptions.DEFAULT, region -> watchedPasses(region, passes, ordered));
        }
        must(ordered.get(), "the last byte is written last");
        for (AccessRules rules : stage.allRules()) {
            must(coversOnce(bulk(rules, 3, 4096), 3, 4096), "plans ascend on " + rules.isa());
        }
        return "a second thread, looking from the end, saw no byte before its predecessors in " + rounds * passes
                + " transfers; every plan ascends";
    }

    private static void watchedPasses(HostMemoryAccessor region, int passes, AtomicBoolean ordered) {
        int length = 256;
        long start = 0x1003;
        byte[] ram = new byte[length];
        region.fill(start, length, (byte) 0);
        Thread observer = Thread.ofPlatform().start(() -> {
            for (byte last = 0; last < passes; ) {
                last = region.readByte(start + length - 1);
                region.barrier(Barrier.FULL);
                if (region.readByte(start) < last) {
                    ordered.set(false);
                }
            }
        });
        for (byte pass = 1; pass <= passes; pass++) {
            Arrays.fill(ram, pass);
            region.writeBytes(start, ram, 0, length);
        }
        join(observer);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * On normal memory, one thread writes 8 zeros and 8 ones in turn, as a scalar and in bulk, while this one looks.
     */
    static String ramIsLookedAt(Stage stage) {
        int looks = 100_000;
        byte[] zeros = new byte[8];
        byte[] ones = {-1, -1, -1, -1, -1, -1, -1, -1};
        AtomicBoolean over = new AtomicBoolean();
        stage.withRegion(4, AccessOptions.DEFAULT, region -> {
            must(region.capabilities().cacheMode() == CacheMode.NORMAL, "region 4 is normal memory");
            region.writeLong(0, 0);
            Thread writer = Thread.ofPlatform().start(() -> {
                while (!over.get()) {
                    region.writeLong(0, -1);
                    region.writeBytes(0, zeros, 0, 8);
                    region.writeBytes(0, ones, 0, 8);
                    region.writeLong(0, 0);
                }
            });
            try {
                for (int i = 0; i < looks; i++) {
                    long seen = region.readLong(0);
                    must(seen == 0 || seen == -1, "nobody wrote 0x" + Long.toHexString(seen));
                }
            } finally {
                over.set(true);
                join(writer);
            }
        });
        return "normal memory, written as scalars and in bulk of 8 bytes: a second thread looked " + looks
                + " times and never saw half of a value";
    }

    static String overlap(Stage stage) {
        Random random = new Random(13);
        int moves = 0;
        try (HostMemoryAccessor region = stage.device().region(0).open(AccessOptions.DEFAULT)) {
            for (OverlapPolicy policy : new OverlapPolicy[] {OverlapPolicy.KEEP_ORDER, OverlapPolicy.MEMMOVE_ORDER}) {
                for (int distance = -20; distance <= 20; distance++) {
                    for (int length = 0; length <= 40; length++) {
                        byte[] model = new byte[96];
                        random.nextBytes(model);
                        region.writeBytes(0x200, model, 0, model.length);
                        int need = distance > 0 && distance < length ? Math.min(distance, length - distance) : 0;
                        region.move(
                                0x200 + 24,
                                0x200 + 24 + distance,
                                length,
                                Transfer.DEFAULT
                                        .with(policy)
                                        .withBudget(policy == OverlapPolicy.KEEP_ORDER ? need : 0));
                        System.arraycopy(model, 24, model, 24 + distance, length);
                        byte[] seen = new byte[model.length];
                        region.readBytes(0x200, seen, 0, seen.length);
                        must(Arrays.equals(seen, model), length + " bytes by " + distance + " under " + policy);
                        moves++;
                    }
                }
            }
        }
        return moves
                + " moves up and down, by both policies, exact; ascending ones with min(distance, n - distance) bytes"
                + " of budget";
    }

    static String relaxed(Stage stage) {
        int length = 1 << 20;
        byte[] ram = new byte[length];
        new Random(2).nextBytes(ram);
        byte[] back = new byte[length];
        stage.withRegion(4, AccessOptions.DEFAULT, region -> {
            region.writeBytes(GIB, MemorySegment.ofArray(ram), 0, length, TransferOrder.RELAXED);
            region.readBytes(GIB, MemorySegment.ofArray(back), 0, length, TransferOrder.RELAXED);
        });
        must(Arrays.equals(ram, back), "1 MiB comes back");
        for (AccessRules rules : stage.rules(CacheMode.NORMAL)) {
            must(
                    AccessPlan.bulk(rules, Direction.WRITE, TransferOrder.RELAXED, 0, 0, length)
                                    .accesses()
                            <= bulk(rules, 0, length).accesses(),
                    "RELAXED needs no more accesses on " + rules.isa());
        }
        return "1 MiB in any order: exact, in the widest units of each ISA";
    }

    static String strictestMemory(Stage stage) {
        int strict = 0;
        for (AccessRules rules : stage.allRules()) {
            if (rules.unaligned(8) != Unaligned.SINGLE) {
                strict++;
                for (int offset = 0; offset < 16; offset++) {
                    must(coversOnce(bulk(rules, offset, 64), offset, 64), "each unit is aligned on " + rules.isa());
                }
            }
        }
        stage.withRegion(0, AccessOptions.DEFAULT, region -> {
            for (int offset = 0; offset < 16; offset++) {
                must(survives(region, 0x1000 + offset, 100), "100 bytes at an odd offset");
            }
        });
        return strict
                + " sets of rules that forbid unaligned accesses: no bulk plan has one, whatever the RAM side's"
                + " alignment";
    }

    static String noncachedIsAccessed(Stage stage) {
        must(stage.device().region(0).capabilities().cacheMode() == CacheMode.NONCACHED, "region 0 is noncached");
        stage.withRegion(
                0,
                AccessOptions.DEFAULT,
                region -> must(survives(region, 0x3001, 4096), "a DMA of 4 KiB into a noncached BAR"));
        return "4 KiB into a noncached BAR, straight, without a bounce buffer";
    }

    static String neitherSplitNorReordered(Stage stage) {
        AccessChecks.alignedIsOneAccess(stage);
        return lastByteLast(stage);
    }

    static String twoGibibytes(Stage stage) {
        try (HostMemoryAccessor region = stage.device().region(4).open(AccessOptions.DEFAULT)) {
            region.writeByte(0, (byte) 42);
            region.writeByte(GIB, (byte) 43);
            String message = "";
            try {
                region.move(0, GIB, 2 * GIB, Transfer.DEFAULT.withBudget(64L << 20));
            } catch (AccessRejectedException refused) {
                message = refused.getMessage();
            }
            must(message.contains(Long.toString(GIB)), "the refusal names the 1 GiB that are needed");
            must(region.readByte(GIB) == 43, "refused before the first byte");
        }
        return "0..2G to 1G..3G, ascending, with a budget of 64 MiB: refused before the first byte, 1073741824 bytes"
                + " are needed";
    }

    /** Writes and reads back with guards on both sides. */
    private static boolean survives(HostMemoryAccessor region, long offset, int length) {
        byte[] guarded = new byte[length + 32];
        byte[] ram = new byte[length + 3];
        new Random(length).nextBytes(ram);
        region.writeBytes(offset - 16, guarded, 0, guarded.length);
        region.writeBytes(offset, ram, 3, length);
        System.arraycopy(ram, 3, guarded, 16, length);
        byte[] seen = new byte[guarded.length];
        region.readBytes(offset - 16, seen, 0, seen.length);
        return Arrays.equals(seen, guarded);
    }

    private static AccessPlan bulk(AccessRules rules, long offset, long length) {
        return AccessPlan.bulk(rules, Direction.WRITE, TransferOrder.ASCENDING, offset, offset, length);
    }
}
