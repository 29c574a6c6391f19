package org.hostmem.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One row of the table: what is compared, and what the ratio has to be.
 *
 * @param id of the row
 * @param fork what a fork has to run for it; rows can share one
 * @param work what Hostmem does
 * @param against what a user would otherwise do
 * @param unit of the figure
 * @param atLeast whether the ratio may be above or below the target
 * @param target of the ratio
 * @param peers of which the best counts; empty if the fork prints the figure itself, as contender {@code value}
 * @param mean whether the geometric mean over the points counts, else the worst point
 * @param points a regular expression for the names of the points that count
 */
record Row(
        String id,
        String fork,
        String work,
        String against,
        String unit,
        boolean atLeast,
        double target,
        List<String> peers,
        boolean mean,
        String points) {

    /** Of rows that only say how another peer compares. */
    static final double NO_TARGET = 0;

    /** Of all points. */
    Row(
            String id,
            String fork,
            String work,
            String against,
            String unit,
            boolean atLeast,
            double target,
            List<String> peers,
            boolean mean) {
        this(id, fork, work, against, unit, atLeast, target, peers, mean, ".*");
    }

    /** A figure with the spread over the forks. */
    record Figure(double low, double middle, double high) {}

    /** What all forks said: point, then contender, then one time for each fork. */
    static final class Samples {
        final Map<String, Map<String, List<Double>>> points = new LinkedHashMap<>();

        void add(String point, String contender, double value) {
            points.computeIfAbsent(point, p -> new LinkedHashMap<>())
                    .computeIfAbsent(contender, c -> new ArrayList<>())
                    .add(value);
        }
    }

    /** Ratios by point. Those of throughput are peer's time by ours, those of time ours by the peer's. */
    Map<String, Figure> ratios(Samples samples) {
        return ratios(samples, "hostmem");
    }

    /**
     * What the least code that makes the same accesses would come to, at the points where it was measured; none where
     * the fork prints the figure itself.
     */
    Map<String, Figure> limits(Samples samples) {
        return peers.isEmpty() || peers.contains("limit") ? Map.of() : ratios(samples, "limit");
    }

    private Map<String, Figure> ratios(Samples samples, String whose) {
        Map<String, Figure> ratios = new LinkedHashMap<>();
        samples.points.forEach((point, contenders) -> {
            List<Double> ours = contenders.get(peers.isEmpty() ? "value" : whose);
            if (!point.matches(points)
                    || ours == null
                    || !peers.isEmpty() && peers.stream().noneMatch(contenders::containsKey)) {
                return;
            }
            List<Double> all = new ArrayList<>();
            for (int fork = 0; fork < ours.size(); fork++) {
                int f = fork;
                double peer = peers.isEmpty()
                        ? 1
                        : peers.stream()
                                .filter(contenders::containsKey)
                                .mapToDouble(p -> contenders.get(p).get(f))
                                .min()
                                .orElseThrow();
                all.add(peers.isEmpty() ? ours.get(f) : atLeast ? peer / ours.get(f) : ours.get(f) / peer);
            }
            ratios.put(point, figure(all));
        });
        return ratios;
    }

    static Figure figure(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(v -> v).sorted().toArray();
        int n = sorted.length;
        return new Figure(
                sorted[0], n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2, sorted[n - 1]);
    }

    /** The row's figure from those of its points. */
    Figure total(Map<String, Figure> ratios) {
        return mean ? mean(ratios) : worst(ratios);
    }

    /** The geometric mean; of nothing but zeros, zero. */
    Figure mean(Map<String, Figure> ratios) {
        return new Figure(mean(ratios, 0), mean(ratios, 1), mean(ratios, 2));
    }

    String worstPoint(Map<String, Figure> ratios) {
        Figure worst = worst(ratios);
        return ratios.entrySet().stream()
                .filter(e -> e.getValue() == worst)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    Figure worst(Map<String, Figure> ratios) {
        return new TreeMap<>(ratios)
                .values().stream()
                        .reduce((a, b) -> (a.middle < b.middle) == atLeast ? a : b)
                        .orElseThrow();
    }

    private static double mean(Map<String, Figure> ratios, int part) {
        return Math.exp(ratios.values().stream()
                .mapToDouble(f -> Math.log(part == 0 ? f.low : part == 1 ? f.middle : f.high))
                .average()
                .orElseThrow());
    }

    boolean hasTarget() {
        return target != NO_TARGET || !atLeast;
    }

    boolean met(double ratio) {
        return atLeast ? ratio >= target : ratio <= target + 0.005;
    }
}
