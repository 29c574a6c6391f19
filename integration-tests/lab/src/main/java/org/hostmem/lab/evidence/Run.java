package org.hostmem.lab.evidence;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The result of one run of observe, as its file has it: JSON, a component a key.
 *
 * @param exchangesOnNormal stores that the interpreter made with xchg
 * @param sparedOnNormal reads that a JIT dropped or narrowed
 */
public record Run(
        String isa,
        String tier,
        String observer,
        boolean good,
        long plans,
        long plansEqual,
        long controls,
        long controlsCaught,
        long seed,
        String vm,
        long seconds,
        long cpuSeconds,
        long rows,
        long mutations,
        long mutationsNoticed,
        long exchangesOnNormal,
        long sparedOnNormal,
        Compilation compilation,
        List<Barrier> barriers,
        List<Sampled> sampled,
        Map<String, Mode> modes,
        List<Control> controlResults,
        List<Drawn> pictures,
        List<String> failures) {

    private static final Gson JSON = new GsonBuilder()
            .setStrictness(Strictness.STRICT)
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .create();

    /** What -XX:+PrintCompilation showed. In the interpreter all of it is 0 and empty. */
    public record Compilation(
            int operationsCompiledBefore,
            int otherMethodsCompiledBefore,
            int compiledWhileMeasuring,
            List<String> droppedWhileMeasuring) {}

    /** {@code routine} is null if the listing has none for the purpose. */
    public record Barrier(String purpose, Collection<String> rules, List<String> routine, boolean equal) {}

    /** How many of the cases were tried. */
    public record Sampled(String what, long cases, long of) {}

    /** How many of the cases that a rule is about kept it. */
    public record Count(long passed, long cases) {}

    /** What the library said of a cache mode, and the count of each rule. */
    public record Mode(
            String provider,
            long widestRead,
            long widestWrite,
            long widestAscending,
            String unaligned,
            Collection<String> guarantees,
            Map<String, Count> rules) {}

    /** {@code named} are the rules that the control must break, {@code breaks} those that it broke, and how. */
    public record Control(
            String name,
            String request,
            Collection<String> named,
            String state,
            Map<String, String> breaks,
            String seen,
            List<String> code) {}

    /** One access of a picture. Offsets of the side {@code ram} count from the first byte of the transfer. */
    public record Access(String side, char kind, int offset, int width) {

        boolean device() {
            return side.equals("device");
        }

        int end() {
            return offset + width;
        }

        /** Whether it is not at a multiple of its width, or has no width of an instruction. */
        boolean misaligned() {
            return Integer.bitCount(width) != 1 || offset % width != 0;
        }

        private boolean isDrawable() {
            return "LSX".indexOf(kind) >= 0 && offset >= 0 && offset < 1 << 20 && width >= 1 && width <= 64;
        }

        @Override
        public String toString() {
            return kind + "" + 8 * width + (device() ? "@" : "@ram+") + offset;
        }
    }

    /** What several made of one request. */
    public record Drawn(int size, int offset, Map<String, List<Access>> by) {
        String name() {
            return size + "@" + offset;
        }
    }

    /** The name of a run, which is that of its file. */
    String name() {
        return name(isa, tier, observer);
    }

    static String name(String isa, String tier, String observer) {
        return isa + "-" + tier + (observer.equals("plugin") ? "" : "-" + observer);
    }

    boolean full() {
        return sampled.stream().allMatch(one -> one.cases == one.of);
    }

    /** How many of the 16 device offsets each size was tried at, as fills show it. It is 0 when this cannot be told. */
    long per() {
        return sampled.stream()
                .filter(one -> one.what.equals("fill") && one.of > 0 && one.cases * 16 % one.of == 0)
                .mapToLong(one -> one.cases * 16 / one.of)
                .findFirst()
                .orElse(0);
    }

    /** {@return the text of its file} */
    public String json() {
        return JSON.toJson(this) + "\n";
    }

    /**
     * {@return what a file says}
     *
     * @throws IllegalArgumentException if it is not the result of a run
     */
    static Run read(String text) {
        Run run;
        try {
            run = JSON.fromJson(text, Run.class);
        } catch (JsonParseException e) {
            throw new IllegalArgumentException("not JSON: " + e.getMessage(), e);
        }
        if (run == null || run.hasGaps()) {
            throw new IllegalArgumentException("not a whole result of observe");
        }
        run.pictures.sort(Comparator.comparingInt(Drawn::size).thenComparingInt(Drawn::offset));
        run.pictures.stream()
                .flatMap(drawn -> drawn.by.values().stream())
                .flatMap(List::stream)
                .filter(access -> !access.isDrawable())
                .forEach(access -> {
                    throw new IllegalArgumentException("a picture has " + access + ", which is no access");
                });
        return run;
    }

    private boolean hasGaps() {
        return Stream.of(
                        isa,
                        tier,
                        observer,
                        vm,
                        compilation,
                        barriers,
                        sampled,
                        modes,
                        controlResults,
                        pictures,
                        failures)
                .anyMatch(Objects::isNull);
    }
}
