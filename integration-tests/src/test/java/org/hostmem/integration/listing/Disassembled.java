package org.hostmem.integration.listing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hostmem.integration.Forked;

/** A routine of a listing as objdump reads its bytes, which {@link ListingTest} compares with the mnemonics. */
final class Disassembled {

    private static final Pattern LABEL = Pattern.compile("([A-Za-z]\\w*):.*");
    private static final Pattern BYTES = Pattern.compile("  ((?:[0-9a-f]{2} )+) .*");
    private static final Pattern INSTRUCTION = Pattern.compile(" *([0-9a-f]+):\t(.*)");
    private static final Pattern TARGET = Pattern.compile(".*\\b0x([0-9a-f]+)");
    private static final Pattern BRANCH = Pattern.compile("(b|j|cbn?z|tbn?z|ret).*");

    private final List<String> instructions;
    private final Set<Integer> leaving;
    private final Set<Integer> reached;

    private Disassembled(List<String> instructions, Set<Integer> leaving, Set<Integer> reached) {
        this.instructions = instructions;
        this.leaving = leaving;
        this.reached = reached;
    }

    /** {@return the routine in the lines of a listing} */
    static Disassembled of(ListedIsa isa, List<String> listing, String routine)
            throws IOException, InterruptedException {
        Path binary = Files.createTempFile("routine", ".bin");
        try {
            Files.write(binary, bytes(listing, routine));
            Forked.Result read = Forked.run(isa.disassemble(binary));
            assertThat(read.exit()).as(read.output()).isZero();
            return parse(read.output());
        } finally {
            Files.delete(binary);
        }
    }

    /** {@return the names of what a listing has} */
    static List<String> routines(List<String> listing) {
        return listing.stream()
                .map(LABEL::matcher)
                .filter(Matcher::matches)
                .map(label -> label.group(1))
                .toList();
    }

    private static byte[] bytes(List<String> listing, String routine) {
        StringBuilder hex = new StringBuilder();
        boolean inside = false;
        for (String line : listing) {
            Matcher label = LABEL.matcher(line);
            inside = label.matches() ? label.group(1).equals(routine) : inside;
            Matcher bytes = BYTES.matcher(line);
            if (inside && bytes.matches()) {
                hex.append(bytes.group(1).replace(" ", ""));
            }
        }
        assertThat(hex).as("the bytes of %s", routine).isNotEmpty();
        return HexFormat.of().parseHex(hex);
    }

    private static Disassembled parse(String text) {
        List<String> instructions = new ArrayList<>();
        List<Integer> addresses = new ArrayList<>();
        for (String line : text.lines().toList()) {
            Matcher one = INSTRUCTION.matcher(line);
            if (one.matches()) {
                addresses.add(Integer.parseInt(one.group(1), 16));
                instructions.add(one.group(2)
                        .replaceAll("//.*|#.*", "")
                        .replaceAll("\\s+", " ")
                        .strip());
            }
        }
        Set<Integer> leaving = new TreeSet<>();
        Set<Integer> reached = new TreeSet<>();
        for (int i = 0; i < instructions.size(); i++) {
            if (BRANCH.matcher(instructions.get(i)).matches()) {
                leaving.add(i);
                Matcher target = TARGET.matcher(instructions.get(i));
                if (target.matches()) {
                    reached.add(addresses.indexOf(
                            (int) Long.parseUnsignedLong(target.group(1), 16))); // of an earlier routine it is negative
                }
            }
        }
        return new Disassembled(instructions, leaving, reached);
    }

    List<String> instructions() {
        return instructions;
    }

    /**
     * {@return whether an access is ordered with the one before: by itself, or by an instruction that is always passed
     * between the two}
     */
    boolean isOrderedBefore(int at, Pattern access, Pattern orders) {
        for (int i = at; i >= 0; i--) {
            if (isBeyond(i, at, access)) {
                return false;
            }
            if (orders.matcher(instructions.get(i)).matches()) {
                return true;
            }
            if (reached.contains(i)) {
                return false;
            }
        }
        return false;
    }

    /**
     * {@return whether an access is ordered with the next: by itself, or by an instruction that is always passed
     * between the two}
     */
    boolean isOrderedAfter(int at, Pattern access, Pattern orders) {
        for (int i = at; i < instructions.size(); i++) {
            if (isBeyond(i, at, access)) {
                return false;
            }
            if (orders.matcher(instructions.get(i)).matches()) {
                return true;
            }
        }
        return false;
    }

    private boolean isBeyond(int i, int at, Pattern access) {
        return i != at
                && (leaving.contains(i) || access.matcher(instructions.get(i)).matches());
    }
}
