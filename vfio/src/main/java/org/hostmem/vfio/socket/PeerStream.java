package org.hostmem.vfio.socket;

import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;
import org.hostmem.vfio.linux.Syscalls;

/**
 * Bytes to and from another process, with descriptors beside them. Results of calls are those of {@link Syscalls}:
 * negative ones are {@code -errno}.
 *
 * <p>One thread at a time sends, and one receives; {@link #close} may come from any, and ends a call that waits.
 */
public interface PeerStream extends AutoCloseable {

    /**
     * Sends bytes from the start of a native segment, in one piece if the peer keeps up.
     *
     * @param timeoutMillis how long to wait each time that the peer does not keep up; -1 is for ever
     * @return {@code count}; {@code -ETIMEDOUT} if the peer takes none
     */
    long sendAll(MemorySegment bytes, long count, int timeoutMillis);

    /**
     * Receives at least one byte into a native segment.
     *
     * @param offset where the first is put
     * @param count at most so many
     * @param descriptors takes over those that came with these bytes
     * @param timeoutMillis how long to wait; -1 is for ever
     * @return how many; 0 if the peer has closed; {@code -ETIMEDOUT} if nothing came; {@code -EMFILE}, and no
     *     descriptor, if this process cannot open all that came
     */
    long receiveSome(MemorySegment bytes, long offset, long count, IntConsumer descriptors, int timeoutMillis);

    /** Whether {@link #receiveSome} would return at once. */
    boolean isReadable();

    @Override
    void close();
}
