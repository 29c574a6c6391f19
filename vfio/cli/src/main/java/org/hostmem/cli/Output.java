package org.hostmem.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** A stream of text that remembers its first error. After that it drops everything. */
final class Output extends PrintWriter {

    private final Remembering to;

    Output(Writer to) {
        this(new Remembering(to));
    }

    private Output(Remembering to) {
        super(to);
        this.to = to;
    }

    static Output of(Writer to) {
        return to instanceof Output already ? already : new Output(to);
    }

    /**
     * Writes out what is buffered.
     *
     * @throws OutputException if anything since the beginning could not be written
     */
    void deliver() {
        if (checkError()) {
            throw new OutputException(to.failure == null ? new IOException("the stream is closed") : to.failure);
        }
    }

    /** Drops what is buffered, and all that comes. */
    void refuse() {
        to.failure = new IOException("nothing may be printed there");
    }

    /** Keeps the first exception: a {@link PrintWriter} forgets it. */
    private static final class Remembering extends Writer {

        private final Writer to;
        private @Nullable IOException failure;

        Remembering(Writer to) {
            this.to = to;
        }

        private interface Step {
            void run() throws IOException;
        }

        private void run(Step step) throws IOException {
            if (failure != null) {
                throw failure;
            }
            try {
                step.run();
            } catch (IOException failed) {
                failure = failed;
                throw failed;
            }
        }

        @Override
        public void write(char[] text, int offset, int length) throws IOException {
            run(() -> to.write(text, offset, length));
        }

        @Override
        public void write(String text, int offset, int length) throws IOException {
            run(() -> to.write(text, offset, length));
        }

        @Override
        public void flush() throws IOException {
            run(to::flush);
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }
}
