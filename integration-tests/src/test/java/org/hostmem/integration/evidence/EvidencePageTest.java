package org.hostmem.integration.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.hostmem.cli.exhibits.Exhibits;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page that the lab makes of its results, in text and in a browser. Two results of real runs lie with the tests.
 */
class EvidencePageTest {

    private static final Path MODULE =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    private static final Path TOOL = MODULE.resolve("lab/evidence");
    private static final Path SAMPLES = MODULE.resolve("src/test/resources/org/hostmem/integration/evidence");
    private static final Path WORK = MODULE.resolve("target/evidence-test");

    /** The colours of the light scheme for a byte written again, a misaligned unit, an aligned one. */
    private static final int AGAIN = 0xd1242f;

    private static final int MISALIGNED = 0xf2b441;
    private static final int ALIGNED = 0x1f6fb8;

    @TempDir
    private static Path directory;

    private static Path page;
    private static String html;

    @BeforeAll
    static void makeThePage() throws Exception {
        needed(Files.isExecutable(Path.of("/bin/bash")), "the lab's scripts need bash");
        page = directory.resolve("sub/index.html");
        Forked.Result made = evidence("--from", SAMPLES.toString(), "--to", page.toString());
        assertThat(made.exit()).as(made.output()).isZero();
        assertThat(made.output()).contains("2 of 15 results, 12 pictures");
        html = Files.readString(page);
    }

    // ---- what it says

    @Test
    void theTotalsAreThoseOfTheResults() {
        assertThat(text(between(html, "<strong id=\"total\">", "</strong>")))
                .isEqualTo("20,878 of 20,878 plans equal the trace, 49 of 49 controls caught");
        assertThat(cells(row(table("id=\"summary\""), "aarch64")))
                .containsExactly(
                        "aarch64",
                        "TCG plugin in qemu-user (A)",
                        "no result",
                        "no result",
                        "10,439 of 10,439 25 of 25 controls a sample, seed 20261124");
    }

    @Test
    void aMissingResultIsNamedWithTheCommandThatMakesIt() {
        String missing = between(html, "id=\"missing\"", "</div>");
        assertThat(text(missing)).contains("No result of 13 runs");
        assertThat(missing)
                .contains(
                        "<code>integration-tests/lab/observe riscv64 c1</code>",
                        "<code>integration-tests/lab/observe x86_64 int --observer trap</code>")
                .doesNotContain("observe aarch64 c2<", "observe x86_64 c2 --observer trap<");
        assertThat(count(table("id=\"summary\""), "no result")).isEqualTo(13);
    }

    @Test
    void eachRuleOfEachModeHasItsNumberOrSaysWhyNot() {
        String run = between(html, "id=\"run-aarch64-c2\"", "</section>");
        String rules = between(run, "<table class=\"rules\">", "</table>");
        assertThat(cells(row(rules, "rule")))
                .containsExactly("rule", "DEVICE", "NONCACHED", "WRITE_COMBINING", "NORMAL", "UNKNOWN");
        Map<String, List<String>> expected = Map.of(
                "R1", List.of("248 of 248", "248 of 248", "248 of 248", "224 of 224", "248 of 248"),
                "R2",
                        List.of(
                                "1,386 of 1,386",
                                "1,380 of 1,380",
                                "1,380 of 1,380 †",
                                "1,320 of 1,320",
                                "1,380 of 1,380"),
                "R3", List.of("558 of 558", "552 of 552", "552 of 552 †", "528 of 528", "552 of 552"),
                "R4", List.of("1,386 of 1,386", "1,380 of 1,380", "1,380 of 1,380", "1,320 of 1,320", "1,380 of 1,380"),
                "R7", List.of("160 of 160", "165 of 165", "173 of 173", "139 of 139", "148 of 148"),
                "R8", List.of("4 of 4", "4 of 4", "4 of 4", "4 of 4", "4 of 4"),
                "R9", List.of("114 of 114", "114 of 114", "114 of 114", "not promised", "114 of 114"),
                "R11", List.of("not applicable", "not applicable", "not observed", "not applicable", "not applicable"),
                "R12", List.of("not observed", "not observed", "not observed", "not observed", "not observed"));
        expected.forEach((rule, numbers) ->
                assertThat(cells(row(rules, rule)).subList(1, 6)).as(rule).isEqualTo(numbers));
        for (int rule = 1; rule <= 14; rule++) {
            assertThat(cells(row(rules, "R" + rule))).as("R" + rule).hasSize(6).doesNotContain("", "no case");
        }
        assertThat(text(between(run, "<table class=\"sampled\">", "</table>")))
                .contains(
                        "seed 20261124",
                        "5,286 of 675,840",
                        "488 of 488",
                        "1,320 of 10,560",
                        "785 of 100,800",
                        "2,480 of 2,480");
        assertThat(run).contains("<code>integration-tests/lab/observe aarch64 c2 --seed 20261124</code>");
    }

