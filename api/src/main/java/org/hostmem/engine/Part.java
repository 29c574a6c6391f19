package org.hostmem.engine;

import java.util.ArrayList;
import java.util.List;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer.Span;
import org.hostmem.spi.MappedAccessor;

/** A piece of a copy between lists, with one source range and one target range. */
public record Part(HostMemoryAccessor source, long from, HostMemoryAccessor target, long to, long length) {

    /**
     * The parts in the order of the lists, which have the same number of bytes. A part that continues the one before it
     * on both sides is joined with it. An overlap within the two is then that of one copy.
     */
    static List<Part> of(List<Span> sources, List<Span> targets) {
        List<Part> parts = new ArrayList<>();
        long sourceDone = 0;
        long targetDone = 0;
        for (int s = 0, t = 0; s < sources.size() && t < targets.size(); ) {
            Span source = sources.get(s);
            Span target = targets.get(t);
            long n = Math.min(source.length() - sourceDone, target.length() - targetDone);
            add(
                    parts,
                    new Part(
                            source.accessor(),
                            source.offset() + sourceDone,
                            target.accessor(),
                            target.offset() + targetDone,
                            n));
            sourceDone += n;
            targetDone += n;
            if (sourceDone == source.length()) {
                s++;
                sourceDone = 0;
            }
            if (targetDone == target.length()) {
                t++;
                targetDone = 0;
            }
        }
        return parts;
    }

    private static void add(List<Part> parts, Part next) {
        Part last = parts.isEmpty() ? null : parts.getLast();
        if (next.length == 0) {
            return;
        }
        if (last != null
                && last.source == next.source
                && last.target == next.target
                && last.from + last.length == next.from
                && last.to + last.length == next.to) {
            parts.set(
                    parts.size() - 1,
                    new Part(last.source, last.from, last.target, last.to, last.length + next.length));
        } else {
            parts.add(next);
        }
    }

    public long distance() {
        return Mover.distance(source, from, target, to, length);
    }

    /** The number of bytes of its own source that it must keep. */
    long buffer(OverlapPolicy policy) {
        return Mover.buffer(policy, distance(), length);
    }

    long sourceAddress() {
        return MappedAccessor.addressOf(source) + from;
    }

    long targetAddress() {
        return MappedAccessor.addressOf(target) + to;
    }
}
