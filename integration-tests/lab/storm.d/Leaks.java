import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What this process holds, as the kernel lists it: files that are mapped or open, by name, and addresses that are kept
 * without access, by size.
 */
final class Leaks {

    private static final int PATIENCE_MILLIS = 20_000;
    /**
     * Below are the classes of the JVM, with room of its own that has no rights; the host maps what it may place
     * anywhere far above.
     */
    private static final long ABOVE_CLASSES = 1L << 36;

    private Leaks() {}

    /**
     * The JVM itself keeps addresses for more heap, more classes and more threads, which come and go: only sizes that
     * regions of the storm have count. A page before others without rights is the end of a thread's stack, in two
     * parts.
     */
    static Map<String, Long> held(long... reservedSizes) throws IOException {
        Map<String, Long> held = new TreeMap<>();
        List<String> lines = Files.readAllLines(Path.of("/proc/self/maps"));
        for (int i = 0; i < lines.size(); i++) {
            String[] words = lines.get(i).split(" +");
            if (words.length > 5 && (words[5].startsWith("/") || words[5].contains("hostmem"))) {
                held.merge("mapped " + words[5], 1L, Long::sum);
            } else if (words[1].equals("---p")
                    && isOneOf(size(words[0]), reservedSizes)
                    && isOfRegions(words[0], i + 1 < lines.size() ? lines.get(i + 1) : "")) {
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

    private static boolean isOfRegions(String range, String next) {
        String[] ends = range.split("-");
        boolean endOfAStack = next.startsWith(ends[1] + "-") && next.contains(" ---p ");
        return !endOfAStack && Long.compareUnsigned(Long.parseUnsignedLong(ends[0], 16), ABOVE_CLASSES) >= 0;
    }

    private static long size(String range) {
        String[] ends = range.split("-");
        return Long.parseUnsignedLong(ends[1], 16) - Long.parseUnsignedLong(ends[0], 16);
    }

    private static boolean isOneOf(long size, long... some) {
        for (long one : some) {
            if (size == one) {
                return true;
            }
        }
        return false;
    }

    /**
     * What there is more of than before. Addresses are given back once the collector has found that nobody can use them
     * any more, so it may take a while.
     */
    static Map<String, Long> since(Map<String, Long> before, long... reservedSizes)
            throws IOException, InterruptedException {
        Map<String, Long> more = Map.of();
        for (long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L; System.nanoTime() < end; ) {
            System.gc();
            Thread.sleep(100);
            more = new TreeMap<>();
            for (Map.Entry<String, Long> now : held(reservedSizes).entrySet()) {
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
