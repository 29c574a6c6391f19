package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.ProviderSelection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoCommandTest {

    @Test
    void textEndsWithTheSummary() {
        Cli run = Cli.run("demo");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines().toList().getLast()).matches("([0-9]+) of \\1 checks right");
        assertThat(run.out())
                .contains("memcpy, as in a glibc", ".|1|2--|4------|8--------------|", "RegionFaultException")
                .doesNotContain("WRONG");
    }

    @Test
    void jsonHasEveryCheck() {
        Cli run = Cli.run("demo --json");
        assertThat(run.code()).isZero();
        JsonObject demo = run.json();
        assertThat(demo.get("right")).isEqualTo(demo.get("total"));
        assertThat(demo.getAsJsonArray("checks"))
                .hasSize(demo.get("total").getAsInt())
                .hasSizeGreaterThan(20);
        for (JsonElement check : demo.getAsJsonArray("checks")) {
            assertThat(check.getAsJsonObject().keySet()).contains("section", "name", "plan", "right", "outcome");
        }
    }

    /** Of the overlapping moves, too: what is refused, what is kept, and each access of a short side. */
    @Test
    void movesShowTheirPlans() {
        assertThat(Cli.run("demo").out())
                .contains(" 2 bytes: rejected (buffer 3): ", " 3 bytes: buffered (buffer 3), ", ": descending, ");
        for (JsonElement check : Cli.run("demo --json").json().getAsJsonArray("checks")) {
            JsonObject plan = check.getAsJsonObject().getAsJsonObject("plan");
            assertThat(plan.keySet()).as("%s", check).contains("verdict").containsAnyOf("count", "writesCount");
            if (plan.get("verdict").getAsString().matches("buffered|descending")) {
                assertThat(plan.get("readsCount").getAsInt()).isGreaterThan(30);
            }
        }
    }

    /**
     * With the fallback provider, faults come as the JVM's InternalError, and the demonstration knows that no more was
     * promised.
     */
    @Test
    void isRightWithTheFallbackToo() {
        System.setProperty(ProviderSelection.PROVIDER_PROPERTY, "generic");
        try {
            Cli run = Cli.run("demo");
            assertThat(run.out()).contains("generic").doesNotContain("WRONG");
            assertThat(run.code()).isZero();
        } finally {
            System.clearProperty(ProviderSelection.PROVIDER_PROPERTY);
        }
    }

    @Test
    void aWrongCheckIsSeen() {
        DemoLog log = new DemoLog(null);
        AccessPlan plan = AccessPlan.scalar(
                Providers.find("generic").orElseThrow().rules(CacheMode.UNKNOWN, java.util.Set.of()),
                UnalignedPolicy.SPLIT,
                0,
                0,
                4);
        log.check("right", plan, true, "");
        assertThat(log.allRight()).isTrue();
        log.check("wrong", plan, false, "");
        assertThat(log.allRight()).isFalse();
        assertThat(log.summary()).isEqualTo("1 of 2 checks right");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 15, 64, 100})
    void plansCoverWhatTheyAreFor(int length) {
        AccessRules rules = Providers.find("generic").orElseThrow().rules(CacheMode.UNKNOWN, java.util.Set.of());
        for (long offset = 0; offset < 16; offset++) {
            AccessPlan plan = AccessPlan.bulk(rules, Direction.WRITE, TransferOrder.ASCENDING, offset, offset, length);
            assertThat(DemoAccesses.covers(plan, offset, length)).isTrue();
            assertThat(DemoAccesses.covers(plan, offset, length + 1)).isFalse();
            assertThat(DemoAccesses.covers(plan, offset + 1, length)).isFalse();
        }
    }

    @Test
    void memcpyOverlapsInTheMiddle() {
        assertThat(Memcpy.stores(0x11, 15)).containsExactly(new Run(0x11, 8, 1), new Run(0x18, 8, 1));
        assertThat(Memcpy.stores(0x11, 16)).containsExactly(new Run(0x11, 16, 1));
        assertThat(Memcpy.stores(0x11, 64)).containsExactly(new Run(0x11, 32, 1), new Run(0x31, 32, 1));
        assertThat(Memcpy.describe(Memcpy.stores(0x11, 15), 15))
                .isEqualTo("2 accesses, unaligned, 1 byte written twice");
        assertThat(Memcpy.describe(Memcpy.stores(0x10, 1), 1)).isEqualTo("1 access");
    }
}