    /** From `hostmem exhibits` into the page. */
    @Test
    void whereExhibitsLinkToIsThere() {
        assertThat(Exhibits.all())
                .isNotEmpty()
                .allSatisfy(exhibit -> assertThat(exhibit.anchors())
                        .as(exhibit.id())
                        .isNotEmpty()
                        .allSatisfy(anchor -> assertThat(count(html, " id=\"" + anchor + "\""))
                                .as(anchor)
                                .isEqualTo(1)));
    }

    @Test
    void theContractIsSummedUpRuleByRule() {
        String rules = table("id=\"rules\"");
        assertThat(cells(row(rules, "R4")).get(1)).isEqualTo("13,692 of 13,692");
        assertThat(cells(row(rules, "R4")).get(2)).isEqualTo("x86_64-c2-trap aarch64-c2");
        assertThat(cells(row(rules, "R12")).subList(1, 3)).containsExactly("not observed", "");
    }

    @Test
    void everyLinkInThePageLeadsSomewhere() {
        assertThat(Pattern.compile("href=\"#([^\"]+)\"").matcher(html).results().map(link -> link.group(1)))
                .isNotEmpty()
                .allSatisfy(anchor -> assertThat(html).contains(" id=\"" + anchor + "\""));
    }

    @Test
    void controlsStandWithWhatWasSeen() {
        String controls = between(
                between(html, "id=\"run-aarch64-c2\"", "</section>"), "<table class=\"controls dense\">", "</table>");
        assertThat(cells(row(controls, "memcpy-15@1")))
                .startsWith(
                        "memcpy-15@1",
                        "S64@1 S64@8",
                        "R2: the byte at 8 is touched again by S64@8 R3: S64@8 comes after S64@1 R4: other units than"
                                + " S8@1 S16@2 S32@4 S64@8",
                        "caught");
        assertThat(cells(row(controls, "set-opaque"))).contains("not applicable: keeps the rules here");
        assertThat(cells(row(table("id=\"all-controls\""), "get-opaque-narrowed")))
                .containsExactly("get-opaque-narrowed", "R1", "keeps them");
    }

    @Test
    void picturesSayInWordsWhatTheyShow() {
        assertThat(count(html, "<figure ")).isEqualTo(12);
        assertThat(count(html, "<svg class=\"p-all\"")).isEqualTo(12);
        assertThat(count(html, "role=\"img\" aria-labelledby=")).isEqualTo(12);
        String picture = between(html, "id=\"picture-aarch64-c2-15-1\"", "</figure>");
        assertThat(text(between(picture, "<desc", "</desc>")))
                .contains(
                        "Hostmem: 4 stores, as planned, each byte written once, ascending, all aligned (S8@1 S16@2"
                                + " S32@4 S64@8).",
                        "MemorySegment.copy: 4 stores, other ones than planned, each byte written once, ascending, 3"
                                + " of 4 misaligned (S64@1 S32@9 S16@13 S8@15).",
                        "glibc memcpy: 2 stores, where 4 are due, 1 byte written twice, goes back once, 1 of 2"
                                + " misaligned (S64@1 S64@8).");
        assertThat(count(picture, "class=\"p-again\""))
                .as("one red byte, and the legend's")
                .isEqualTo(2);
        assertThat(count(picture, "class=\"p-back\""))
                .as("one triangle, and the legend's")
                .isEqualTo(2);
        assertThat(count(picture, "class=\"p-mis\""))
                .as("misaligned units, and the legend's")
                .isEqualTo(3 + 1 + 1);
        assertThat(text(picture)).contains("glibc memcpy: L64@ram+0 L64@ram+7 S64@1 S64@8");
        assertThat(text(between(html, "id=\"picture-x86_64-c2-trap-64-1\"", "</figure>")))
                .contains(
                        "64 bytes written twice",
                        "2 of 2 misaligned: legal on this ISA",
                        "single steps on the real CPU");
        Matcher ids = Pattern.compile(" id=\"([^\"]*)\"").matcher(html);
        assertThat(ids.results().map(id -> id.group(1)).toList()).doesNotHaveDuplicates();
    }

