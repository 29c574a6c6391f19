package org.hostmem.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** QEMU's own record of what reached edu, cut at the marks of {@link EduProgram}. */
final class Trace {

    private static final Pattern ACCESS = Pattern.compile(
            "memory_region_ops_(read|write) cpu \\S+ mr \\S+ addr 0x(\\p{XDigit}+) value 0x(\\p{XDigit}+) size (\\d+)"
                    + " name '([^']+)'");
    private static final Pattern REFUSED = Pattern.compile(
            "Invalid (read|write) at addr 0x(\\p{XDigit}+), size (\\d+), region 'edu-mmio', reason: invalid size.*");

    private final Map<Integer, List<Access>> byMark = new HashMap<>();

    /**
     * What the device saw.
     *
     * @param text direction, width and offset, for example {@code W4@80}; behind it {@code refused} if the device does
     *     not take this width
     * @param value as it was written or read; 0 where it was refused
     */
    record Access(String text, long value) {}

    Trace(Path file) throws IOException {
        List<Access> now = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            Matcher access = ACCESS.matcher(line);
            Matcher refused = REFUSED.matcher(line);
            if (access.find()) {
                long address = Long.parseUnsignedLong(access.group(2), 16);
                long value = Long.parseUnsignedLong(access.group(3), 16);
                boolean write = access.group(1).equals("write");
                if (access.group(5).equals("edu-mmio")) {
                    now.add(new Access(text(write, access.group(4), address), value));
                } else if (access.group(5).equals("pci-testdev-portio") && write) {
                    int mark = (int) ((address & 0xff) - EduProgram.MARKS << 8 | value);
                    now = new ArrayList<>();
                    if (byMark.put(mark, now) != null) {
                        throw new AssertionError("mark " + mark + " is in the trace twice");
                    }
                }
            } else if (refused.find()) {
                now.add(new Access(
                        text(
                                        refused.group(1).equals("write"),
                                        refused.group(3),
                                        Long.parseUnsignedLong(refused.group(2), 16))
                                + " refused",
                        0));
            } else if (line.contains("edu-mmio")) {
                throw new AssertionError("not understood: " + line);
            }
        }
    }

    /** A BAR lies at a multiple of its size. */
    private static String text(boolean write, String size, long address) {
        return (write ? "W" : "R") + size + "@" + Long.toHexString(address & EduProgram.SIZE - 1);
    }

    /** {@return what came between this mark and the next} */
    List<Access> after(int mark) {
        List<Access> accesses = byMark.get(mark);
        if (accesses == null) {
            throw new AssertionError("mark " + mark + " is not in the trace");
        }
        return accesses;
    }
}
