package org.hostmem.lab.s3;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.hostmem.CacheMode;

/**
 * How this process's mapping of a region looks to the CPU: what the driver reads in the page table, and on x86-64 what
 * the kernel's own dump of page tables says.
 *
 * @param start address of the mapping
 * @param type of the memory, as the CPU encodes it in IA32_PAT or MAIR_EL1
 * @param dump the flags of the kernel's dump; empty where it dumps no mappings of processes
 */
record PageTable(long start, int type, Optional<String> dump) {

    private static final Path MAPPINGS = Path.of("/sys/kernel/debug/modes_vfio_pci");
    private static final Path DUMP = Path.of("/sys/kernel/debug/page_tables/current_kernel");

    private static final boolean X86 = System.getProperty("os.arch").equals("amd64");

    /** Intel SDM volume 3, "Page Attribute Table"; Arm ARM, MAIR_EL1. */
    private static final Map<Integer, String> NAMES = X86
            ? Map.of(0, "UC", 1, "WC", 4, "WT", 5, "WP", 6, "WB", 7, "UC-")
            : Map.of(0x00, "Device-nGnRnE", 0x04, "Device-nGnRE", 0x44, "Normal-NC", 0xff, "Normal");

    /** What the kernel's pgprot_noncached and its kin mean on this ISA. */
    private static final Map<CacheMode, String> MEANT = X86
            ? Map.of(
                    CacheMode.NONCACHED,
                    "UC-",
                    CacheMode.WRITE_COMBINING,
                    "WC",
                    CacheMode.DEVICE,
                    "UC-",
                    CacheMode.NORMAL,
                    "WB")
            : Map.of(
                    CacheMode.NONCACHED,
                    "Device-nGnRnE",
                    CacheMode.WRITE_COMBINING,
                    "Normal-NC",
                    CacheMode.DEVICE,
                    "Device-nGnRE",
                    CacheMode.NORMAL,
                    "Normal");

    /** What Linux has in the entry of IA32_PAT that these flags choose. */
    private static final Map<String, String> DUMPED = Map.of("", "WB", "PWT", "WC", "PCD", "UC-", "PWT PCD", "UC");

    static PageTable of(int region) throws IOException {
        for (String line : Files.readAllLines(MAPPINGS)) {
            String[] words = line.split("[- ]", -1);
            if (words[3].equals("" + region)) {
                long start = Long.parseUnsignedLong(words[0], 16);
                return new PageTable(
                        start, Integer.parseInt(words[7], 16), X86 ? Optional.of(dumped(start)) : Optional.empty());
            }
        }
        throw new IllegalStateException(MAPPINGS + " has no mapping of region " + region);
    }

    /** A line is, for example, "0x00007f0000000000-0x00007f0000010000 64K USR RW PCD NX pte". */
    private static String dumped(long address) throws IOException {
        try (Stream<String> lines = Files.lines(DUMP)) {
            String line = lines.filter(l -> l.startsWith("0x") && l.endsWith("pte") && covers(l, address))
                    .findFirst()
                    .orElseThrow(
                            () -> new IllegalStateException(DUMP + " has no entry for " + Long.toHexString(address)));
            return String.join(
                    " ",
                    Stream.of(line.split(" +"))
                            .filter(List.of("PWT", "PCD", "PAT")::contains)
                            .toList());
        }
    }

    private static boolean covers(String line, long address) {
        long from = Long.parseUnsignedLong(line.substring(2, 18), 16);
        long to = Long.parseUnsignedLong(line.substring(21, 37), 16);
        return Long.compareUnsigned(from, address) <= 0 && Long.compareUnsigned(address, to) < 0;
    }

    /** Whether two modes are one and the same mapping on this ISA, so that to report one for the other is no lie. */
    static boolean same(CacheMode one, CacheMode other) {
        return MEANT.get(one).equals(MEANT.get(other));
    }

    boolean is(CacheMode mode) {
        return name().equals(MEANT.get(mode))
                && dump.map(DUMPED::get).orElse(name()).equals(name());
    }

    private String name() {
        return NAMES.getOrDefault(type, "unknown type " + Integer.toHexString(type));
    }

    @Override
    public String toString() {
        return name()
                + dump.map(flags -> " (kernel's dump: " + (flags.isEmpty() ? "no flag" : flags) + ")")
                        .orElse("");
    }
}
