package org.hostmem.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Times contenders in turn, in batches that are shorter than a time slice of the operating system: on a machine with
 * other work most batches are undisturbed, and the median is of those. What disturbs for longer, such as a change of
 * the clock, meets all contenders alike.
 */
final class Sampler {

    private static final long BATCH_NANOS = 60_000;

    private final int rounds;
    private final long warmUpNanos;

    Sampler(int rounds, long warmUpNanos) {
        this.rounds = rounds;
        this.warmUpNanos = warmUpNanos;
    }

    /** One copy of a contender's code. */
    private record Place(Contender contender, int number, int times, double[] samples) {

        void sample(int round) throws Throwable {
            if (times < 8) {
                contender.time(number, 1); // The caches shall be as this contender leaves them, not the one before.
            }
            samples[round] = (double) contender.time(number, times) / times;
        }

        double median() {
            Arrays.sort(samples);
            return samples[samples.length / 2];
        }
    }

    /**
     * {@return nanoseconds for one operation, by contender: the median, and of several places the mean of the middle
     * half of theirs}
     */
    Map<String, Double> sample(List<Contender> contenders) throws Throwable {
        List<Place> places = new ArrayList<>();
        for (Contender contender : contenders) {
            for (int number = 0; number < contender.places(); number++) {
                places.add(new Place(
                        contender,
                        number,
                        calibrate(contender, number),
                        new double[Math.max(1, rounds / contender.places())]));
            }
        }
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < places.size(); i++) {
                Place turn = places.get((i + round) % places.size());
                if (round < turn.samples.length) {
                    turn.sample(round);
                }
            }
        }
        return places.stream()
                .collect(Collectors.groupingBy(
                        place -> place.contender.name,
                        LinkedHashMap::new,
                        Collectors.collectingAndThen(Collectors.toList(), Sampler::middle)));
    }

    private static double middle(List<Place> places) {
        int n = places.size();
        return places.stream()
                .mapToDouble(Place::median)
                .sorted()
                .skip(n / 4)
                .limit(n - 2 * (n / 4))
                .average()
                .orElseThrow();
    }

    /** Warms up, and finds how many times make a batch. */
    private int calibrate(Contender contender, int place) throws Throwable {
        int times = 1;
        double best = Double.MAX_VALUE;
        long start = System.nanoTime();
        int passes = 0;
        do {
            passes++;
            long nanos = Math.max(1, contender.time(place, times));
            best = Math.min(best, (double) nanos / times);
            times = Math.clamp((long) (BATCH_NANOS / best), 1, times * 4);
        } while (passes < 4 || System.nanoTime() - start < warmUpNanos || times < BATCH_NANOS / best / 2);
        return times;
    }
}
