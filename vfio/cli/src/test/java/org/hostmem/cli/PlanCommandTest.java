package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import org.hostmem.CacheMode;
import org.hostmem.DeviceLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCommandTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Scalars: aligned, unaligned where the ISA does it, cut up, refused.
                "--isa x86_64  --mode NONCACHED --offset 8  --size 4 --scalar                     | [[8,4]]           "
                        + "        | single",
                "--isa x86_64  --mode NONCACHED --offset 7  --size 8 --scalar                     | [[7,8]]           "
                        + "        | single",
                "--isa x86_64  --mode UNKNOWN   --offset 7  --size 8 --scalar --unaligned reject  | [[7,8]]           "
                        + "        | single",
                "--isa aarch64 --mode NORMAL    --offset 7  --size 8 --scalar                     | [[7,8]]           "
                        + "        | single",
                "--isa aarch64 --mode DEVICE    --offset 7  --size 8 --scalar                     |"
                        + " [[7,1],[8,4],[12,2],[14,1]] | split",
                "--isa aarch64 --mode NONCACHED --offset 1  --size 4 --scalar --operation read    |"
                        + " [[1,1],[2,2],[4,1]]       | split",
                "--isa aarch64 --mode NONCACHED --offset 2  --size 4 --scalar --unaligned reject  | []                "
                        + "        | rejected",
                "--isa ppc64   --mode UNKNOWN   --offset 1  --size 2 --scalar                     | [[1,1],[2,1]]     "
                        + "        | split",
                "--isa riscv64 --mode NORMAL    --offset 6  --size 4 --scalar                     | [[6,2],[8,2]]     "
                        + "        | split",
                "--isa riscv64 --mode NORMAL    --offset 6  --size 4 --scalar --features misaligned_fast | [[6,4]]    "
                        + "        | single",
                "--isa generic --mode NORMAL    --offset 3  --size 2 --scalar                     | [[3,1],[4,1]]     "
                        + "        | split",
                "--isa generic --mode NORMAL    --offset 3  --size 1 --scalar --unaligned reject  | [[3,1]]           "
                        + "        | single",
                // Bulk transfers: the device's alignment decides; the widest unit is the ISA's.
                "--isa x86_64  --mode NONCACHED --offset 1  --size 15                             |"
                        + " [[1,1],[2,2],[4,4],[8,8]] | bulk",
                "--isa x86_64  --mode NONCACHED --offset 0  --size 7                              |"
                        + " [[0,4],[4,2],[6,1]]       | bulk",
                "--isa x86_64  --mode DEVICE    --offset 0x10 --size 48                           |"
                        + " [[16,16],[32,16],[48,16]] | bulk",
                "--isa x86_64  --mode DEVICE    --offset 0x10 --size 48 --features avx            | [[16,16],[32,32]] "
                        + "        | bulk",
                "--isa aarch64 --mode NORMAL    --offset 0  --size 16                             | [[0,8],[8,8]]     "
                        + "        | bulk",
                "--isa aarch64 --mode NORMAL    --offset 0  --size 16 --order relaxed             | [[0,16]]          "
                        + "        | bulk",
                "--isa riscv64 --mode WRITE_COMBINING --offset 0 --size 16 --operation read       | [[0,8],[8,8]]     "
                        + "        | bulk",
                "--isa ppc64   --mode NONCACHED --offset 0  --size 16 --operation read --features power9_dd2_vector_ci"
                        + " | [[0,8],[8,8]] | bulk",
                // Where a hypervisor may answer: what hypervisors decode, on device memory alone.
                "--isa aarch64 --mode NONCACHED --offset 0 --size 64 --answered-by unknown |"
                        + " [[0,8],[8,8],[16,8],[24,8],[32,8],[40,8],[48,8],[56,8]] | bulk",
                "--isa x86_64 --mode NONCACHED --offset 0 --size 64 --answered-by unknown |"
                        + " [[0,16],[16,16],[32,16],[48,16]] | bulk",
                "--isa x86_64 --mode NONCACHED --offset 0 --size 64 --answered-by hypervisor --features avx |"
                        + " [[0,16],[16,16],[32,16],[48,16]] | bulk",
                "--isa x86_64 --mode WRITE_COMBINING --offset 0 --size 64 --answered-by hypervisor --features"
                        + " movdir64b | [[0,16],[16,16],[32,16],[48,16]] | bulk",
                "--isa x86_64 --mode NONCACHED --offset 0 --size 64 --answered-by hardware --features avx |"
                        + " [[0,32],[32,32]] | bulk",
                "--isa x86_64 --mode NORMAL --offset 0 --size 64 --order relaxed --answered-by unknown --features avx"
                        + " | [[0,32],[32,32]] | bulk",
                "--isa ppc64 --mode DEVICE --offset 0 --size 16 --answered-by hypervisor | [[0,8],[8,8]] | bulk",
                "--isa riscv64 --mode DEVICE --offset 0 --size 16 --answered-by hypervisor | [[0,8],[8,8]] | bulk",
                "--isa generic --mode UNKNOWN   --offset 0  --size 0                              | []                "
                        + "        | bulk",
                // A device that takes some accesses only.
                "--isa x86_64  --mode NONCACHED --offset 4  --size 20 --max-width 4 --features avx |"
                        + " [[4,4],[8,4],[12,4],[16,4],[20,4]] | bulk",
                "--isa x86_64  --mode NONCACHED --offset 8  --size 8 --scalar --max-width 4      | [[8,4],[12,4]]     "
                        + "       | split",
                "--isa aarch64 --mode DEVICE    --offset 8  --size 8 --scalar --halves high-first | [[12,4],[8,4]]    "
                        + "       | split",
                "--isa ppc64   --mode NONCACHED --offset 0  --size 16 --halves HIGH-FIRST         |"
                        + " [[4,4],[0,4],[12,4],[8,4]] | bulk",
                "--isa riscv64 --mode NONCACHED --offset 0  --size 12 --halves low-first          |"
                        + " [[0,4],[4,4],[8,4]]       | bulk",
                "--isa x86_64  --mode NONCACHED --offset 2  --size 4 --min-width 4                | []                "
                        + "        | rejected",
                "--isa x86_64  --mode NONCACHED --offset 2  --size 4 --scalar --min-width 4       | [[2,4]]           "
                        + "        | single",
                "--isa x86_64  --mode NONCACHED --offset 2  --size 4 --scalar --min-width 4 --aligned | []            "
                        + "        | rejected",
                "--isa x86_64  --mode NONCACHED --offset 2  --size 4 --scalar --aligned           | [[2,2],[4,2]]     "
                        + "        | split",
                "--isa X86_64  --mode noncached --offset 0  --size 1                              | [[0,1]]           "
                        + "        | bulk",
                "--isa generic --mode write-combining --offset 0x7ffffffffffffffe --size 1        |"
                        + " [[9223372036854775806,1]] | bulk"
            })
    void jsonIsAccessesAndVerdict(String options, String accesses, String verdict) {
        Cli run = Cli.run("plan --json " + options.strip().replaceAll(" +", " "));
        assertThat(run.err()).isEmpty();
        assertThat(run.out().strip()).isEqualTo("{\"accesses\":" + accesses + ",\"verdict\":\"" + verdict + "\"}");
        assertThat(run.code()).isZero();
    }

    @Test
    void jsonSaysHowManyBytesAreTheMachinesChoice() {
        Cli run = Cli.run("plan --json --isa x86_64 --mode NORMAL --offset 3 --size 64 --order unobserved");
        assertThat(run.out().strip()).isEqualTo("{\"accesses\":[],\"chosen\":64,\"verdict\":\"unobserved\"}");
    }

    @Test
    void textSaysWhatNobodyLooksAtIsMadeWith() {
        Cli run = Cli.run("plan --isa x86_64 --mode NORMAL --offset 3 --size 64 --order unobserved --features erms");
        assertThat(run.out()).contains("unobserved", "rep movsb");
    }

    @Test
    void onDeviceMemorySomebodyLooks() {
        Cli run = Cli.run("plan --json --isa x86_64 --mode DEVICE --offset 0 --size 16 --order unobserved");
        assertThat(run.out().strip()).isEqualTo("{\"accesses\":[[0,16]],\"verdict\":\"bulk\"}");
    }

    @Test
    void noIsaAndModeHasAUnitAboveWhatTheDeviceTakes() {
        for (String isa : new String[] {"x86_64", "aarch64", "ppc64", "riscv64", "generic"}) {
            for (CacheMode mode : CacheMode.values()) {
                for (String more : new String[] {
                    "",
                    " --order relaxed",
                    " --operation read",
                    " --features avx,movdir64b,avx512",
                    " --size 8 --scalar"
                }) {
                    String size = more.contains("--size") ? "" : " --size 200";
                    Cli run = Cli.run("plan --json --isa " + isa + " --mode " + mode + " --offset 8" + size
                            + " --max-width 4" + (isa.equals("x86_64") || !more.contains("features") ? more : ""));
                    if (run.code() == 0) {
                        run.json()
                                .get("accesses")
                                .getAsJsonArray()
                                .forEach(access -> assertThat(
                                                access.getAsJsonArray().get(1).getAsInt())
                                        .as(isa + " " + mode + more)
                                        .isLessThanOrEqualTo(4));
                    } else {
                        assertThat(run.err() + run.out())
                                .as(isa + " " + mode + more)
                                .contains("features");
                    }
                }
            }
        }
    }

    @Test
    void textSaysWhatTheDeviceTakes() {
        assertThat(Cli.run("plan --isa x86_64 --mode NONCACHED --offset 8 --size 8 --scalar --max-width 4")
                        .out())
                .contains(DeviceLimits.NONE.withUnits(1, 4).toString(), "split: ", "(R13)", "2 accesses");
        assertThat(Cli.run("plan --isa x86_64 --mode NONCACHED --offset 8 --size 2 --scalar --min-width 4")
                        .out())
                .contains("rejected: ", "R13");
        Cli halves = Cli.run("plan --isa x86_64 --mode NONCACHED --offset 8 --size 64K --halves high-first");
        assertThat(halves.out()).contains("0xc", "... and more");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--isa sparc --mode NORMAL --offset 0 --size 1            | aarch64, generic,"
                        + " ppc64, riscv64, x86_64",
                "--isa x86_64 --mode WB --offset 0 --size 1               | NORMAL,"
                        + " WRITE_COMBINING, DEVICE, NONCACHED, UNKNOWN",
                "--isa x86_64 --mode NORMAL --offset -1 --size 1          | '-1'",
                "--isa x86_64 --mode NORMAL --offset 0 --size -1          | '-1'",
                "--isa x86_64 --mode NORMAL --offset 0x --size 1          | '0x'",
                "--isa x86_64 --mode NORMAL --offset 0x-1 --size 1        | '0x-1'",
                "--isa x86_64 --mode NORMAL --offset 9999999T --size 1    | '9999999T'",
                "--isa x86_64 --mode NORMAL --offset 0x7fffffffffffffff --size 1 | 0x7fffffffffffffff",
                "--isa x86_64 --mode NORMAL --offset 0 --size 3 --scalar  | --size 3",
                "--isa x86_64 --mode NORMAL --offset 0 --size 1 --max-width 3 | --max-width",
                "--isa x86_64 --mode NORMAL --offset 0 --size 1 --min-width 8 --max-width 4 | 8 to 4 bytes",
                "--isa x86_64 --mode NORMAL --offset 0 --size 1 --min-width 8 --halves low-first | --halves",
                "--isa x86_64 --mode NORMAL --offset 0 --size 1 --halves first | [low-first," + " high-first]",
                "--isa x86_64 --mode NORMAL --offset 0 --size 0 --scalar  | --size 0",
                "--isa x86_64 --mode NORMAL --offset 0 --size 1 --order up | [ASCENDING, RELAXED," + " UNOBSERVED]",
                "--isa x86_64 --mode NORMAL --offset 0 --size 1 --unaligned no | [SPLIT, REJECT]",
                "--isa aarch64 --mode NORMAL --offset 0 --size 1 --features avx | 'avx'",
                "--isa x86_64 --mode NORMAL --offset 0                    | '--size=N'",
                "--isa x86_64 --mode NORMAL --offset 0 --size 1 --bogus   | '--bogus'"
            })
    void wrongUsageSaysWhatIsAllowed(String options, String message) {
        Cli run = Cli.run("plan " + options.strip().replaceAll(" +", " "));
        assertThat(run.err())
                .contains(message)
                .contains("Try: hostmem plan --help")
                .doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
        assertThat(run.code()).isEqualTo(2);
    }

    @Test
    void textDrawsTheAccesses() {
        Cli run = Cli.run("plan --isa x86_64 --mode NONCACHED --offset 1 --size 15");
        assertThat(run.out().lines())
                .containsExactly(
                        "bulk write of 15 bytes at 0x1, ascending, on x86_64 with NONCACHED memory",
                        "bulk: 4 accesses, every byte once (R2), units of up to 16 bytes (R4)",
                        "",
                        "  offset  width  accesses",
                        "     0x1      1         1",
                        "     0x2      2         1",
                        "     0x4      4         1",
                        "     0x8      8         1",
                        "",
                        "        0 1 2 3 4 5 6 7 8 9 a b c d e f",
                        "  0x0   .|1|2--|4------|8--------------|");
    }

    @Test
    void aLongPlanIsDrawnInPart() {
        Cli run = Cli.run("plan --isa generic --mode NORMAL --offset 0 --size 128G");
        assertThat(run.out())
                .contains("17179869184")
                .contains("... 8589934585 more lines")
                .hasLineCount(15);
    }

    @Test
    void jsonOfALongPlanStreamsAndIsComplete() {
        Cli run = Cli.run("plan --json --isa generic --mode NORMAL --offset 1 --size 1M");
        assertThat(run.json().getAsJsonArray("accesses")).hasSize(3 + (1 << 17) - 1 + 1);
        assertThat(run.json().getAsJsonArray("accesses").get(131074).toString()).isEqualTo("[1048576,1]");
    }

    @Test
    void aReaderThatGoesAwayEndsALongPlan() {
        Writer closed = new Writer() {
            @Override
            public void write(char[] text, int offset, int length) throws java.io.IOException {
                throw new java.io.IOException("Broken pipe");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        StringWriter err = new StringWriter();
        int code = Main.commandLine(closed, new PrintWriter(err))
                .execute("plan --json --isa generic --mode NORMAL --offset 0 --size 1024T".split(" "));
        assertThat(code).isEqualTo(OutputException.BROKEN_PIPE);
        assertThat(err.toString()).isEmpty();
    }
}