    @Test
    void nothingIsLoadedFromAnywhere() throws Exception {
        assertThat(html)
                .doesNotContainPattern("https?:|src=|@import|url\\(|<link rel=\"stylesheet|<iframe|<object|<embed")
                .contains("content=\"default-src 'none';");
        assertThat(Pattern.compile("href=\"([^\"#][^\"]*)\"")
                        .matcher(html)
                        .results()
                        .map(m -> m.group(1)))
                .containsExactly("data:,");
        String picture = Files.readString(MODULE.resolve("evidence/write15.svg"));
        assertThat(picture.replace("xmlns=\"http://www.w3.org/2000/svg\"", ""))
                .doesNotContainPattern("https?:|src=|href|@import|url\\(|<script|<foreignObject|<image");
    }

    @Test
    void thePictureOfTheReadmeIsMadeOfARealResult() throws Exception {
        Path made = directory.resolve("write15.svg");
        Forked.Result result = evidence("--from", SAMPLES.toString(), "--svg", "15@1:aarch64:c2", made.toString());
        assertThat(result.exit()).as(result.output()).isZero();
        assertThat(MODULE.resolve("evidence/write15.svg"))
                .as("make it again: lab/evidence --from src/test/resources/… --svg 15@1:aarch64:c2"
                        + " evidence/write15.svg")
                .hasSameTextualContentAs(made);
        assertThat(Files.readString(made))
                .contains("<title id=\"p-t\">A write of 15 bytes at device offset 1. aarch64, C2. Observer: TCG plugin"
                        + " in qemu-user</title>");
        assertThat(evidence("--from", SAMPLES.toString(), "--svg", "16@1:aarch64:c2", made.toString())
                        .output())
                .contains("has no picture 16@1; it has: 7@1 7@3 15@1 15@3 64@1 64@3");
        assertThat(evidence("--from", SAMPLES.toString(), "--svg", "15@1:riscv64:c2", made.toString())
                        .exit())
                .isEqualTo(1);
    }

    // ---- results that are not good

    @Test
    void whatFailedIsSaidAndNothingIsTakenForMarkup(@TempDir Path from) throws Exception {
        String good = Files.readString(SAMPLES.resolve("aarch64-c2.json"));
        String bad = good.replace("\"good\": true", "\"good\": false")
                .replace("\"plansEqual\": 10439", "\"plansEqual\": 10438")
                .replace("\"failures\": []", "\"failures\": [\"case 7: <b>S8@1</b> & \\\"more\\\"\"]")
                .replace("\"R1\": {\"passed\": 248", "\"R1\": {\"passed\": 247")
                .replace("25.0.5+8", "<script>alert(1)</script>");
        assertThat(bad).isNotEqualTo(good);
        Files.writeString(from.resolve("aarch64-c2.json"), bad);
        Files.writeString(from.resolve("aarch64-c1.json"), good.substring(0, good.length() / 2));
        Files.writeString(from.resolve("aarch64-int.json"), good);
        Path to = from.resolve("out.html");
        Forked.Result made = evidence("--from", from.toString(), "--to", to.toString());
        assertThat(made.exit()).as(made.output()).isEqualTo(1);
        String failed = Files.readString(to);
        assertThat(text(between(failed, "id=\"total\">", "</strong>")))
                .isEqualTo("10,438 of 10,439 plans equal the trace, 25 of 25 controls caught");
        assertThat(failed)
                .contains(
                        "<td class=\"bad\">247 of 248</td>",
                        "<strong class=\"bad\">Failed</strong>",
                        "case 7: &lt;b&gt;S8@1&lt;/b&gt; &amp; &quot;more&quot;",
                        "&lt;script&gt;alert(1)")
                .doesNotContain("<b>S8@1", "<script>alert");
        assertThat(failed)
                .as("a plan that may not have been kept is not called kept")
                .doesNotContain("as planned");
        assertThat(failed)
                .contains(
                        "<code>aarch64-c1.json</code>: not JSON: ",
                        "<code>aarch64-int.json</code>: it is the result of aarch64-c2",
                        ">cannot be read<");
    }

