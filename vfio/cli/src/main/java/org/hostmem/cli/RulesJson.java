package org.hostmem.cli;

import com.google.gson.JsonObject;
import org.hostmem.AccessRules;
import org.hostmem.Barrier;

/** {@link AccessRules} as a tree; {@code rules} and {@code report} print the same. */
final class RulesJson {

    private RulesJson() {}

    static JsonObject of(AccessRules rules) {
        JsonObject one = new JsonObject();
        one.addProperty("isa", rules.isa());
        one.addProperty("mode", rules.cacheMode().name());
        one.addProperty("answeredBy", rules.answeredBy().name());
        JsonObject unaligned = new JsonObject();
        for (int width : new int[] {2, 4, 8}) {
            unaligned.addProperty(
                    Integer.toString(width), rules.unaligned(width).name());
        }
        one.add("unaligned", unaligned);
        one.addProperty("widestRead", rules.widestRead());
        one.addProperty("widestWrite", rules.widestWrite());
        one.addProperty("widestAscending", rules.widestAscending());
        JsonObject barriers = new JsonObject();
        for (Barrier purpose : Barrier.values()) {
            barriers.addProperty(purpose.name(), rules.barriers().get(purpose));
        }
        one.add("barriers", barriers);
        one.addProperty("unobserved", rules.unobserved());
        one.add("notes", Json.strings(rules.notes()));
        one.addProperty("source", rules.source());
        return one;
    }
}
