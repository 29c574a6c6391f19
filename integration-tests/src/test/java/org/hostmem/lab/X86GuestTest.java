package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.lab.EduProgram.DMA;
import static org.hostmem.lab.EduProgram.LIVENESS;
import static org.hostmem.lab.EduProgram.NOTHING;
import static org.hostmem.lab.EduProgram.RAISE;
import static org.hostmem.lab.EduProgram.SIZE;
import static org.hostmem.lab.EduProgram.WIDE;
import static org.hostmem.lab.EduProgram.value;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.hostmem.lab.Guest.Tier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * On a real kernel's vfio-pci, in the interpreter, C1 and C2: what QEMU's edu device saw of Hostmem's accesses, and of
 * plain Java's. One boot for all.
 */
@Tag("lab")
class X86GuestTest {

    private static final int MARKS_PER_TIER = 256;

    private static Guest guest;
    private static Trace trace;
    private static final Map<Tier, Map<String, String>> RESULTS = new EnumMap<>(Tier.class);

    @BeforeAll
    static void boot() throws Exception {
        StringBuilder script = new StringBuilder("set -e\n");
        for (Tier tier : Tier.values()) {
            script.append(tier.java(
                    EduProgram.class,
                    "",
                    tier.ordinal() * MARKS_PER_TIER + " " + tier.rounds + " \"$HOSTMEM_LAB_OUT\"/" + tier
                            + ".results\n"));
        }
        script.append("java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData"
                + " --enable-native-access=org.hostmem.vfio,org.hostmem.arch.generic --module-path \"$2\" -m"
                + " org.hostmem.cli/org.hostmem.cli.Main report --json >\"$HOSTMEM_LAB_OUT\"/report.json");
        guest = Guest.run("x86_64", script.toString());
        assertThat(guest.exit())
                .as(() -> "exit code of the guest, which said:\n" + guest.output())
                .isZero();
        trace = new Trace(guest.trace());
        for (Tier tier : Tier.values()) {
            RESULTS.put(tier, guest.results(tier + ".results"));
        }
    }

