package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.HashSet;
import java.util.Set;
import org.hostmem.CacheMode;
import org.junit.jupiter.api.Test;

class RulesCommandTest {

    @Test
    void jsonHasEveryIsaAndMode() {
        JsonArray rules = Cli.run("rules --json").json().getAsJsonArray("rules");
        Set<String> seen = new HashSet<>();
        for (JsonElement each : rules) {
            JsonObject one = each.getAsJsonObject();
            seen.add(one.get("isa").getAsString() + " " + one.get("mode").getAsString());
            assertThat(one.getAsJsonObject("unaligned").keySet()).containsExactly("2", "4", "8");
            assertThat(one.getAsJsonObject("barriers").keySet())
                    .containsExactly(
                            "TO_DEVICE",
                            "FROM_DEVICE",
                            "FLUSH_WRITE_COMBINING",
                            "END_COMBINING",
                            "ORDER_DEVICE",
                            "FULL");
            assertThat(one.get("widestRead").getAsInt()).isGreaterThanOrEqualTo(8);
            assertThat(one.get("widestWrite").getAsInt()).isGreaterThanOrEqualTo(8);
            assertThat(one.get("source").getAsString()).isNotBlank();
        }
        for (String isa : new String[] {"x86_64", "aarch64", "ppc64", "riscv64", "generic"}) {
            for (CacheMode mode : CacheMode.values()) {
                assertThat(seen).contains(isa + " " + mode);
            }
        }
        assertThat(rules).hasSize(25);
    }

    @Test
    void isaAndModeSelect() {
        JsonArray rules =
                Cli.run("rules --isa aarch64 --mode device --json").json().getAsJsonArray("rules");
        assertThat(rules).hasSize(1);
        assertThat(rules.get(0)
                        .getAsJsonObject()
                        .getAsJsonObject("unaligned")
                        .get("8")
                        .getAsString())
                .isEqualTo("ILLEGAL");
    }

    @Test
    void featuresWiden() {
        JsonArray rules = Cli.run("rules --isa x86_64 --mode device --features avx --json")
                .json()
                .getAsJsonArray("rules");
        assertThat(rules.get(0).getAsJsonObject().get("widestWrite").getAsInt()).isEqualTo(32);
    }

    @Test
    void textIsATableForEachIsa() {
        Cli run = Cli.run("rules");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains(
                        "x86_64\n",
                        "aarch64\n",
                        "ppc64\n",
                        "riscv64\n",
                        "generic\n",
                        "[sfence]",
                        "[dmb oshst]",
                        "[sync]",
                        "avx: ");
        assertThat(run.out().lines().filter(line -> line.startsWith("  NONCACHED")))
                .hasSize(5);
    }

    @Test
    void whereAHypervisorMayAnswerTheRulesSayWhatItDecodes() {
        JsonObject x86 = Cli.run("rules --isa x86_64 --mode device --features avx --answered-by hypervisor --json")
                .json()
                .getAsJsonArray("rules")
                .get(0)
                .getAsJsonObject();
        assertThat(x86.get("answeredBy").getAsString()).isEqualTo("HYPERVISOR");
        assertThat(x86.get("widestWrite").getAsInt()).isEqualTo(16);
        assertThat(Cli.run("rules --isa x86_64 --answered-by unknown").out())
                .contains("hypervisor", "VEX", "lock cmpxchg", "kvm/emulate.c");
        assertThat(Cli.run("rules --isa aarch64 --answered-by hypervisor").out())
                .contains("write-back", "ESR_EL2", "SIGBUS");
        assertThat(Cli.run("rules --isa riscv64 --answered-by hypervisor").out())
                .contains("not measured");
        assertThat(Cli.run("rules --isa x86_64").out()).doesNotContain("kvm/emulate.c");
    }

    @Test
    void wrongUsage() {
        assertThat(Cli.run("rules --isa z80").err()).contains("'z80'", "aarch64, generic, ppc64, riscv64, x86_64");
        assertThat(Cli.run("rules --isa z80").code()).isEqualTo(2);
        assertThat(Cli.run("rules --features avx").err()).contains("--features", "--isa");
        assertThat(Cli.run("rules --isa x86_64 --features sve").err()).contains("'sve'", "x86_64");
    }
}
