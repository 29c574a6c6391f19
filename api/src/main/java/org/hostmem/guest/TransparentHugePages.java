package org.hostmem.guest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of its transparent huge pages. */
final class TransparentHugePages {

    private static final Path FOLDER = Path.of("/sys/kernel/mm/transparent_hugepage");
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    private static final String COUNT = "AnonHugePages:";
    private static final int HEX = 16;

    private TransparentHugePages() {}

    static HugePages of(long address, long size, int refusal) {
        String pageSize = text(FOLDER.resolve("hpage_pmd_size"));
        return new HugePages(
                pageSize.isEmpty() ? 0 : Long.parseLong(pageSize),
                chosen(text(FOLDER.resolve("enabled"))),
                refusal,
                bytes(address, size));
    }

    /** The word in brackets. */
    private static String chosen(String words) {
        int begin = words.indexOf('[');
        int end = words.indexOf(']');
        return begin < 0 || end < begin ? "" : words.substring(begin + 1, end);
    }

    /**
     * The kernel counts them for each mapping. The RAM is one mapping or several, which have no other memory: pages
     * that nobody may access lie behind it.
     */
    private static long bytes(long address, long size) {
        long bytes = 0;
        boolean isHere = false;
        for (String line : text(MAPPINGS).lines().toList()) {
            if (line.startsWith(COUNT)) {
                bytes += isHere ? Long.parseLong(line.replaceAll("\\D", "")) * 1024 : 0;
            } else if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                int dash = line.indexOf('-');
                long start = Long.parseUnsignedLong(line, 0, dash, HEX);
                long end = Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), HEX);
                isHere = Long.compareUnsigned(start, address + size) < 0 && Long.compareUnsigned(address, end) < 0;
            }
        }
        return bytes;
    }

    /** Empty if the host has no such file. */
    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException absent) {
            return "";
        }
    }
}
