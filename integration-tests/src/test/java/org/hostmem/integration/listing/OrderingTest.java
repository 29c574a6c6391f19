package org.hostmem.integration.listing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What orders each side of each routine for ASCENDING transfers of memory that other CPUs watch (R3), on the ISAs that
 * do not keep loads and stores in order: read from the disassembled bytes.
 */
class OrderingTest {

    /**
     * Where the instruction stands that orders an access: it is the access itself, or comes between it and the one
     * before, or after.
     */
    private enum Place {
        BEFORE,
        AFTER
    }

    /**
     * One side of a routine.
     *
     * @param access the loads or stores of that side
     * @param orders what orders them
     * @param fewest accesses that must be found
     */
    private record Side(
            ListedIsa isa, String routine, String what, Pattern access, Place place, Pattern orders, int fewest) {

        @Override
        public String toString() {
            return isa.hostmemName + " " + routine + ": " + what;
        }

        List<String> unordered(List<String> listing) throws IOException, InterruptedException {
            Disassembled code = Disassembled.of(isa, listing, routine);
            List<String> wrong = new ArrayList<>();
            int found = 0;
            for (int i = 0; i < code.instructions().size(); i++) {
                if (access.matcher(code.instructions().get(i)).matches()) {
                    found++;
                    boolean ordered = place == Place.BEFORE
                            ? code.isOrderedBefore(i, access, orders)
                            : code.isOrderedAfter(i, access, orders);
                    if (!ordered) {
                        wrong.add(
                                "instruction " + i + ": " + code.instructions().get(i));
                    }
                }
            }
            assertThat(found).as("accesses of %s", this).isGreaterThanOrEqualTo(fewest);
            return wrong;
        }
    }

    // The accesses of each side by their base register; 13 are the head, an unrolled loop and the tail.
    private static final List<Side> SIDES = List.of(
            target(ListedIsa.AARCH64, "toDeviceOrdered8", "st\\S+ .*", "stlr[bh]? .*"),
            source(ListedIsa.AARCH64, "fromDeviceOrdered8", "ld\\S+ .*", "ldar[bh]? .*"),
            target(ListedIsa.AARCH64, "copyOrdered8", "st\\S+ .*", "stlr[bh]? .*"),
            source(ListedIsa.AARCH64, "copyOrdered8", "ld\\S+ .*", "ldar[bh]? .*"),
            target(ListedIsa.RISCV64, "toDeviceOrdered8", "s[bhwd] .*\\(a4\\)", "fence r?w,r?w"),
            source(ListedIsa.RISCV64, "fromDeviceOrdered8", "l[bhwd]u? .*\\(a4\\)", "fence rw?,rw?"),
            target(ListedIsa.RISCV64, "copyOrdered8", "s[bhwd] .*", "fence r?w,r?w"),
            source(ListedIsa.RISCV64, "copyOrdered8", "l[bhwd]u? .*", "fence rw?,rw?"),
            target(ListedIsa.PPC64, "toDeviceOrdered8", "st\\S+ .*", "(lw|hw)?sync"),
            source(ListedIsa.PPC64, "toDeviceOrdered8", "l[bhwd]z?x? .*", "(lw|hw)?sync"),
            source(ListedIsa.PPC64, "fromDeviceOrdered8", "l[bhwd]z?x? .*", "(lw|hw)?sync"));

    private static Side target(ListedIsa isa, String routine, String stores, String orders) {
        return new Side(
                isa,
                routine,
                "each store comes after the one before",
                Pattern.compile(stores),
                Place.BEFORE,
                Pattern.compile(orders),
                13);
    }

    private static Side source(ListedIsa isa, String routine, String loads, String orders) {
        return new Side(
                isa,
                routine,
                "each load comes before the next",
                Pattern.compile(loads),
                Place.AFTER,
                Pattern.compile(orders),
                13);
    }