    private static List<Trace.Access> step(Tier tier, String name) {
        String key = RESULTS.get(tier).entrySet().stream()
                .filter(entry ->
                        entry.getKey().startsWith("mark.") && entry.getValue().equals(name))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new AssertionError("the guest has not come to " + name));
        return trace.after(Integer.parseInt(key.substring("mark.".length())));
    }

    private static List<String> seen(Tier tier, String name) {
        return step(tier, name).stream().map(Trace.Access::text).toList();
    }

    private static List<Long> values(Tier tier, String name) {
        return step(tier, name).stream().map(Trace.Access::value).toList();
    }

    private static String access(char direction, int width, int offset) {
        return direction + "" + width + "@" + Integer.toHexString(offset);
    }

    /**
     * One access at every multiple of the width from a first offset to the end of the registers, and one at the end of
     * the BAR.
     */
    private static List<String> all(char direction, int width, int first) {
        List<String> all = new ArrayList<>();
        for (int offset = first; offset < 0x100; offset += width) {
            if (direction == 'R' || offset != RAISE) {
                all.add(access(direction, width, offset));
            }
        }
        all.add(access(direction, width, SIZE - width));
        return all;
    }

    // ---- the tiers are what they are called

    @ParameterizedTest
    @EnumSource(Tier.class)
    void programRanInItsTier(Tier tier) throws IOException {
        List<String> compiled = guest.compiled(tier, EduProgram.class);
        if (tier == Tier.INTERPRETER) {
            assertThat(compiled).isEmpty();
        } else {
            assertThat(compiled)
                    .contains(
                            "readInts",
                            "readLongs",
                            "writeInts",
                            "writeLongs",
                            "byWidth",
                            "equalWrites",
                            "adjacentWrites",
                            "unusedReads",
                            "narrowedReads",
                            "narrow",
                            "writeBulk",
                            "readBulk",
                            "writeRelaxed",
                            "readRelaxed",
                            "fill",
                            "move",
                            "plainOpaqueStore",
                            "plainAdjacentStores",
                            "plainUnusedLoad");
        }
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void regionHasInstructionsAndAllGuarantees(Tier tier) {
        assertThat(RESULTS.get(tier).get("rules")).startsWith("x86_64 NONCACHED");
        assertThat(RESULTS.get(tier).get("guarantees")).contains("PRECISE_FAULTS", "EXACTLY_ONCE", "UNALIGNED_SINGLE");
    }

    /** A step's accesses lie between its mark and the next: nothing reaches the device at another time. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void nothingBetweenTheSteps(Tier tier) {
        Map<String, String> results = RESULTS.get(tier);
        long checked = results.values().stream()
                .filter(name -> name.startsWith("after ") && !name.equals("after move"))
                .peek(name -> assertThat(seen(tier, name)).as(name).isEmpty())
                .count();
        assertThat(checked).isGreaterThan(15);
        assertThat(seen(tier, "after move"))
                .as("the one read of this program that is no step")
                .containsExactly(access('R', 4, LIVENESS));
    }

    // ---- scalars

    @ParameterizedTest
    @EnumSource(Tier.class)
    void fourBytesEverywhereAndEightFromThere(Tier tier) {
        assertThat(seen(tier, "readInts")).isEqualTo(all('R', 4, 0));
        assertThat(seen(tier, "readLongs")).isEqualTo(all('R', 8, WIDE));
        assertThat(seen(tier, "writeInts")).isEqualTo(all('W', 4, 0));
        assertThat(seen(tier, "writeLongs")).isEqualTo(all('W', 8, WIDE));
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void valuesArriveAsWritten(Tier tier) {
        assertThat(values(tier, "writeInts"))
                .startsWith((long) value(0), (long) value(4))
                .endsWith((long) value(SIZE - 4) & 0xffff_ffffL);
        assertThat(values(tier, "writeLongs"))
                .startsWith((long) value(WIDE) << 32 | value(WIDE))
                .endsWith(-2L);
        assertThat(values(tier, "byWidth"))
                .containsExactly(0x89abcdefL, 0x76543210L, 0x89abcdef01234567L, 0x89abcdef01234567L);
        assertThat(RESULTS.get(tier).get("liveness"))
                .as("read after 7 was written")
                .isEqualTo("fffffff8");
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void byWidth(Tier tier) {
        assertThat(seen(tier, "byWidth"))
                .containsExactly(
                        access('W', 4, LIVENESS), access('R', 4, LIVENESS), access('W', 8, DMA), access('R', 8, DMA));
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void equalWritesAreTwoAndAdjacentOnesAreNotMerged(Tier tier) {
        assertThat(seen(tier, "equalWrites")).containsExactly(access('W', 4, LIVENESS), access('W', 4, LIVENESS));
        assertThat(seen(tier, "adjacentWrites")).containsExactly(access('W', 4, NOTHING), access('W', 4, NOTHING + 4));
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void unusedReadsArriveAndPartlyUsedOnesKeepTheirWidth(Tier tier) {
        List<String> reads = List.of(access('R', 4, 0), access('R', 4, 0), access('R', 8, DMA));
        assertThat(seen(tier, "unusedReads")).isEqualTo(reads);
        assertThat(seen(tier, "narrowedReads")).isEqualTo(reads);
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void noWriteIsPrecededByARead(Tier tier) {
        for (String step : List.of(
                "writeInts",
                "writeLongs",
                "equalWrites",
                "adjacentWrites",
                "writeBulk",
                "writeRelaxed",
                "fill",
                "writeDma")) {
            assertThat(seen(tier, step)).as(step).isNotEmpty().allMatch(access -> access.startsWith("W"));
        }
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void deviceRefusesNarrowAccessesOfExactlyTheirWidth(Tier tier) {
        assertThat(seen(tier, "narrow"))
                .containsExactly("W1@1001 refused", "R1@1001 refused", "W2@1002 refused", "R2@1002 refused");
    }

    // ---- bulk

    private static List<String> ladder(char direction, int... widths) {
        List<String> accesses = new ArrayList<>();
        int offset = NOTHING + 4;
        for (int width : widths) {
            accesses.add(access(direction, width, offset));
            offset += width;
        }
        return accesses;
    }

    private static List<String> plus(List<String> some, String... more) {
        List<String> all = new ArrayList<>(some);
        all.addAll(List.of(more));
        return all;
    }

    /** QEMU shows a vector as accesses of 8 bytes, so units of 16 and 32 bytes cannot be told from that many of 8. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void bulkIsTheLadder(Tier tier) {
        assertThat(seen(tier, "writeBulk")).isEqualTo(plus(ladder('W', 4, 8, 8, 8, 8, 8, 4), "W8@1108", "W4@1110"));
        assertThat(seen(tier, "readBulk")).isEqualTo(plus(ladder('R', 4, 8, 8, 8, 8, 8, 4), "R8@1108", "R4@1110"));
        int[] widths = IntStream.concat(
                        IntStream.of(4), IntStream.generate(() -> 8).limit(16))
                .toArray();
        assertThat(seen(tier, "writeRelaxed")).isEqualTo(ladder('W', widths));
        assertThat(seen(tier, "readRelaxed")).isEqualTo(ladder('R', widths));
        assertThat(seen(tier, "fill")).isEqualTo(ladder('W', 4, 8, 8, 8));
        assertThat(values(tier, "fill"))
                .containsExactly(0x5a5a5a5aL, 0x5a5a5a5a5a5a5a5aL, 0x5a5a5a5a5a5a5a5aL, 0x5a5a5a5a5a5a5a5aL);
    }

    /** The plan that the guest announced, with its vectors in eighths. */
    @ParameterizedTest
    @CsvSource({
        "INTERPRETER, writeBulk",
        "INTERPRETER, writeRelaxed",
        "C1, writeBulk",
        "C1, writeRelaxed",
        "C2, writeBulk",
        "C2, writeRelaxed"
    })
    void bulkIsThePlan(Tier tier, String step) {
        List<String> planned = new ArrayList<>();
        String[] words = RESULTS.get(tier).get("plan." + step).split(" ");
        assertThat(words[0]).isEqualTo("BULK");
        for (int i = 1; i < words.length; i++) {
            String[] run = words[i].split("[x@]");
            int width = Integer.parseInt(run[run.length - 2]);
            int count = run.length == 3 ? Integer.parseInt(run[0]) : 1;
            int unit = Math.min(8, width);
            int offset = Integer.parseInt(run[run.length - 1]);
            for (int at = offset; at < offset + width * count; at += unit) {
                planned.add(access('W', unit, at));
            }
        }
        assertThat(step.equals("writeBulk") ? seen(tier, step).subList(0, planned.size()) : seen(tier, step))
                .isEqualTo(planned);
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void registersKeepWhatBulkWrote(Tier tier) {
        assertThat(seen(tier, "writeDma")).containsExactly("W8@80", "W8@88", "W8@90");
        assertThat(values(tier, "writeDma"))
                .containsExactly(0x0807060504030201L, 0x100f0e0d0c0b0a09L, 0x1817161514131211L);
        assertThat(seen(tier, "readDma")).containsExactly("R8@80", "R8@88", "R8@90");
        assertThat(RESULTS.get(tier).get("dma")).isEqualTo("0102030405060708090a0b0c0d0e0f101112131415161718");
    }

    /** 20 bytes from 4 to 12 bytes into nothing: the ranges overlap. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void moveReadsAndWritesEachByteOnceAndWritesUpwards(Tier tier) {
        assertThat(bytes(tier, "move", 'R'))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(NOTHING + 4, NOTHING + 24).boxed().toList());
        assertThat(bytes(tier, "move", 'W'))
                .containsExactlyElementsOf(
                        IntStream.range(NOTHING + 12, NOTHING + 32).boxed().toList());
    }

    /** The offset of each byte that a step read or wrote, in order. */
    private static List<Integer> bytes(Tier tier, String step, char direction) {
        List<Integer> bytes = new ArrayList<>();
        for (String access : seen(tier, step)) {
            if (access.charAt(0) == direction) {
                int offset = Integer.parseInt(access.substring(3), 16);
                for (int i = 0; i < access.charAt(1) - '0'; i++) {
                    bytes.add(offset + i);
                }
            }
        }
        return bytes;
    }

    // ---- limits of the device

    /** edu takes 4 and 8 bytes: nothing else comes to it, whatever is asked for. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void behindLimitsNothingElseArrives(Tier tier) {
        assertThat(RESULTS.get(tier).get("plan.limited")).isEqualTo("BULK 4@4100 7x8@4104");
        assertThat(seen(tier, "limited"))
                .hasSizeGreaterThan(40)
                .allMatch(access -> access.matches("[RW][48]@\\p{XDigit}+"))
                .startsWith("W4@1000", "W8@1008", "W4@1004", "W4@1008", "R4@1004", "R8@1008", "R8@1010");
        assertThat(seen(tier, "limitedToFour"))
                .hasSizeGreaterThan(60)
                .allMatch(access -> access.matches("[RW]4@\\p{XDigit}+"));
        assertThat(RESULTS.get(tier)).containsEntry("limitedRefusals", "5");
        assertThat(seen(tier, "limitedRefusals"))
                .as("refused before the first byte")
                .isEmpty();
        assertThat(seen(tier, "limitedWidened")).containsExactly("R4@1040", "W4@1040");
        assertThat(seen(tier, "limitedHalves")).containsExactly("W4@1044", "W4@1040");
        assertThat(values(tier, "limitedHalves")).containsExactly(0x1111_1111L, 0x2222_2222L);
    }

    // ---- faults

    @ParameterizedTest
    @EnumSource(Tier.class)
    void memoryOffIsAFaultAndTheJvmGoesOn(Tier tier) {
        Map<String, String> results = RESULTS.get(tier);
        assertThat(results.get("memory off")).isEqualTo("false");
        assertThat(results.get("fault.read")).isEqualTo("REGION READ 4@4 after 0");
        assertThat(results.get("fault.write")).isEqualTo("REGION WRITE 4@4 after 0");
        assertThat(results.get("fault.readLong")).isEqualTo("REGION READ 8@80 after 0");
        assertThat(results.get("fault.readBulk")).startsWith("REGION READ ").endsWith("@80 after 0");
        assertThat(results.get("fault.writeBulk")).startsWith("REGION WRITE ").endsWith("@80 after 0");
        assertThat(results.get("fault.fill")).startsWith("REGION WRITE ").endsWith("@80 after 0");
        assertThat(results.get("fault.again")).isEqualTo("REGION READ 4@0 after 0");
        assertThat(results.get("forgiven")).isEqualTo("ffffffff");
        assertThat(seen(tier, "faults")).as("what reached the device").isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void memoryOnAgainIsTheSameDevice(Tier tier) {
        assertThat(RESULTS.get(tier).get("memory on")).isEqualTo("true");
        assertThat(RESULTS.get(tier).get("identification")).isEqualTo("10000ed");
        assertThat(seen(tier, "enabled")).containsExactly(access('R', 4, 0));
    }

    // ---- controls: this trace shows what plain Java gets wrong

    @ParameterizedTest
    @CsvSource({"INTERPRETER, R4@1000 W4@1000", "C1, W4@1000", "C2, W4@1000"})
    void plainOpaqueStoreReadsFirstInTheInterpreter(Tier tier, String expected) {
        assertThat(seen(tier, "plainOpaqueStore")).containsExactly(expected.split(" "));
    }

    @ParameterizedTest
    @CsvSource({"INTERPRETER, W4@1000 W4@1004", "C1, W4@1000 W4@1004", "C2, W8@1000"})
    void plainAdjacentStoresAreMergedByC2(Tier tier, String expected) {
        assertThat(seen(tier, "plainAdjacentStores")).containsExactly(expected.split(" "));
    }

    @ParameterizedTest
    @CsvSource(
            value = {"INTERPRETER, R4@1000", "C1, R4@1000", "C2, ''"},
            emptyValue = "")
    void plainUnusedLoadIsNotThereInC2(Tier tier, String expected) {
        assertThat(String.join(" ", seen(tier, "plainUnusedLoad"))).isEqualTo(expected);
    }

    // ---- hostmem report --json

    private static JsonObject report() throws IOException {
        return JsonParser.parseString(String.join("\n", guest.lines("report.json")))
                .getAsJsonObject();
    }

    private static JsonObject find(JsonArray array, String key, String value) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .filter(one -> one.get(key).getAsString().equals(value))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + key + " " + value + " in " + array));
    }

    private static JsonObject region(String address, int index) throws IOException {
        return find(
                find(report().getAsJsonArray("devices"), "address", address).getAsJsonArray("regions"),
                "index",
                "" + index);
    }

    @Test
    void reportNamesTheProvider() throws IOException {
        assertThat(report().getAsJsonObject("provider").get("name").getAsString())
                .isEqualTo("x86_64");
        assertThat(report().getAsJsonObject("host").get("isa").getAsString()).isEqualTo("x86_64");
        assertThat(report().getAsJsonArray("devices").asList())
                .extracting(device -> device.getAsJsonObject().get("driver").getAsString())
                .hasSize(4)
                .containsOnly("vfio-pci");
    }

    /** As the kernel of Debian 13 reports the devices of integration-tests/lab/vm. */
    @ParameterizedTest
    @CsvSource({
        "0000:00:03.0, 0, 1048576, READ WRITE MMAP, NONCACHED, 0+1048576",
        "0000:00:04.0, 0, 4096, READ WRITE MMAP, NONCACHED, 0+4096",
        "0000:00:04.0, 1, 256, READ WRITE, UNKNOWN, ''",
        "0000:00:04.0, 2, 1048576, READ WRITE MMAP, NONCACHED, 0+1048576",
        "0000:00:04.0, 7, 256, READ WRITE, UNKNOWN, ''",
        "0000:00:05.0, 0, 256, READ WRITE MMAP, NONCACHED, 0+256",
        "0000:00:05.0, 2, 1048576, READ WRITE MMAP, NONCACHED, 0+1048576",
        "0000:00:06.0, 0, 16384, READ WRITE MMAP CAPS, NONCACHED, 0+16384",
        "0000:00:06.0, 7, 4096, READ WRITE, UNKNOWN, ''"
    })
    void reportShowsTheRegion(String address, int index, long size, String flags, String mode, String areas)
            throws IOException {
        JsonObject region = region(address, index);
        assertThat(region.get("size").getAsLong()).isEqualTo(size);
        assertThat(region.getAsJsonArray("flags").asList())
                .extracting(JsonElement::getAsString)
                .containsExactly(flags.split(" "));
        assertThat(region.get("cacheMode").getAsString()).isEqualTo(mode);
        assertThat(region.get("cacheModeSource").getAsString())
                .isEqualTo(mode.equals("UNKNOWN") ? "UNKNOWN" : "DRIVER_TABLE");
        assertThat(region.getAsJsonArray("areas").asList())
                .extracting(area -> area.getAsJsonObject().get("offset") + "+"
                        + area.getAsJsonObject().get("size"))
                .isEqualTo(areas.isEmpty() ? List.of() : List.of(areas));
    }

    @Test
    void reportShowsThatTheTableOfMsixIsMappable() throws IOException {
        JsonObject msix = find(region("0000:00:06.0", 0).getAsJsonArray("capabilities"), "name", "MSIX_MAPPABLE");
        assertThat(msix.get("id").getAsInt()).isEqualTo(3);
        assertThat(msix.get("version").getAsInt()).isEqualTo(1);
    }

    @Test
    void reportShowsWhatCanBeReset() throws IOException {
        assertThat(find(report().getAsJsonArray("devices"), "address", "0000:00:03.0")
                        .get("resettable")
                        .getAsBoolean())
                .isFalse();
        assertThat(find(report().getAsJsonArray("devices"), "address", "0000:00:06.0")
                        .get("resettable")
                        .getAsBoolean())
                .isTrue();
    }
}
