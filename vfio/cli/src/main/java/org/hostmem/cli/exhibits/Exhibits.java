package org.hostmem.cli.exhibits;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.hostmem.cli.exhibits.Exhibit.Check;

/** Every exhibit, in the order of the thread: the words are in {@code exhibits.properties}, what shows them is here. */
public final class Exhibits {

    private static final Map<String, Check> CHECKS = checks();

    private Exhibits() {}

    private static Map<String, Check> checks() {
        Map<String, Check> all = new LinkedHashMap<>();
        all.put("1", AccessChecks::everyRoutineIsInAListing);
        all.put("2", AccessChecks::alignedIsOneAccess);
        all.put("3", AccessChecks::unalignedIsKnownBefore);
        all.put("4", AccessChecks::vectorsWhereLegal);
        all.put("5", AccessChecks::widthAtRunTime);
        all.put("6", AccessChecks::rulesDifferByIsa);
        all.put("7", ReportChecks::vfioPciIsNoncached);
        all.put("8", ReportChecks::nvgrace);
        all.put("9", ReportChecks::sourcesOfTheMode);
        all.put("10", TransferChecks::fifteenBytes);
        all.put("11", TransferChecks::oneByte);
        all.put("12", TransferChecks::lastByteLast);
        all.put("13", TransferChecks::overlap);
        all.put("A", AccessChecks::neverSingleBytes);
        all.put("B", TransferChecks::relaxed);
        all.put("C", TransferChecks::strictestMemory);
        all.put("D", AccessChecks::unalignedIsDefined);
        all.put("E", ReportChecks::reportedModeAllowsMore);
        all.put("F", AccessChecks::rejectTouchesNothing);
        all.put("S1", TransferChecks::ramIsLookedAt);
        all.put("S1.1", AccessChecks::everyRegionAnswers);
        all.put("S1.2", ReportChecks::modeIsImmutable);
        all.put("S1.3", TransferChecks::noncachedIsAccessed);
        all.put("S1.3.normal", AccessChecks::normalIsNoAnswer);
        all.put("S2.1", TransferChecks::neitherSplitNorReordered);
        all.put("S2.2", AccessChecks::rulesAreData);
        all.put("S2.io", AccessChecks::widthAtRunTime);
        all.put("S3", ReportChecks::reportBeatsAssertion);
        all.put("S3.1", ReportChecks::unmappableHasNoMode);
        all.put("S3.2", ReportChecks::areasMustAgree);
        all.put("S3.overlap", TransferChecks::twoGibibytes);
        return all;
    }

    /** {@return all exhibits} */
    public static List<Exhibit> all() {
        Properties words = words();
        return CHECKS.entrySet().stream()
                .map(entry -> exhibit(entry.getKey(), entry.getValue(), words))
                .toList();
    }

    private static Exhibit exhibit(String id, Check check, Properties words) {
        return new Exhibit(
                id,
                word(words, id, "title"),
                word(words, id, "naive"),
                word(words, id, "truth"),
                Arrays.asList(word(words, id, "rules").split(" ")),
                check);
    }

    private static String word(Properties words, String id, String what) {
        String word = words.getProperty(id + "." + what);
        if (word == null) {
            throw new IllegalStateException("exhibits.properties has no " + id + "." + what);
        }
        return word;
    }

    private static Properties words() {
        Properties words = new Properties();
        try (Reader in = new InputStreamReader(
                Exhibits.class.getResourceAsStream("exhibits.properties"), StandardCharsets.UTF_8)) {
            words.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return words;
    }
}