    @Test
    void withoutResultsThePageSaysSo(@TempDir Path from) throws Exception {
        Path to = from.resolve("out.html");
        Forked.Result made = evidence("--from", from.resolve("nothing").toString(), "--to", to.toString());
        assertThat(made.exit()).as(made.output()).isZero();
        assertThat(Files.readString(to))
                .contains("No result of 15 runs", "There is no result to draw.")
                .doesNotContain("<figure", "class=\"rules\">");
    }

    // ---- in a browser

    @Test
    void aBrowserShowsTheChosenPictureAndReportsNoError() throws Exception {
        String dom = chromium(page, "--dump-dom").output();
        assertThat(console(dom)).isEmpty();
        assertThat(count(dom, "<table class=\"rules\">")).isEqualTo(2);
        assertThat(count(dom, "<figure ")).isEqualTo(12);
        assertThat(dom).as("the script offers a choice").contains("<form id=\"choose\">");
        List<String> shown = Pattern.compile("<figure [^>]*>")
                .matcher(dom)
                .results()
                .map(m -> m.group())
                .filter(figure -> !figure.contains("hidden"))
                .toList();
        assertThat(shown).singleElement().asString().contains("data-run=\"aarch64-c2\"", "data-request=\"15@1\"");
    }

    @Test
    void whatIsDrawnIsThereWithAndWithoutScript() throws Exception {
        // Chromium that may run no script takes no screenshot either: the script is left out instead.
        Path without = directory.resolve("without-script.html");
        Files.writeString(without, html.replaceAll("(?s)<script>.*?</script>", ""));
        assertThat(Files.readString(without)).isNotEqualTo(html).doesNotContain("<script");
        for (Path shown : new Path[] {page, without}) {
            Path shot = directory.resolve(shown.getFileName() + ".png");
            Forked.Result done =
                    chromium(shown, "--screenshot=" + shot, "--window-size=1100,3200", "--hide-scrollbars");
            assertThat(shot).as(done.output()).exists();
            assertThat(console(done.output())).isEmpty();
            BufferedImage png = ImageIO.read(shot.toFile());
            assertThat(png.getWidth() + "x" + png.getHeight()).isEqualTo("1100x3200");
            assertThat(count(png, AGAIN))
                    .as("pixels of bytes written again in %s", shown.getFileName())
                    .isGreaterThan(100);
            assertThat(count(png, MISALIGNED))
                    .as("pixels of misaligned units in %s", shown.getFileName())
                    .isGreaterThan(1000);
            assertThat(count(png, ALIGNED))
                    .as("pixels of aligned units in %s", shown.getFileName())
                    .isGreaterThan(1000);
        }
    }

    @Test
    void thePictureOfTheReadmeIsDrawnAsAnImage() throws Exception {
        // As the README has it: an image, in which no script runs and nothing is loaded.
        Path readme = directory.resolve("readme.html");
        Files.writeString(
                readme,
                "<body style=\"margin:0\"><img src=\""
                        + MODULE.resolve("evidence/write15.svg").toUri() + "\">");
        Path shot = directory.resolve("readme.png");
        Forked.Result done = chromium(readme, "--screenshot=" + shot, "--window-size=900,420", "--hide-scrollbars");
        assertThat(shot).as(done.output()).exists();
        BufferedImage png = ImageIO.read(shot.toFile());
        assertThat(count(png, AGAIN)).isGreaterThan(150);
        assertThat(count(png, MISALIGNED)).isGreaterThan(3000);
        assertThat(count(png, ALIGNED)).isGreaterThan(3000);
    }

