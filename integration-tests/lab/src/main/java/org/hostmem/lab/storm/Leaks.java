package org.hostmem.lab.storm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * What this process holds, as the kernel lists it: files that are mapped or open, by name, and addresses that are kept
 * without access where regions of the storm were. The JVM keeps such addresses too, so those of regions are noted while
 * they are mapped.
 */
final class Leaks {

    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final int PATIENCE_MILLIS = 20_000;

    private static final Set<String> STARTS = ConcurrentHashMap.newKeySet();
    private static final Set<String> ENDS = ConcurrentHashMap.newKeySet();

    private Leaks() {}

    /** Notes the addresses of all regions that are mapped now. */
    static void note() throws IOException {
        for (String line : Files.readAllLines(MAPS)) {
            if (line.contains("hostmem")) {
                note(line.split(" ", 2)[0]);
            }
        }
    }

    /** Notes the addresses of memory that has no name. */
    static void note(MemorySegment memory) {
        note("%08x-%08x".formatted(memory.address(), memory.address() + memory.byteSize()));
    }

    private static void note(String range) {
        String[] ends = range.split("-", 2);
        STARTS.add(ends[0]);
        ENDS.add(ends[1]);
    }

    static Map<String, Long> held() throws IOException {
        Map<String, Long> held = new TreeMap<>();
        for (String line : Files.readAllLines(MAPS)) {
            String[] words = line.split(" +", -1);
            if (words.length > 5 && (words[5].startsWith("/") || words[5].contains("hostmem"))) {
                held.merge("mapped " + words[5], 1L, Long::sum);
            } else if (words[1].equals("---p") && wasRegions(words[0])) {
                held.merge("reserved " + size(words[0]), 1L, Long::sum);
            }
        }
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            for (Path file : files.toList()) {
                try {
                    held.merge(
                            "open " + Files.readSymbolicLink(file).toString().replaceAll("\\d+", "N"), 1L, Long::sum);
                } catch (IOException itself) {
                    // the descriptor of the listing
                }
            }
        }
        return held;
    }

    /** The kernel lists neighbours without rights as one. */
    private static boolean wasRegions(String range) {
        String[] ends = range.split("-", 2);
        return STARTS.contains(ends[0]) && ENDS.contains(ends[1]);
    }

    private static long size(String range) {
        String[] ends = range.split("-", 2);
        return Long.parseUnsignedLong(ends[1], 16) - Long.parseUnsignedLong(ends[0], 16);
    }

    /**
     * What there is more of than before. Addresses are given back once the collector has found that nobody can use them
     * any more, so it may take a while.
     */
    static Map<String, Long> since(Map<String, Long> before) throws IOException, InterruptedException {
        Map<String, Long> more = Map.of();
        for (long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L; System.nanoTime() < end; ) {
            System.gc();
            Thread.sleep(100);
            more = new TreeMap<>();
            for (Map.Entry<String, Long> now : held().entrySet()) {
                long rise = now.getValue() - before.getOrDefault(now.getKey(), 0L);
                if (rise > 0) {
                    more.put(now.getKey(), rise);
                }
            }
            if (more.isEmpty()) {
                break;
            }
        }
        return more;
    }
}
