package org.hostmem.arch.generic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The handlers of all class loaders that loaded this library into the process, known by the kernel's name of their
 * pages.
 */
final class CodePages {

    /**
     * What the pages are called, with a number that changes when what stood in front of a handler or a table of records
     * stands elsewhere.
     */
    static final String NAME = "hostmem-code-1";

    /** More handlers than this are not followed. */
    static final int MOST = 10_000;

    private static final Path MAPS = Path.of("/proc/self/maps");

    // Neither code nor records are ever freed.
    private static final Map<Long, ByteBuffer> KNOWN = new ConcurrentHashMap<>();
    private static final NavigableMap<Long, Long> PAGES = new ConcurrentSkipListMap<>();

    private CodePages() {}

    /** The words of a handler; null if it is not one of this library's. */
    static @Nullable ByteBuffer words(long handler) {
        ByteBuffer known = KNOWN.get(handler);
        if (known == null && isCode(handler)) {
            long table = Libc.words(handler - Long.BYTES, Long.BYTES).getLong(0);
            known = Libc.words(table - Guard.WORDS, Guard.WORDS);
            KNOWN.put(handler, known);
        }
        return known;
    }

    private static boolean isCode(long address) {
        if (!isKnown(address)) {
            look();
        }
        return isKnown(address);
    }

    private static boolean isKnown(long address) {
        Map.Entry<Long, Long> pages = PAGES.floorEntry(address - Long.BYTES);
        return pages != null && address < pages.getValue();
    }

    private static void look() {
        try {
            for (String line : Files.readAllLines(MAPS)) {
                if (line.contains("/memfd:" + NAME + " ")) {
                    int dash = line.indexOf('-');
                    PAGES.put(
                            Long.parseUnsignedLong(line, 0, dash, 16),
                            Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16));
                }
            }
        } catch (IOException notShown) {
            // It is taken for somebody else's then, which costs a place in the chain and nothing else.
        }
    }
}