    @Test
    void anErrorOrARequestWouldBeNoticed() throws Exception {
        Path broken = directory.resolve("broken.html");
        Files.writeString(
                broken,
                html.replace(
                        "</main>",
                        "<img src=\"//hostmem.invalid/a.png\"></main><script>hostmemIsNotDefined();</script>"));
        assertThat(console(chromium(broken, "--dump-dom").output()))
                .anyMatch(line -> line.contains("hostmemIsNotDefined is not defined"))
                .anyMatch(line -> line.contains("Content Security Policy"));
    }

    // ---- tools

    private static Forked.Result evidence(String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("env", "JAVA25_HOME=" + System.getProperty("java.home"), TOOL.toString()));
        command.addAll(List.of(arguments));
        return Forked.run(command);
    }

    private static Forked.Result chromium(Path what, String... options) throws Exception {
        String program = null;
        for (String name : new String[] {"chromium", "chromium-browser", "google-chrome"}) {
            for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
                if (program == null && Files.isExecutable(Path.of(folder, name))) {
                    program = Path.of(folder, name).toString();
                }
            }
        }
        needed(
                program != null,
                "no Chromium on this machine: .ci/install, or apt-get install --no-install-recommends chromium");
        Files.createDirectories(WORK);
        // Not a @TempDir: processes of the browser may outlive it for a moment, and write.
        Path profile = Files.createTempDirectory(WORK, "chromium-");
        List<String> command = new ArrayList<>(List.of(
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--enable-logging=stderr",
                "--v=0",
                "--user-data-dir=" + profile));
        command.addAll(List.of(options));
        command.add(what.toUri().toString());
        try {
            return Forked.run(command);
        } finally {
            try (Stream<Path> all = Files.walk(profile)) {
                all.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            } catch (IOException | UncheckedIOException stillInUse) {
                // "mvn clean" takes the rest.
            }
        }
    }

    /** What the page said on the console: errors of its script, and what its policy kept it from loading. */
    private static List<String> console(String output) {
        return output.lines()
                .filter(line -> line.contains(":CONSOLE:") || line.contains(":CONSOLE("))
                .toList();
    }

    private static String between(String text, String from, String to) {
        int start = text.indexOf(from);
        assertThat(start).as("where is %s?", from).isNotNegative();
        int end = text.indexOf(to, start);
        assertThat(end).as("where is %s after %s?", to, from).isNotNegative();
        return text.substring(start + from.length(), end);
    }

    private static String table(String attribute) {
        return between(html, "<table " + attribute, "</table>");
    }

    /** The row whose heading begins with these words. */
    private static String row(String table, String heading) {
        return Pattern.compile("<tr>.*?</tr>", Pattern.DOTALL)
                .matcher(table)
                .results()
                .map(m -> m.group())
                .filter(row -> (cells(row).getFirst() + " ").startsWith(heading + " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no row " + heading + " in " + table));
    }

    private static List<String> cells(String row) {
        return Pattern.compile("<t[hd][^>]*>(.*?)</t[hd]>", Pattern.DOTALL)
                .matcher(row)
                .results()
                .map(m -> text(m.group(1)))
                .toList();
    }

    private static String text(String html) {
        return html.replaceAll("<[^>]*>", " ")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&")
                .replaceAll("\\s+", " ")
                .replace(" :", ":")
                .strip();
    }

    /** {@return how many pixels have a colour} */
    private static long count(BufferedImage image, int colour) {
        return Arrays.stream(image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
                .filter(pixel -> (pixel & 0xffffff) == colour)
                .count();
    }

    private static int count(String text, String what) {
        return text.split(Pattern.quote(what), -1).length - 1;
    }
}
