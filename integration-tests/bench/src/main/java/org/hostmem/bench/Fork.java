package org.hostmem.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One JVM's share of a row: measures, and prints {@code point contender nanoseconds} lines for {@link Main} to read.
 */
final class Fork {

    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    /** For each place of code that runs for a few nanoseconds. */
    private static final long WARM_UP = 80_000_000;

    private final boolean quick;
    private final int places;

    private Fork(boolean quick) {
        this.quick = quick;
        this.places = quick ? 4 : 8;
    }

    public static void main(String[] args) throws Throwable {
        Fork fork = new Fork(Boolean.getBoolean("hostmem.bench.quick"));
        switch (args[0]) {
            case "P1" -> fork.scalars();
            case "P2" -> fork.deviceScalars();
            case "P3" -> fork.addressSpace();
            case "P4" -> fork.unobserved();
            case "P5" -> fork.ascending();
            case "P6" -> fork.noncached();
            case "P7" -> fork.combining();
            case "P8" -> fork.odd();
            case "P9" -> fork.moves();
            case "P10" -> Whole.threads(fork.quick);
            case "P11" -> Whole.allocation(fork.quick);
            case "P12" -> Whole.safepoints(fork.quick);
            case "P16" -> fork.pollutedScalars();
            case "P17" -> fork.pollutedBus("cpu");
            case "P17-space" -> fork.pollutedBus("space");
            case "P19" -> Growing.changes(fork.quick);
            case "P20" -> Growing.lookups(fork.quick, false);
            case "P20-cpu" -> Growing.lookups(fork.quick, true);
            case "growth" -> Whole.growth(fork.quick);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private void print(String point, Map<String, Double> nanos) {
        nanos.forEach((contender, time) -> System.out.printf(Locale.ROOT, "%s %s %.4f%n", point, contender, time));
    }

    private Sampler sampler(long size) {
        if (size >= 4 * MIB) {
            return new Sampler(quick ? 5 : 11, 1);
        }
        return new Sampler(quick ? 31 : 101, quick ? 4_000_000 : 20_000_000);
    }

    private static void warm(List<Contender> contenders, long nanos) throws Throwable {
        new Sampler(1, nanos).sample(contenders);
    }

    private void sample(String point, long size, List<Contender> contenders) throws Throwable {
        print(point, sampler(size).sample(contenders));
    }

    // ---- P1, P2

    private void scalars() throws Throwable {
        Scalars s = new Scalars();
        s.setUp();
        List<List<Contender>> pairs = List.of(
                List.of(
                        Contender.of("hostmem", places, s::hostmemRead1),
                        Contender.of("limit", places, () -> s.least.readByte(s.offset)),
                        Contender.of("raw", places, s::rawRead1)),
                List.of(
                        Contender.of("hostmem", places, s::hostmemRead2),
                        Contender.of("limit", places, () -> s.least.readShort(s.offset)),
                        Contender.of("raw", places, s::rawRead2)),
                List.of(
                        Contender.of("hostmem", places, s::hostmemRead4),
                                Contender.of("limit", places, () -> s.least.readInt(s.offset)),
                        Contender.of("raw", places, s::rawRead4), Contender.of("agrona", places, s::agronaRead4),
                        Contender.of("agronaVolatile", places, s::agronaReadVolatile4),
                                Contender.of("netty", places, s::nettyRead4)),
                List.of(
                        Contender.of("hostmem", places, s::hostmemRead8),
                        Contender.of("limit", places, () -> s.least.readLong(s.offset)),
                        Contender.of("raw", places, s::rawRead8)),
                List.of(
                        Contender.ofAction("hostmem", places, s::hostmemWrite1),
                        Contender.ofAction("limit", places, () -> s.least.writeByte(s.offset, s.b)),
                        Contender.ofAction("raw", places, s::rawWrite1)),
                List.of(
                        Contender.ofAction("hostmem", places, s::hostmemWrite2),
                        Contender.ofAction("limit", places, () -> s.least.writeShort(s.offset, s.s)),
                        Contender.ofAction("raw", places, s::rawWrite2)),
                List.of(
                        Contender.ofAction("hostmem", places, s::hostmemWrite4),
                        Contender.ofAction("limit", places, () -> s.least.writeInt(s.offset, s.i)),
                        Contender.ofAction("raw", places, s::rawWrite4),
                        Contender.ofAction("agrona", places, s::agronaWrite4),
                        Contender.ofAction("netty", places, s::nettyWrite4)),
                List.of(
                        Contender.ofAction("hostmem", places, s::hostmemWrite8),
                        Contender.ofAction("limit", places, () -> s.least.writeLong(s.offset, s.l)),
                        Contender.ofAction("raw", places, s::rawWrite8)));
        for (List<Contender> pair : pairs) {
            warm(pair, WARM_UP);
        }
        String[] points = {"read1", "read2", "read4", "read8", "write1", "write2", "write4", "write8"};
        for (int i = 0; i < points.length; i++) {
            print(points[i], new Sampler(quick ? 301 : 1001, 1).sample(pairs.get(i)));
        }
    }

    private void deviceScalars() throws Throwable {
        Scalars s = new Scalars();
        s.setUp();
        List<List<Contender>> pairs = List.of(
                List.of(Contender.of("hostmem", places, s::deviceRead4), Contender.of("bare", places, s::bareRead4)),
                List.of(Contender.of("hostmem", places, s::deviceRead8), Contender.of("bare", places, s::bareRead8)),
                List.of(
                        Contender.ofAction("hostmem", places, s::deviceWrite4),
                        Contender.of("bare", places, s::bareWrite4)),
                List.of(
                        Contender.ofAction("hostmem", places, s::deviceWrite8),
                        Contender.of("bare", places, s::bareWrite8)));
        for (List<Contender> pair : pairs) {
            warm(pair, WARM_UP);
        }
        String[] points = {"read4", "read8", "write4", "write8"};
        for (int i = 0; i < points.length; i++) {
            print(points[i], new Sampler(quick ? 301 : 1001, 1).sample(pairs.get(i)));
        }
    }

    private void addressSpace() throws Throwable {
        Scalars s = new Scalars();
        s.setUp();
        List<Contender> reads =
                List.of(Contender.of("hostmem", places, s::spaceRead4), Contender.of("device", places, s::deviceRead4));
        List<Contender> writes = List.of(
                Contender.ofAction("hostmem", places, s::spaceWrite4),
                Contender.ofAction("device", places, s::deviceWrite4));
        warm(reads, WARM_UP);
        warm(writes, WARM_UP);
        print("read4", new Sampler(quick ? 301 : 1001, 1).sample(reads));
        print("write4", new Sampler(quick ? 301 : 1001, 1).sample(writes));
    }

    // ---- P16, P17

    private void pollutedScalars() throws Throwable {
        Polluted p = new Polluted();
        List<List<Contender>> pairs = List.of(
                List.of(Contender.of("hostmem", places, p::read1), Contender.of("segment", places, p::segmentRead1)),
                List.of(Contender.of("hostmem", places, p::read2), Contender.of("segment", places, p::segmentRead2)),
                List.of(Contender.of("hostmem", places, p::read4), Contender.of("segment", places, p::segmentRead4)),
                List.of(Contender.of("hostmem", places, p::read8), Contender.of("segment", places, p::segmentRead8)),
                List.of(
                        Contender.ofAction("hostmem", places, p::write1),
                        Contender.ofAction("segment", places, p::segmentWrite1)),
                List.of(
                        Contender.ofAction("hostmem", places, p::write2),
                        Contender.ofAction("segment", places, p::segmentWrite2)),
                List.of(
                        Contender.ofAction("hostmem", places, p::write4),
                        Contender.ofAction("segment", places, p::segmentWrite4)),
                List.of(
                        Contender.ofAction("hostmem", places, p::write8),
                        Contender.ofAction("segment", places, p::segmentWrite8)));
        for (List<Contender> pair : pairs) {
            warm(pair, WARM_UP);
        }
        String[] points = {"read1", "read2", "read4", "read8", "write1", "write2", "write4", "write8"};
        for (int i = 0; i < points.length; i++) {
            print(points[i], new Sampler(quick ? 301 : 1001, 1).sample(pairs.get(i)));
        }
    }

    private void pollutedBus(String ours) throws Throwable {
        Polluted p = new Polluted();
        List<Contender> contenders = List.of(
                Contender.of("hostmem", ours.equals("cpu") ? p::byCpu : p::bySpace),
                Contender.of("segment", p::bySegment));
        warm(contenders, 10 * WARM_UP);
        print("loop", new Sampler(quick ? 301 : 1001, 1).sample(contenders));
    }

    // ---- P4 to P8

    private List<Long> sizes(long from, long to) {
        List<Long> sizes = new ArrayList<>();
        for (long size = from; size <= to; size *= quick && size >= KIB ? 16 : quick ? 4 : 2) {
            sizes.add(size);
        }
        if (sizes.getLast() != to) {
            sizes.add(to);
        }
        return sizes;
    }

    private void copies(long from, long to, long[][] alignments, Copies c, String prefix, List<Contender> contenders)
            throws Throwable {
        c.at(from, 0, 0);
        warm(contenders, 150_000_000);
        c.at(4 * KIB, 0, 0);
        warm(contenders, 50_000_000);
        c.at(MIB, 0, 0);
        warm(contenders, 30_000_000); // Teaches the accessor how long its calls may be.
        for (long size : sizes(from, to)) {
            for (long[] alignment : alignments) {
                c.at(size, alignment[0], alignment[1]);
                sample(prefix + size + "+" + alignment[0] + "+" + alignment[1], size, contenders);
            }
        }
    }

    private void unobserved() throws Throwable {
        Copies c = new Copies(64 * MIB);
        long[][] alignments = {{0, 0}, {0, 5}, {3, 0}};
        copies(
                64,
                64 * MIB,
                alignments,
                c,
                "write",
                List.of(
                        Contender.ofAction("hostmem", c::unobservedWrite),
                        Contender.ofAction("mayVanish", c::guardedWrite),
                        Contender.ofAction("relaxed", c::relaxedWrite),
                        Contender.of("memcpy", c::memcpyWrite),
                        Contender.ofAction("segment", c::segmentCopyWrite),
                        Contender.ofAction("agrona", c::agronaWrite),
                        Contender.ofAction("netty", c::nettyWrite)));
        copies(
                64,
                64 * MIB,
                alignments,
                c,
                "read",
                List.of(
                        Contender.ofAction("hostmem", c::unobservedRead),
                        Contender.ofAction("mayVanish", c::guardedRead),
                        Contender.ofAction("relaxed", c::relaxedRead),
                        Contender.of("memcpy", c::memcpyRead),
                        Contender.ofAction("segment", c::segmentCopyRead)));
    }

    private void ascending() throws Throwable {
        Copies c = new Copies(64 * MIB);
        copies(
                256,
                64 * MIB,
                new long[][] {{0, 0}},
                c,
                "write",
                List.of(
                        Contender.ofAction("hostmem", c::ascendingWrite),
                        Contender.of("limit", c::exactAscendingWrite),
                        Contender.of("memcpy", c::memcpyWrite)));
        copies(
                256,
                64 * MIB,
                new long[][] {{0, 0}},
                c,
                "read",
                List.of(
                        Contender.ofAction("hostmem", c::ascendingRead),
                        Contender.of("limit", c::exactAscendingRead),
                        Contender.of("memcpy", c::memcpyRead)));
    }

    private void noncached() throws Throwable {
        Copies c = new Copies(MIB);
        copies(
                64,
                MIB,
                new long[][] {{0, 0}},
                c,
                "write",
                List.of(
                        Contender.ofAction("hostmem", c::noncachedWrite),
                        Contender.of("limit", c::exactDeviceWrite),
                        Contender.of("volatile8", c::volatile8Write),
                        Contender.of("repmovs", c::repMovsWrite),
                        Contender.ofAction("opaque", c::opaqueWrite)));
    }

    private void combining() throws Throwable {
        Copies c = new Copies(MIB);
        copies(
                4 * KIB,
                MIB,
                new long[][] {{0, 0}, {4, 0}},
                c,
                "write",
                List.of(
                        Contender.ofAction("hostmem", c::combiningWrite),
                        Contender.of("limit", c::exactCombiningWrite),
                        Contender.of("gdrcopy", c::gdrcopyWrite)));
    }

    private void odd() throws Throwable {
        Copies c = new Copies(MIB);
        List<Contender> contenders = List.of(
                Contender.ofAction("hostmem", places, c::noncachedWrite),
                Contender.of("limit", places, c::exactDeviceWrite),
                Contender.of("qemu", places, c::qemuWrite));
        c.at(7, 0, 0);
        warm(contenders, WARM_UP);
        for (long size : new long[] {7, 15}) {
            for (long offset : new long[] {0, 1}) {
                c.at(size, offset, 0);
                print("write" + size + "+" + offset, new Sampler(quick ? 201 : 1001, 1).sample(contenders));
            }
        }
    }

    private void moves() throws Throwable {
        Copies c = new Copies(2 * MIB);
        List<Contender> contenders =
                List.of(Contender.ofAction("hostmem", c::ascendingMove), Contender.of("memmove", c::memmove));
        c.at(MIB, 0, 0);
        for (long distance : new long[] {64, 4 * KIB, 512 * KIB}) { // Each takes another way through the code.
            c.distance = distance;
            warm(contenders, 300_000_000);
        }
        for (long distance = 64; distance <= 512 * KIB; distance *= quick ? 8 : 2) {
            c.distance = distance;
            print("move" + distance, new Sampler(quick ? 15 : 31, 20_000_000).sample(contenders));
        }
    }
}
