package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
import org.hostmem.cli.exhibits.Exhibit;
import org.hostmem.cli.exhibits.Exhibits;
import org.hostmem.cli.exhibits.Stage;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows each point of the mail thread. */
@Command(
        name = "exhibits",
        description = {
            "Runs each point of the mail thread \"list of memory/memcpy access issues\" on the embedded device, and"
                    + " prints a verdict of one line.",
            "What the CPU really issued is in the evidence report that integration-tests/lab/observe-all makes: "
                    + Exhibit.REPORT + "."
        })
final class ExhibitsCommand extends JsonCommand {

    private static final String INDENT = " ".repeat(12);

    private final List<Exhibit> exhibits;

    @Option(
            names = "--explain",
            description =
                    "For each point, say what goes wrong the naive way, what is true, and where the evidence report"
                            + " shows it.")
    private boolean explains;

    ExhibitsCommand() {
        this(Exhibits.all());
    }

    ExhibitsCommand(List<Exhibit> exhibits) {
        this.exhibits = exhibits;
    }

    @Override
    int execute() {
        JsonArray all = new JsonArray();
        int shown = 0;
        try (Device device = EmbeddedDevice.open()) {
            Stage stage = new Stage(device);
            for (Exhibit exhibit : exhibits) {
                JsonObject one = json(exhibit, stage);
                all.add(one);
                shown += one.get("shown").getAsBoolean() ? 1 : 0;
                if (!json()) {
                    text(exhibit, one);
                }
            }
        }
        if (json()) {
            JsonObject report = new JsonObject();
            report.add("exhibits", all);
            report.addProperty("evidence", Exhibit.REPORT);
            print(report);
        } else {
            out().println(shown + " of " + all.size() + " exhibits hold" + (explains ? "" : "; why, with --explain")
                    + "; the accesses themselves: " + Exhibit.REPORT);
            flush();
        }
        return shown == all.size() ? 0 : 1;
    }

    private static JsonObject json(Exhibit exhibit, Stage stage) {
        JsonObject one = new JsonObject();
        one.addProperty("id", exhibit.id());
        one.addProperty("title", exhibit.title());
        one.addProperty("naive", exhibit.naive());
        one.addProperty("truth", exhibit.truth());
        JsonArray rules = new JsonArray();
        exhibit.rules().forEach(rules::add);
        one.add("rules", rules);
        JsonArray evidence = new JsonArray();
        exhibit.anchors().forEach(anchor -> evidence.add(Exhibit.REPORT + "#" + anchor));
        one.add("evidence", evidence);
        try {
            one.addProperty("verdict", exhibit.check().run(stage));
            one.addProperty("shown", true);
        } catch (RuntimeException failed) {
            one.addProperty("verdict", failed.toString());
            one.addProperty("shown", false);
        }
        return one;
    }

    private void text(Exhibit exhibit, JsonObject one) {
        out().printf(
                        "%-11s %s: %s%n",
                        exhibit.id(),
                        one.get("shown").getAsBoolean() ? "shown" : "NOT SHOWN",
                        one.get("verdict").getAsString());
        if (explains) {
            out().println(INDENT + "point: " + exhibit.title());
            out().println(INDENT + "naive: " + exhibit.naive());
            out().println(INDENT + "truth: " + exhibit.truth() + " (" + String.join(", ", exhibit.rules()) + ")");
            out().println(INDENT + "links: "
                    + exhibit.anchors().stream()
                            .map(anchor -> Exhibit.REPORT + "#" + anchor)
                            .collect(Collectors.joining(" ")));
        }
    }
}
