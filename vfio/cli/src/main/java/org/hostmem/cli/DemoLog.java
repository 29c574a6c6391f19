package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.hostmem.AccessPlan;
import org.hostmem.TransferPlan;
import org.jspecify.annotations.Nullable;

/** Prints the steps and checks of the demonstration, as text at once or as JSON at the end. */
final class DemoLog {

    /** Null if JSON is wanted. */
    private final @Nullable PrintWriter text;

    private final JsonArray checks = new JsonArray();
    private String section = "";
    private int right;

    DemoLog(@Nullable PrintWriter text) {
        this.text = text;
    }

    void section(String title) {
        section = title;
        say("");
        say(title);
    }

    /** A line that is for people only. */
    void say(String line) {
        if (text != null) {
            text.println(line);
        }
    }

    void draw(Picture picture, String indent) {
        picture.lines().forEach(line -> say(indent + line));
    }

    /** Each access has a line of its own, because accesses may overlap. */
    void drawEach(List<Run> stores, int bytesPerLine, String indent) {
        for (Run store : stores) {
            new Picture(List.of(store), bytesPerLine).lines().stream().skip(1).forEach(line -> say(indent + line));
        }
    }

    /** The outcome of one step. */
    void check(String name, AccessPlan plan, boolean isRight, String outcome) {
        JsonObject one = new JsonObject();
        one.addProperty("verdict", plan.verdict().name().toLowerCase(Locale.ROOT));
        one.addProperty("count", plan.accesses());
        if (plan.accesses() <= PlanText.MAX_ACCESSES) {
            one.add("accesses", PlanText.json(plan));
        }
        check(name, one, PlanText.line(plan), isRight, outcome);
    }

    /** The outcome of a move. */
    void check(String name, TransferPlan plan, boolean isRight, String outcome) {
        check(name, PlanText.json(plan), PlanText.line(plan), isRight, outcome);
    }

    private void check(String name, JsonObject plan, String planText, boolean isRight, String outcome) {
        right += isRight ? 1 : 0;
        JsonObject one = new JsonObject();
        one.addProperty("section", section);
        one.addProperty("name", name);
        one.add("plan", plan);
        one.addProperty("right", isRight);
        one.addProperty("outcome", outcome);
        checks.add(one);
        say("  " + (isRight ? "right" : "WRONG") + "  " + name + ":" + planText + ": " + outcome);
    }

    boolean allRight() {
        return right == checks.size();
    }

    String summary() {
        return right + " of " + checks.size() + " checks right";
    }

    JsonObject json() {
        JsonObject all = new JsonObject();
        all.add("checks", checks);
        all.addProperty("right", right);
        all.addProperty("total", checks.size());
        return all;
    }
}