    @TestFactory
    Stream<DynamicTest> everySideIsOrdered() {
        return SIDES.stream()
                .map(side -> dynamicTest(
                        side.toString(),
                        () -> assertThat(side.unordered(side.isa.lines())).isEmpty()));
    }

    /** So that none is added without a line in the table. */
    @Test
    void everyRoutineThatSaysSoIsInTheTable() {
        for (ListedIsa isa : Set.of(ListedIsa.AARCH64, ListedIsa.RISCV64, ListedIsa.PPC64)) {
            Set<String> named = Disassembled.routines(isa.lines()).stream()
                    .filter(name -> name.contains("Ordered"))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(SIDES.stream()
                            .filter(side -> side.isa == isa)
                            .map(Side::routine)
                            .distinct())
                    .as(isa.hostmemName)
                    .containsExactlyInAnyOrderElementsOf(named);
        }
    }

    /** The first instruction of a routine that orders a side is taken out, or made an ordinary one. */
    @TestFactory
    Stream<DynamicTest> aMissingOneIsFound() {
        return Stream.of(
                changed(
                        "aarch64 copyOrdered8: each load",
                        line -> line.contains("ldar   x5,[x8]") ? "  05 01 40 f9              ldr    x5,[x8]" : line),
                changed(
                        "aarch64 copyOrdered8: each store",
                        line -> line.contains("stlr   x5,[x7]") ? "  e5 00 00 f9              str    x5,[x7]" : line),
                changed(
                        "riscv64 copyOrdered8: each load",
                        line -> line.contains("fence   r,r") ? "  13 00 00 00              nop" : line),
                changed(
                        "riscv64 copyOrdered8: each store",
                        line -> line.contains("fence   w,w") ? "  13 00 00 00              nop" : line),
                changed(
                        "ppc64 toDeviceOrdered8: each store",
                        line -> line.contains("lwsync") ? "  00 00 00 60              nop" : line));
    }

    private static DynamicTest changed(String side, UnaryOperator<String> change) {
        return dynamicTest(side, () -> {
            Side broken = SIDES.stream()
                    .filter(one -> one.toString().startsWith(side))
                    .findFirst()
                    .orElseThrow();
            List<String> listing = new ArrayList<>(broken.isa.lines());
            int from = listing.indexOf(broken.routine + ":");
            int changes = 0;
            for (int i = from; changes == 0; i++) {
                String line = change.apply(listing.get(i));
                changes += line.equals(listing.get(i)) ? 0 : 1;
                listing.set(i, line);
            }
            assertThat(broken.unordered(listing)).hasSize(1);
        });
    }

    /**
     * x86-64 keeps loads in order, and stores, unless an instruction says otherwise; 16 bytes are one access if movdqa
     * makes it.
     */
    @TestFactory
    Stream<DynamicTest> theRoutinesOfX86AreOfInstructionsThatAreInOrderAndAtomic() {
        return Stream.of("toDevice8", "fromDevice8", "toDevice16", "fromDevice16", "copy16", "exchange16")
                .map(routine -> dynamicTest(routine, () -> {
                    List<String> code = Disassembled.of(ListedIsa.X86_64, ListedIsa.X86_64.lines(), routine)
                            .instructions();
                    assertThat(code)
                            .noneMatch(instruction -> instruction.matches(
                                    "(v?movnt|v?maskmov|rep|movs[bwlq] |v?lddqu|clflush|movdir).*"));
                    boolean bothSides = routine.startsWith("copy");
                    String base =
                            routine.equals("exchange16") ? ".*\\(%r[sd]i,.*" : bothSides ? ".*\\(.*" : ".*\\(%rdi.*";
                    assertThat(code.stream()
                                    .filter(instruction -> instruction.contains("%xmm") && instruction.matches(base)))
                            .allMatch(instruction -> instruction.startsWith("movdqa "))
                            .hasSize(
                                    routine.endsWith("16")
                                            ? bothSides ? 14 : routine.startsWith("exchange") ? 8 : 7
                                            : 0);
                }));
    }
}
