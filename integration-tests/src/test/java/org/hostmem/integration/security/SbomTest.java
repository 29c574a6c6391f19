package org.hostmem.integration.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.integration.Modules;
import org.junit.jupiter.api.Test;

/** The bill of materials that the build makes for each artifact. */
class SbomTest {

    /** Beside the classes, or the jar, of the module. */
    private static JsonObject bom(String module) throws IOException {
        Path bom = Modules.location(module).resolveSibling("bom.json");
        needed(Files.exists(bom), "no bill of materials: mvn verify makes it, unless Maven is offline (-o)");
        return JsonParser.parseString(Files.readString(bom)).getAsJsonObject();
    }

    private static List<String> components(JsonObject bom) {
        List<String> names = new ArrayList<>();
        JsonElement all = bom.has("components") ? bom.get("components") : new JsonArray();
        for (JsonElement component : all.getAsJsonArray()) {
            names.add(component.getAsJsonObject().get("group").getAsString() + ":"
                    + component.getAsJsonObject().get("name").getAsString());
        }
        return names;
    }

    @Test
    void theCommandLineIsMadeOfThisProjectAndTwoLibraries() throws IOException {
        JsonObject bom = bom(Modules.CLI);
        assertThat(bom.get("bomFormat").getAsString()).isEqualTo("CycloneDX");
        assertThat(components(bom))
                .containsExactlyInAnyOrder(
                        "org.hostmem:hostmem-api",
                        "org.hostmem:hostmem-arch-generic",
                        "org.hostmem:hostmem-arch-x86_64",
                        "org.hostmem:hostmem-arch-aarch64",
                        "org.hostmem:hostmem-arch-ppc64",
                        "org.hostmem:hostmem-arch-riscv64",
                        "org.hostmem:hostmem-vfio",
                        "info.picocli:picocli",
                        "com.google.code.gson:gson",
                        "com.google.errorprone:error_prone_annotations");
        for (JsonElement component : bom.getAsJsonArray("components")) {
            assertThat(component.getAsJsonObject().get("licenses").toString()).contains("Apache-2.0");
            assertThat(component.getAsJsonObject().get("purl").getAsString()).startsWith("pkg:maven/");
        }
    }

    @Test
    void theApiIsMadeOfNothingElse() throws IOException {
        assertThat(components(bom(Modules.API))).isEmpty();
    }

    @Test
    void nothingInItChangesFromBuildToBuild() throws IOException {
        JsonObject bom = bom(Modules.VFIO);
        assertThat(bom.has("serialNumber")).isFalse();
        assertThat(bom.getAsJsonObject("metadata").has("timestamp")).isFalse();
    }
}
