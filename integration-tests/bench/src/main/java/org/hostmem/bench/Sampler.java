package org.hostmem.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Times contenders in turn, in batches that are shorter than a time slice of the operating system: on a machine with other work most batches are undisturbed, and the median is of
 * those. What disturbs for longer, such as a change of the clock, meets all contenders alike.
 */
final class Sampler {

    private static final long BATCH_NANOS = 60_000;

    private final int rounds;
    private final long warmUpNanos;

    Sampler(int rounds, long warmUpNanos) {
        this.rounds = rounds;
        this.warmUpNanos = warmUpNanos;
    }

    /** {@return nanoseconds for one operation, by contender} */
    Map<String, Double> sample(List<Contender> contenders) throws Throwable {
        int n = contenders.size();
        int[] times = new int[n];
        for (int i = 0; i < n; i++) {
            times[i] = calibrate(contenders.get(i));
        }
        double[][] samples = new double[n][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < n; i++) {
                int turn = (i + round) % n;
                if (times[turn] < 8) {
                    contenders.get(turn).time(1); // The caches shall be as this contender leaves them, not the one before.
                }
                samples[turn][round] = (double) contenders.get(turn).time(times[turn]) / times[turn];
            }
        }
        Map<String, Double> medians = new LinkedHashMap<>();
        for (int i = 0; i < n; i++) {
            Arrays.sort(samples[i]);
            medians.put(contenders.get(i).name, samples[i][rounds / 2]);
        }
        return medians;
    }

    /** Warms up, and finds how many times make a batch. */
    private int calibrate(Contender contender) throws Throwable {
        int times = 1;
        double best = Double.MAX_VALUE;
        long start = System.nanoTime();
        int passes = 0;
        do {
            passes++;
            long nanos = Math.max(1, contender.time(times));
            best = Math.min(best, (double) nanos / times);
            times = Math.clamp((long) (BATCH_NANOS / best), 1, times * 4);
        } while (passes < 4 || System.nanoTime() - start < warmUpNanos || times < BATCH_NANOS / best / 2);
        return times;
    }
}
