package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.region.Report;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** What holds for every report, valid or not: with random ones, whose seed is the number of the repetition. */
class ReportPropertiesTest {

    private static final int PAGE = 4096;

    /** What a random report was made of. */
    private record Made(ByteBuffer bytes, long size, long fdOffset, int flags, List<Area> areas, List<Integer> ids) {}

    /**
     * Any size, offset and flags; up to 6 areas, in any order, some of them empty; up to 4 capabilities that nobody
     * knows around it.
     */
    private static Made make(Random random) {
        long size = (1 + random.nextInt(1 << 20)) * (long) PAGE;
        long fdOffset = (random.nextLong() >>> 20) & -PAGE;
        int flags = random.nextInt(8);
        Report report = new Report(random.nextInt(9), flags, size, fdOffset);
        List<Integer> ids = new ArrayList<>();
        List<Area> areas = new ArrayList<>();
        boolean sparse = random.nextBoolean();
        int place = random.nextInt(4);
        for (int i = 0; i < 4; i++) {
            if (sparse && i == place) {
                for (long at = 0; areas.size() < 6 && at < size; at += PAGE * (1L + random.nextInt(1 << 18))) {
                    long length = Math.min(size - at, PAGE * (1L + random.nextInt(1 << 10)));
                    areas.add(new Area(at, length));
                    at += length;
                }
                List<Area> shuffled = new ArrayList<>(areas);
                Collections.shuffle(shuffled, random);
                report.sparse(shuffled);
                ids.add(1);
            } else if (random.nextBoolean()) {
                int id = 0x100 + random.nextInt(0xfe00);
                byte[] body = new byte[8 * random.nextInt(5)];
                random.nextBytes(body);
                report.capability(id, random.nextInt(1 << 16), ByteBuffer.wrap(body));
                ids.add(id);
            }
        }
        return new Made(report.bytes(), size, fdOffset, flags, areas, ids);
    }

    @RepeatedTest(500)
    void aValidReportSaysWhatWentIntoIt(RepetitionInfo seed) {
        Made made = make(new Random(seed.getCurrentRepetition()));
        RegionInfo info = RegionInfoParser.parse(made.bytes(), PAGE);
        assertThat(info.size()).isEqualTo(made.size());
        assertThat(info.fdOffset()).isEqualTo(made.fdOffset());
        assertThat(info.flags() & 7).isEqualTo(made.flags());
        assertThat(info.capabilities()).extracting(InfoCapability::id).containsExactlyElementsOf(made.ids());
        boolean mappable = (made.flags() & RegionInfo.FLAG_MMAP) != 0;
        assertThat(info.areas())
                .isEqualTo(
                        !mappable
                                ? List.of()
                                : made.ids().contains(1) ? made.areas() : List.of(new Area(0, made.size())));
        assertThat(RegionInfoParser.areasInOrder(made.bytes()))
                .containsExactlyInAnyOrderElementsOf(
                        made.ids().contains(1)
                                ? made.areas().stream().map(Area::offset).toList()
                                : List.of(0L));
    }

    @RepeatedTest(500)
    void everyPrefixOfAReportIsRefusedOrSaysLess(RepetitionInfo seed) {
        Made made = make(new Random(seed.getCurrentRepetition()));
        byte[] whole = new byte[made.bytes().remaining()];
        made.bytes().duplicate().get(whole);
        for (int length = 0; length < whole.length; length++) {
            ByteBuffer prefix =
                    Report.buffer(length).put(Arrays.copyOf(whole, length)).flip();
            try {
                RegionInfoParser.parse(prefix, PAGE);
                throw new AssertionError(
                        "argsz says that " + whole.length + " bytes are there, and there are " + length);
            } catch (RegionInfoException refused) {
                assertThat(refused.violation())
                        .isIn(RegionInfoException.Violation.INFO_TRUNCATED, RegionInfoException.Violation.ARGSZ);
            }
        }
    }

    @RepeatedTest(500)
    void aReportWithAnyByteChangedIsRefusedOrPossible(RepetitionInfo seed) {
        Random random = new Random(seed.getCurrentRepetition());
        Made made = make(random);
        byte[] bytes = new byte[made.bytes().remaining() + 1];
        made.bytes().duplicate().get(bytes, 1, bytes.length - 1);
        for (int i = 0; i < 200; i++) {
            byte[] changed = bytes.clone();
            changed[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt();
            assertThatCode(() -> ReportFuzz.fuzzerTestOneInput(changed)).doesNotThrowAnyException();
        }
    }
}
