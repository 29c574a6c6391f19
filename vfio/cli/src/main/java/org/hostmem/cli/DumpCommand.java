package org.hostmem.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import org.hostmem.DeviceLimits;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.spi.Faults;
import org.hostmem.vfio.Region;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Dumps many bytes. */
@Command(
        name = "dump",
        description = {
            "Reads bytes of a region, in ascending order and each once, and prints them in hexadecimal or writes them"
                    + " to a file.",
            "Units are as wide as the host allows; for registers that accept one width only, give --width, which sets "
                    + "--min-width and --max-width. Bytes that were read before a fault are kept."
        })
final class DumpCommand extends AccessCommand {

    private static final int CHUNK = 1 << 16;

    @Parameters(
            index = "3",
            paramLabel = "LENGTH",
            converter = Quantity.class,
            description = "Number of bytes; K, M, G or T may follow.")
    private long length;

    @Option(
            names = {"-w", "--width"},
            paramLabel = "W",
            description = "Only accesses of 1, 2, 4 or 8 bytes; offset and length must be multiples of it.")
    private @Nullable Integer width;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write the bytes to this file instead. It must not be the file that is read.")
    private @Nullable Path file;

    private long written;

    /** Takes the bytes as they come. */
    private interface Sink {
        void add(byte[] bytes, int length) throws IOException;
    }

    @Override
    void check() {
        if (file != null && file.toString().isEmpty()) {
            throw usage("--output needs the name of a file");
        }
        if (width != null) {
            checkWidth(width);
            if (offset() % width != 0 || length % width != 0) {
                throw usage("--width " + width + " needs an OFFSET and a LENGTH that are multiples of it");
            }
        }
    }

    @Override
    DeviceLimits limits(LimitOptions given) {
        if (width == null) {
            return given.limits(this);
        }
        if (given.hasWidths()) {
            throw usage("--width " + width + " sets --min-width and --max-width: give either --width or these");
        }
        return given.limits(this, width);
    }

    @Override
    int access(Region region, HostMemoryAccessor accessor) throws IOException {
        checkRange(accessor);
        if (file != null) {
            at(null); // an error is about the file
            TargetFile.refuseStreams(file, json());
            return toFile(file, region, accessor);
        }
        return json() ? toJson(region, accessor) : toText(accessor);
    }

    /**
     * Before anything is printed or a file is opened; a fault that is foreseen is reported behind the bytes before it,
     * of which there are none.
     */
    private void checkRange(HostMemoryAccessor accessor) {
        try {
            accessor.check(Direction.READ, offset(), length);
        } catch (RegionFaultException foreseen) {
            return;
        }
    }

    private int toText(HostMemoryAccessor accessor) throws IOException {
        HexDump dump = new HexDump(offset(), out());
        try {
            read(accessor, (bytes, count) -> {
                dump.add(bytes, count);
                flush();
            });
        } finally {
            dump.end();
        }
        flush();
        return 0;
    }

    private int toFile(Path file, Region region, HostMemoryAccessor accessor) throws IOException {
        try (TargetFile target = TargetFile.open(file, device())) {
            at(new Place(address(), region, ""));
            try {
                read(accessor, target::write);
                target.finish();
            } finally {
                written = target.written();
            }
        } catch (IOException | RuntimeException failed) {
            if (written > 0) {
                note(file + " has the first " + Quantity.size(written) + " only");
            }
            throw failed;
        }
        if (json()) {
            document().begin(head(region) + ",\"file\":", "");
            document().end(new JsonPrimitive(file.toString()).toString());
        }
        return 0;
    }

    @Override
    void describe(JsonObject error) {
        super.describe(error);
        if (file != null) {
            error.addProperty("file", file.toString());
            error.addProperty("written", written);
        }
    }

    private String head(Region region) {
        return "{\"address\":" + new JsonPrimitive(address()) + ",\"region\":" + region.index() + ",\"offset\":"
                + offset() + ",\"length\":" + length;
    }

    /** As a stream: an error, if there is one, comes after the bytes. */
    private int toJson(Region region, HostMemoryAccessor accessor) throws IOException {
        document().begin(head(region) + ",\"bytes\":\"", "\"");
        read(accessor, (bytes, count) -> document().add(HexFormat.of().formatHex(bytes, 0, count)));
        document().end("");
        return 0;
    }

    /** A chunk ends at a multiple of its size, so that cutting the transfer changes none of its accesses. */
    private void read(HostMemoryAccessor accessor, Sink sink) throws IOException {
        byte[] bytes = new byte[CHUNK];
        Progress progress = new Progress(System::nanoTime, this::note);
        for (long done = 0; done < length; ) {
            long at = offset() + done;
            int count = (int) Math.min(length - done, CHUNK - at % CHUNK);
            int before = readChunk(accessor, at, bytes, count, sink);
            done += before;
            progress.at(done, length);
        }
    }

    /** A fault in the chunk is passed on after the bytes before it. */
    private int readChunk(HostMemoryAccessor accessor, long at, byte[] bytes, int count, Sink sink) throws IOException {
        try {
            accessor.readBytes(at, bytes, 0, count);
        } catch (RegionFaultException fault) {
            sink.add(bytes, (int) fault.completed());
            throw Faults.within(fault, at - offset() + fault.completed());
        }
        sink.add(bytes, count);
        return count;
    }
}
