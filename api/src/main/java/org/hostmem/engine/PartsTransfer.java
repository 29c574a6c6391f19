package org.hostmem.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.Transfer;
import org.hostmem.Transfer.Piece;
import org.hostmem.Transfer.Span;
import org.hostmem.TransferOrder;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Transfer} of many {@linkplain Part parts}, exact as a whole (R7): as if all of the source were read before
 * any of the target is written. If an earlier part overwrites the source of a later one, there are three ways. The
 * overwritten bytes are read before the first byte is written, or the parts run backwards, or the whole transfer is
 * refused. It decides this, and allocates the memory, before the first access.
 */
public final class PartsTransfer {

    private final Transfer how;
    private final List<Part> parts;
    /** For each part, the bytes to read before the first write, or null. */
    private final List<Saved> saved = new ArrayList<>();
    /** For each part, whether it is a reason to refuse the transfer. */
    private final List<Boolean> refused = new ArrayList<>();

    /** For each part, why a device does not accept it, or null. */
    private final List<AccessRejectedException> untaken;

    public PartsTransfer(Transfer how, List<Span> sources, List<Span> targets) {
        this.how = how;
        this.parts = Part.of(sources, targets);
        switch (how.overlap()) {
            case REJECT -> findAnyOverlap();
            case MEMMOVE_ORDER -> findAnOrder();
            case KEEP_ORDER -> findWhatIsLost();
        }
        this.untaken = parts.stream().map(this::untaken).collect(Collectors.toCollection(ArrayList::new));
    }

    // ---- decisions

    private void findAnyOverlap() {
        Written all = new Written();
        parts.forEach(all::add);
        parts.forEach(part -> {
            saved.add(null);
            refused.add(all.of(part) != null);
        });
    }

    /** Chooses forwards or backwards. If neither is right, it refuses the bytes that forwards would lose. */
    private void findAnOrder() {
        List<Saved> lost = lost();
        boolean forwards = lost.stream().allMatch(one -> one == null);
        if (!forwards && writesEachByteOnce()) {
            Collections.reverse(parts);
            if (lost().stream().allMatch(one -> one == null)) {
                forwards = true;
            } else {
                Collections.reverse(parts);
            }
        }
        for (Saved one : lost) {
            saved.add(null);
            refused.add(!forwards && one != null);
        }
    }

    /** Otherwise another part would be the last one to write a byte. */
    private boolean writesEachByteOnce() {
        Written written = new Written();
        return parts.stream().noneMatch(written::add);
    }

    private void findWhatIsLost() {
        saved.addAll(lost());
        boolean isOver = need() > Math.max(0, how.budget());
        for (int i = 0; i < parts.size(); i++) {
            refused.add(isOver && (saved.get(i) != null || parts.get(i).buffer(how.overlap()) > 0));
        }
    }

    /** For each part, the bytes that the parts before it overwrite. */
    private List<Saved> lost() {
        Written written = new Written();
        List<Saved> lost = new ArrayList<>();
        for (Part part : parts) {
            lost.add(written.of(part));
            written.add(part);
        }
        return lost;
    }

    /** The number of bytes that are kept at a time. */
    private long need() {
        return saved.stream().mapToLong(one -> one == null ? 0 : one.bytes()).sum() + largestRing();
    }

    private long largestRing() {
        return parts.stream()
                .mapToLong(part -> part.buffer(how.overlap()))
                .max()
                .orElse(0);
    }

    /** A device that accepts a range need not accept each part of it. */
    private @Nullable AccessRejectedException untaken(Part part) {
        try {
            part.source().check(Direction.READ, part.from(), part.length(), how.order());
            part.target().check(Direction.WRITE, part.to(), part.length(), how.order());
            return null;
        } catch (AccessRejectedException refused) {
            return refused;
        }
    }

    private boolean isRefused(int part) {
        return refused.get(part) || untaken.get(part) != null;
    }

    private void checkTaken() {
        for (AccessRejectedException one : untaken) {
            if (one != null) {
                throw one;
            }
        }
    }

    private void checkRefused() {
        if (!refused.contains(true)) {
            return;
        }
        int first = refused.indexOf(true);
        String what = "a copy of " + parts.size() + " parts overlaps its own source, first in part " + first
                + " (" + parts.get(first).length() + " bytes from offset 0x"
                + Long.toHexString(parts.get(first).from()) + " to offset 0x"
                + Long.toHexString(parts.get(first).to()) + ")";
        throw switch (how.overlap()) {
            case REJECT ->
                new AccessRejectedException(
                        Reason.OVERLAP,
                        what + ". The policy REJECT forbids that: choose OverlapPolicy.KEEP_ORDER or MEMMOVE_ORDER");
            case MEMMOVE_ORDER ->
                new AccessRejectedException(
                        Reason.OVERLAP,
                        what
                                + ". Neither direction is right without a buffer, and MEMMOVE_ORDER has none: choose"
                                + " OverlapPolicy.KEEP_ORDER with a budget");
            case KEEP_ORDER ->
                new AccessRejectedException(
                        Reason.BUDGET,
                        what + ". To keep its order it needs a buffer of " + need() + " bytes, and the budget is "
                                + how.budget() + ": raise it, or choose OverlapPolicy.MEMMOVE_ORDER");
        };
    }

    // ---- what comes of them

    public List<Piece> plan() {
        List<Piece> plans = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            plans.add(new Piece(
                    new Span(part.source(), part.from(), part.length()),
                    new Span(part.target(), part.to(), part.length()),
                    SharedSecrets.transferPlans().ofPart(how, part, saved.get(i), isRefused(i))));
        }
        return plans;
    }

    /** Returns how far it came. */
    public long copy(long length) {
        checkTaken();
        checkRefused();
        Mover mover = Mover.take();
        try (Arena arena = Arena.ofConfined()) {
            mover.report(how.progress(), 0, length);
            long ring = largestRing();
            mover.ring = ring == 0 ? null : Rings.allocate(arena, UpwardMove.memory(ring));
            keepIn(arena);
            for (int i = 0; i < parts.size(); i++) {
                if (saved.get(i) != null) {
                    set(mover, parts.get(i));
                    mover.save(saved.get(i));
                }
            }
            return inOrder(mover, length);
        } finally {
            mover.giveBack();
        }
    }

    private void keepIn(Arena arena) {
        long size =
                saved.stream().mapToLong(one -> one == null ? 0 : one.size()).sum();
        if (size == 0) {
            return;
        }
        MemorySegment all = Rings.allocate(arena, size);
        long at = 0;
        for (Saved one : saved) {
            if (one != null) {
                one.keepIn(all.asSlice(at, one.size()));
                at += one.size();
            }
        }
    }

    /** Stops after a part that was not completed. */
    private long inOrder(Mover mover, long length) {
        long done = 0;
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (done > 0 && how.order() == TransferOrder.ASCENDING) {
                part.target()
                        .barrier(Barrier.FULL); // the part before may be of other memory, which only a barrier keeps in
                // order
            }
            set(mover, part);
            mover.use(saved.get(i));
            mover.report(how.progress(), done, length);
            long moved = mover.move(part.distance(), how.overlap());
            done += moved;
            if (moved < part.length()) {
                break;
            }
        }
        return done;
    }

    private void set(Mover mover, Part part) {
        mover.set(how.order(), part.source(), part.from(), part.target(), part.to(), part.length());
    }
}
