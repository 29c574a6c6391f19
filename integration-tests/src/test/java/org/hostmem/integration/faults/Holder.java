package org.hostmem.integration.faults;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;

/**
 * A native call that was given a segment, and returns when it is told to: a read of a pipe into which nobody writes.
 */
public final class Holder {

    private final Pipe pipe = Pipe.open();
    private final Thread reader;

    /** Returns when the call has begun. */
    public Holder(MemorySegment segment) throws IOException, InterruptedException {
        ByteBuffer buffer = segment.asSlice(0, 1).asByteBuffer();
        reader = Thread.ofPlatform().daemon().start(() -> {
            try {
                pipe.source().read(buffer);
            } catch (IOException over) {
                // the pipe was closed
            }
        });
        while (reader.isAlive()
                && (reader.getStackTrace().length == 0
                        || !reader.getStackTrace()[0].getMethodName().equals("read0"))) {
            Thread.sleep(1);
        }
    }

    /** Ends the call. */
    public void end() throws IOException, InterruptedException {
        pipe.sink().write(ByteBuffer.allocate(1));
        reader.join();
        pipe.sink().close();
        pipe.source().close();
    }
}
