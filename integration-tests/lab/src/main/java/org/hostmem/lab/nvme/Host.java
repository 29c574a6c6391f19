package org.hostmem.lab.nvme;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** On the host: makes the image, and judges the run by the image and by QEMU's trace. Knows nothing of Hostmem. */
final class Host {

    private static final Pattern ACCESS =
            Pattern.compile("memory_region_ops_(read|write) .* addr 0x([0-9a-f]+) value 0x[0-9a-f]+ size (\\d+)"
                    + " name '(nvme|pci-testdev-portio)'");
    /** Of the nvme's BAR, which begins at a multiple of it: the trace has addresses of the machine. */
    private static final long BAR = 0x4000;

    private static final Pattern INTEL = Pattern.compile("vtd_dmar_fault .*addr 0x([0-9a-f]+).*");
    private static final Pattern ARM = Pattern.compile(".*translation failed for iova=0x([0-9a-f]+).*");

    private Host() {}

    /** {@code image FILE MIB SEED}, or {@code judge OUT IMAGE TRACE SEED}. */
    public static void main(String[] args) throws IOException {
        if (args[0].equals("image")) {
            image(Path.of(args[1]), Long.parseLong(args[2]) << 20, Long.parseLong(args[3]));
        } else {
            System.exit(judge(Path.of(args[1]), Path.of(args[2]), Path.of(args[3]), Long.parseLong(args[4])) ? 0 : 1);
        }
    }

    private static void image(Path file, long size, long seed) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer some = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
            for (long block = 0; block < size / Content.BLOCK; ) {
                some.clear();
                for (; some.hasRemaining(); block++) {
                    for (int word = 0; word < Content.WORDS; word++) {
                        some.putLong(Content.word(seed, block, 0, word));
                    }
                }
                channel.write(some.flip());
            }
        }
    }

    private static boolean judge(Path out, Path image, Path trace, long seed) throws IOException {
        int[] generations = generations(out.resolve("generations"));
        int touched = 0;
        int equal = 0;
        int others = 0;
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate(Content.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
            for (int block = 0; block < generations.length; block++) {
                bytes.clear();
                channel.read(bytes, (long) block * Content.BLOCK);
                boolean same = same(bytes, seed, block, Math.max(0, generations[block]));
                touched += generations[block] >= 0 ? 1 : 0;
                equal += generations[block] >= 0 && same ? 1 : 0;
                others += generations[block] < 0 && !same ? 1 : 0;
            }
        }
        Map<String, String> summary = new TreeMap<>();
        Files.readAllLines(out.resolve("summary"))
                .forEach(line -> summary.put(line.split(" ", 2)[0], line.split(" ", 2)[1]));
        Seen seen = new Seen();
        try (var lines = Files.lines(trace)) {
            lines.forEach(seen::add);
        }
        if (seen.cut) {
            System.out.println("WRONG: the trace was cut");
        }
        boolean registers = registers(Files.readAllLines(out.resolve("accesses")), seen);
        boolean faults = seen.laterFaults.size() == Integer.parseInt(summary.get("faults"));
        System.out.println((faults ? "" : "WRONG: ") + "the controls were refused " + seen.laterFaults.size()
                + " pages by the IOMMU, of " + summary.get("faults") + " that they must be: " + seen.laterFaults);
        if (others > 0) {
            System.out.println("WRONG: " + others + " blocks of which nobody knows have changed");
        }
        boolean right = registers
                && faults
                && !seen.cut
                && others == 0
                && equal == touched
                && seen.faults.isEmpty()
                && summary.get("right").equals("true");
        System.out.println(equal + " of " + touched + " blocks equal the image, " + summary.get("interrupts")
                + " interrupts, " + seen.faults.size() + " IOMMU faults");
        return right;
    }

    private static int[] generations(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int[] words = new int[bytes.remaining() / Integer.BYTES];
        bytes.asIntBuffer().get(words);
        return words;
    }

    private static boolean same(ByteBuffer bytes, long seed, long block, int generation) {
        for (int word = 0; word < Content.WORDS; word++) {
            if (bytes.getLong(8 * word) != Content.word(seed, block, generation, word)) {
                return false;
            }
        }
        return true;
    }

    /**
     * What the device saw up to the mark is what the driver asked for: each register in its width, as often, and no
     * other.
     */
    private static boolean registers(List<String> asked, Seen seen) {
        Map<String, Long> differences = new TreeMap<>();
        long accesses = 0;
        for (String line : asked) {
            long count = Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
            accesses += count;
            differences.merge(line.substring(0, line.lastIndexOf(' ')), count, Long::sum);
        }
        seen.accesses.forEach((access, count) -> differences.merge(access, -count, Long::sum));
        differences.values().removeIf(difference -> difference == 0);
        System.out.println((differences.isEmpty() ? "" : "WRONG: ") + accesses + " accesses to " + asked.size()
                + " registers, each seen by the device in its width"
                + (differences.isEmpty() ? "" : " but these: " + differences));
        return differences.isEmpty() && accesses > 0;
    }

    /** What the trace shows. */
    private static final class Seen {
        final Map<String, Long> accesses = new TreeMap<>();
        final TreeSet<String> faults = new TreeSet<>();
        final TreeSet<String> laterFaults = new TreeSet<>();
        private boolean marked;
        private boolean cut;
        private final List<Pattern> fault = new ArrayList<>(List.of(INTEL, ARM));

        void add(String line) {
            Matcher access = ACCESS.matcher(line);
            if (access.matches()) {
                if (access.group(4).equals("pci-testdev-portio")) {
                    marked |= access.group(1).equals("write");
                } else if (!marked) {
                    accesses.merge(
                            access.group(1) + " 0x" + Long.toHexString(Long.parseLong(access.group(2), 16) % BAR) + " "
                                    + access.group(3),
                            1L,
                            Long::sum);
                }
            }
            for (Pattern pattern : fault) {
                Matcher refused = pattern.matcher(line);
                if (refused.matches()) {
                    (marked ? laterFaults : faults)
                            .add("0x" + Long.toHexString(Long.parseUnsignedLong(refused.group(1), 16) & -4096L));
                }
            }
            cut |= line.startsWith("... and ");
        }
    }
}
