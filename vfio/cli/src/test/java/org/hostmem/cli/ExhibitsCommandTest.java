package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.hostmem.cli.exhibits.Exhibit;
import org.hostmem.cli.exhibits.Exhibits;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ExhibitsCommandTest {

    private static final Exhibit SHOWN =
            new Exhibit("0", "title", "naive", "truth", List.of("R1", "R2"), stage -> "seen");
    private static final Exhibit NOT_SHOWN = new Exhibit("-1", "title", "naive", "truth", List.of("R3"), stage -> {
        throw new IllegalStateException("the sky is green");
    });

    private static Cli run(List<Exhibit> exhibits, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = new CommandLine(new ExhibitsCommand(exhibits))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
        return new Cli(code, out.toString(), err.toString());
    }

    @Test
    void allHoldAsJson() {
        Cli run = Cli.run("exhibits --json");
        assertThat(run.code()).as(run.out()).isZero();
        assertThat(run.err()).isEmpty();
        JsonArray exhibits = run.json().getAsJsonArray("exhibits");
        assertThat(exhibits).hasSize(Exhibits.all().size());
        for (JsonElement one : exhibits) {
            JsonObject exhibit = one.getAsJsonObject();
            assertThat(exhibit.keySet())
                    .containsExactly("id", "title", "naive", "truth", "rules", "evidence", "verdict", "shown");
            assertThat(exhibit.get("shown").getAsBoolean())
                    .as(exhibit.toString())
                    .isTrue();
            assertThat(exhibit.get("verdict").getAsString()).isNotBlank().doesNotContain("\n");
        }
        assertThat(run.json().get("evidence").getAsString()).endsWith("index.html");
    }

    @Test
    void allHoldAsText() {
        Cli run = Cli.run("exhibits");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains(
                        "S3.overlap",
                        Exhibits.all().size() + " of " + Exhibits.all().size() + " exhibits hold")
                .doesNotContain("NOT SHOWN");
    }

    @Test
    void oneThatFailsIsSaidAsJsonAndByTheExitCode() {
        Cli run = run(List.of(SHOWN, NOT_SHOWN), "--json");
        assertThat(run.code()).isEqualTo(1);
        JsonArray exhibits = JsonParser.parseString(run.out()).getAsJsonObject().getAsJsonArray("exhibits");
        assertThat(exhibits.get(0).getAsJsonObject().get("shown").getAsBoolean())
                .isTrue();
        assertThat(exhibits.get(0).getAsJsonObject().get("verdict").getAsString())
                .isEqualTo("seen");
        assertThat(exhibits.get(1).getAsJsonObject().get("shown").getAsBoolean())
                .isFalse();
        assertThat(exhibits.get(1).getAsJsonObject().get("verdict").getAsString())
                .contains("the sky is green");
    }

    @Test
    void oneThatFailsIsSaidAsTextAndByTheExitCode() {
        Cli run = run(List.of(NOT_SHOWN, SHOWN));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out())
                .contains(
                        "-1          NOT SHOWN: ",
                        "the sky is green",
                        "0           shown: seen",
                        "1 of 2 exhibits hold");
        assertThat(run.out().lines()).as("a line each, and the last").hasSize(3);
    }

    @Test
    void whyAndWhereIsSaidWhenAsked() {
        assertThat(run(List.of(SHOWN), "--explain").out())
                .contains(
                        "point: title",
                        "naive: naive",
                        "truth: truth (R1, R2)",
                        "links: target/evidence/index.html#rule-R1 target/evidence/index.html#rule-R2");
        assertThat(JsonParser.parseString(run(List.of(SHOWN), "--json").out())
                        .getAsJsonObject()
                        .getAsJsonArray("exhibits")
                        .get(0)
                        .getAsJsonObject()
                        .getAsJsonArray("evidence"))
                .extracting(JsonElement::getAsString)
                .containsExactly("target/evidence/index.html#rule-R1", "target/evidence/index.html#rule-R2");
    }

    @Test
    void thoseThatHoldAloneAreSuccess() {
        assertThat(run(List.of(SHOWN), "--json").code()).isZero();
    }
}
