package org.hostmem.vfio.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hostmem.CacheMode;
import org.hostmem.vfio.CacheModeCheck;
import org.hostmem.vfio.CacheModeCheck.Finding;
import org.hostmem.vfio.pci.PciResource;

/** The kernel's list of memory types: {@code /sys/kernel/debug/x86/pat_memtype_list}. */
public final class MemoryTypes {

    private static final String LIST = "kernel/debug/x86/pat_memtype_list";

    /** {@code arch/x86/mm/pat/memtype.c memtype_seq_show}; the end of a range is one more than its last byte. */
    private static final Pattern LINE = Pattern.compile("PAT: \\[mem 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\\] (.+)");

    /** More than any host has. */
    private static final int MAX_LINES = 1 << 20;

    private MemoryTypes() {}

    private record Entry(String line, long start, long end, Set<CacheMode> modes) {

        static Stream<Entry> of(String line) {
            Matcher matcher = LINE.matcher(line);
            return matcher.matches()
                    ? Stream.of(new Entry(
                            line,
                            Long.parseUnsignedLong(matcher.group(1), 16),
                            Long.parseUnsignedLong(matcher.group(2), 16),
                            modes(matcher.group(3))))
                    : Stream.empty();
        }

        private static Set<CacheMode> modes(String type) {
            return switch (type) {
                case "uncached", "uncached-minus" -> EnumSet.of(CacheMode.NONCACHED, CacheMode.DEVICE);
                case "write-combining" -> EnumSet.of(CacheMode.WRITE_COMBINING);
                case "write-back" -> EnumSet.of(CacheMode.NORMAL);
                default -> EnumSet.noneOf(CacheMode.class);
            };
        }

        boolean overlaps(long from, long to) {
            return Long.compareUnsigned(start, to) < 0 && Long.compareUnsigned(from, end) < 0;
        }
    }

    /** Compares the cache mode of a BAR that is mapped now with the list. */
    public static CacheModeCheck compare(Path sys, PciResource bar, CacheMode mode) {
        Path list = sys.resolve(LIST);
        try (Stream<String> lines = Files.lines(list)) {
            List<Entry> entries = lines.limit(MAX_LINES)
                    .flatMap(Entry::of)
                    .filter(entry -> entry.overlaps(bar.start(), bar.start() + bar.size()))
                    .toList();
            Finding finding = entries.isEmpty()
                    ? Finding.NOT_LISTED
                    : entries.stream().allMatch(entry -> entry.modes().contains(mode))
                            ? Finding.AGREES
                            : Finding.DISAGREES;
            return new CacheModeCheck(finding, entries.stream().map(Entry::line).toList());
        } catch (IOException unreadable) {
            return impossible("/sys/" + LIST
                    + " cannot be read: it is there on x86 only, for root only, and where debugfs is mounted:"
                    + " mount -t debugfs debugfs /sys/kernel/debug");
        }
    }

    public static CacheModeCheck impossible(String reason) {
        return new CacheModeCheck(Finding.IMPOSSIBLE, List.of(reason));
    }
}
