package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.hostmem.vfio.VfioUserServer;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With {@code --json} the output is one JSON document, whatever goes wrong; read by a parser that forgives nothing. */
class JsonInEveryFailureTest {

    /** Every command, done. */
    private static final List<String> DONE = List.of(
            "report embedded",
            "rules",
            "plan --isa generic --mode DEVICE --offset 3 --size 100",
            "plan --isa generic --mode DEVICE --offset 0 --size 0",
            "read embedded 1 0",
            "write embedded 1 0 1",
            "dump embedded 1 0 100",
            "dump embedded 1 0 0",
            "copy embedded 0 0 64 2 0",
            "demo",
            "exhibits");

    @TempDir
    private Path folder;

    static JsonObject parse(String text) throws IOException {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        JsonObject tree = JsonParser.parseReader(reader).getAsJsonObject();
        assertThat(reader.peek()).as("nothing follows").isEqualTo(JsonToken.END_DOCUMENT);
        return tree;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // wrong usage, of every command
                "frobnicate",
                "report --frob",
                "rules --isa vax",
                "plan --isa generic --mode DEVICE --offset x --size 1",
                "plan",
                "read embedded 1",
                "write embedded 1 0 x",
                "write embedded 1 0 256 -w 1",
                "dump embedded 1 zz 1",
                "dump embedded 1 1 8 -w 4",
                "copy embedded 0 0 1",
                "hand-over",
                "demo extra",
                "exhibits extra",
                "",
                // the device, the host or a file refuses
                "report ffff:ff:1f.7",
                "report ./\u00fc\u2603",
                "report fd:99 embedded",
                "read ./absent 0 0",
                "read /dev/null 0 0",
                "read . 0 0",
                "read unix:/absent 0 0",
                "read embedded 9 0",
                "read embedded 1 4094",
                "read embedded 1 0x7fffffffffffffff",
                "read embedded 5 1 --unaligned reject",
                "read ./\ud800 0 0",
                "write embedded 1 4K 1",
                "dump embedded 1 1 4K",
                "dump embedded 9 0 1",
                "dump embedded 1 0 1 -o /no/where",
                "dump embedded 1 0 1 -o /dev/full",
                "copy embedded 0 0 4K 1 1",
                "copy embedded 0 0 1 0 0 --to ./absent",
                "copy embedded 0 0 16 0 8 --overlap reject",
                "hand-over ./absent /no/where",
                "read embedded 1 0 --power d0 --way cdev --to x",
                "read 'a\"b\\c/' 0 0",
                // faults
                "read embedded 1 0 --memory off",
                "write embedded 1 0 1 --memory off",
                "dump embedded 1 0 64 --memory off",
                "copy embedded 1 0 64 0 0 --memory off",
                "copy embedded 7 0 64 1 0 --memory off",
                "dump embedded 1 0 64 -w 4 --power d3hot"
            })
    void anErrorIsADocument(String line) throws IOException {
        Cli run = Cli.run((line + " --json").strip().split(" "));
        assertThat(run.code()).isNotZero();
        JsonObject all = parse(run.out());
        JsonObject error = line.startsWith("report") && all.has("devices")
                ? all.getAsJsonArray("devices").get(0).getAsJsonObject().getAsJsonObject("error")
                : all.getAsJsonObject("error");
        assertThat(error.get("kind").getAsString()).isNotEmpty();
        assertThat(error.get("message").getAsString()).isNotEmpty();
    }

    @Test
    void everyCommandPrintsADocument() throws IOException {
        for (String line : DONE) {
            parse(Cli.run(line + " --json").out());
        }
    }

    /** As a file that is cut while it is read. */
    @Test
    void aFaultInTheMiddleOfADumpFollowsTheBytes() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[1 << 20]);
        StringWriter out = new StringWriter() {
            @Override
            public void write(String text, int offset, int length) {
                super.write(text, offset, length);
                if (getBuffer().length() > 1 << 17) {
                    cut(file);
                }
            }
        };
        int code =
                Main.run(out, new PrintWriter(Writer.nullWriter()), "dump", file.toString(), "0", "0", "1M", "--json");
        JsonObject dump = parse(out.toString());
        assertThat(code).isEqualTo(1);
        JsonObject error = dump.getAsJsonObject("error");
        assertThat(dump.get("bytes").getAsString())
                .hasSize(2 * error.get("offset").getAsInt())
                .isNotEmpty();
        assertThat(error.get("kind").getAsString()).isEqualTo("RegionFaultException");
        assertThat(error.get("address").getAsString()).isEqualTo(file.toString());
    }

    private static void cut(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(0);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void aRegionThatMayNotBeReadIsRefusedBeforeTheFirstByte() throws IOException {
        try (VfioUserServer server = new VfioUserServer(folder.resolve("s"))) {
            server.bars.put(2, new Bar(4096, 2, 0, new int[0], new long[0][], new byte[4096]));
            for (String line : new String[] {
                "read unix:S 2 0", "dump unix:S 2 0 64", "dump unix:S 2 0 64 -w 4", "copy unix:S 2 0 64 2 128"
            }) {
                Cli run = Cli.run((line.replace("S", folder.resolve("s").toString()) + " --json").split(" "));
                assertThat(run.code()).isEqualTo(1);
                JsonObject all = parse(run.out());
                assertThat(all.keySet()).containsExactly("error");
                assertThat(all.getAsJsonObject("error").get("reason").getAsString())
                        .isEqualTo("NOT_READABLE");
            }
        }
    }

    /** What came before is the beginning of a document, and nothing else. */
    @Test
    void nothingFollowsWhereTheOutputFailed() {
        for (String line : DONE) {
            String whole = Cli.run(line + " --json").out();
            for (int most : new int[] {0, 1, whole.length() / 2}) {
                StringBuilder taken = new StringBuilder();
                StringWriter err = new StringWriter();
                int code = Main.run(
                        new Full(taken, most, "No space left on device"),
                        new PrintWriter(err),
                        (line + " --json").split(" "));
                assertThat(code).as(line).isEqualTo(1);
                assertThat(taken).hasSizeLessThanOrEqualTo(most);
                assertThat(err.toString()).contains("ENOSPC").doesNotContain("\tat ");
            }
        }
    }

    @Test
    void aReaderThatIsGoneEndsEveryCommandQuietly() {
        for (String line : DONE) {
            StringWriter err = new StringWriter();
            int code = Main.run(
                    new Full(new StringBuilder(), 10, "Broken pipe"),
                    new PrintWriter(err),
                    (line + " --json").split(" "));
            assertThat(code).as(line).isEqualTo(OutputException.BROKEN_PIPE);
            assertThat(err.toString()).isEmpty();
        }
    }

    /** Takes so many characters. */
    private static final class Full extends Writer {
        private final StringBuilder taken;
        private final int most;
        private final String error;

        Full(StringBuilder taken, int most, String error) {
            this.taken = taken;
            this.most = most;
            this.error = error;
        }

        @Override
        public void write(char[] text, int offset, int length) throws IOException {
            int fits = Math.min(length, most - taken.length());
            taken.append(text, offset, fits);
            if (fits < length) {
                throw new IOException(error);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dump embedded 4 0 128G --json",
                "plan --isa generic --mode DEVICE --offset 0 --size 1024T --json"
            })
    void aSignalEndsTheDocument(String line) throws IOException, InterruptedException {
        File out = folder.resolve("out").toFile();
        CliProcess run = CliProcess.run(
                Redirect.to(out),
                process -> {
                    long start = System.nanoTime();
                    while (out.length() < 1 << 20 && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(30)) {
                        Thread.sleep(5);
                    }
                    process.destroy();
                },
                line.split(" "));
        assertThat(run.code()).isEqualTo(128 + 15);
        assertThat(parse(Files.readString(out.toPath()))
                        .getAsJsonObject("error")
                        .get("kind")
                        .getAsString())
                .isEqualTo("Interrupted");
    }
}
