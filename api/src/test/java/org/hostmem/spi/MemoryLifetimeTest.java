package org.hostmem.spi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.HostMemoryException;
import org.hostmem.spi.MemoryLifetime.State;
import org.junit.jupiter.api.Test;

/** R10: one state machine for all memory of a region's own. */
class MemoryLifetimeTest {

    private static final Duration SHORT = Duration.ofMillis(50);

    /** Notes what is done with the pages, and refuses what it is told to. */
    private static final class Noted implements MemoryLifetime.Pages {
        final List<String> done = new ArrayList<>();
        final List<String> refused = new ArrayList<>();

        private synchronized long call(String what) {
            done.add(what);
            return refused.contains(what) ? -12 : 0;
        }

        @Override
        public long reserve() {
            return call("reserve");
        }

        @Override
        public long forbid() {
            return call("forbid");
        }

        @Override
        public long unmap() {
            return call("unmap");
        }

        @Override
        public void released() {
            call("released");
        }
    }

    private final Noted pages = new Noted();
    private final MemoryLifetime lifetime = new MemoryLifetime(arena -> arena.allocate(64), pages);

    @Test
    void isOpenThenReservedThenGone() {
        assertThat(lifetime.state()).isEqualTo(State.OPEN);
        lifetime.memory().set(JAVA_BYTE, 0, (byte) 1);
        lifetime.release();
        lifetime.release();
        assertThat(lifetime.state()).isEqualTo(State.RESERVED);
        assertThatIllegalStateException().isThrownBy(() -> lifetime.memory().get(JAVA_BYTE, 0));
        lifetime.free();
        lifetime.free();
        assertThat(lifetime.state()).isEqualTo(State.GONE);
        assertThat(pages.done).containsExactly("reserve", "released", "unmap");
    }

    @Test
    void javasAccessesEndBeforeThePagesDo() {
        List<Boolean> alive = new ArrayList<>();
        MemoryLifetime[] life = new MemoryLifetime[1];
        Noted noting = new Noted();
        life[0] = new MemoryLifetime(arena -> arena.allocate(64), new MemoryLifetime.Pages() {
            @Override
            public long reserve() {
                alive.add(life[0].memory().scope().isAlive());
                return noting.reserve();
            }

            @Override
            public long forbid() {
                return noting.forbid();
            }

            @Override
            public long unmap() {
                return noting.unmap();
            }
        });
        life[0].release();
        assertThat(alive).containsExactly(false);
    }

    @Test
    void whereThePagesCannotBeReplacedTheirRightsAreTaken() {
        pages.refused.add("reserve");
        lifetime.release();
        assertThat(lifetime.state()).isEqualTo(State.RESERVED);
        assertThat(pages.done).containsExactly("reserve", "forbid", "released");
    }

    @Test
    void aReleaseThatTheHostRefusesCanBeRepeated() {
        pages.refused.addAll(List.of("reserve", "forbid"));
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(HostMemoryException.class)
                    .isThrownBy(lifetime::release)
                    .withMessageContaining("errno 12");
            assertThat(lifetime.state()).isEqualTo(State.CLOSING);
            assertThat(lifetime.isMapped()).isTrue();
        }
        pages.refused.clear();
        lifetime.release();
        assertThat(lifetime.state()).isEqualTo(State.RESERVED);
        assertThat(pages.done).endsWith("reserve", "released").containsOnlyOnce("released");
    }

    @Test
    void aReleaseThatANativeCallHoldsUpCanBeRepeated() throws Exception {
        Holder holder = new Holder(lifetime);
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(HostMemoryException.class)
                    .isThrownBy(() -> lifetime.release(SHORT))
                    .withMessageContaining(SHORT.toMillis() + " ms");
        }
        assertThat(pages.done).isEmpty();
        assertThat(lifetime.state()).isEqualTo(State.CLOSING);
        holder.end();
        lifetime.release(SHORT);
        assertThat(pages.done).containsExactly("reserve", "released");
    }

    @Test
    void aReleaseWaitsForANativeCall() throws Exception {
        Holder holder = new Holder(lifetime);
        Thread ends = Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(100);
                holder.end();
            } catch (Exception never) {
                throw new AssertionError(never);
            }
        });
        lifetime.release();
        ends.join();
        assertThat(lifetime.state()).isEqualTo(State.RESERVED);
    }

    @Test
    void aReleaseWaitsForAnotherThreadsNoLongerThanItsOwnPatience() throws Exception {
        Holder holder = new Holder(lifetime);
        Thread other = Thread.ofPlatform().start(lifetime::release);
        while (lifetime.state() != State.CLOSING) {
            Thread.sleep(1);
        }
        assertThatExceptionOfType(HostMemoryException.class)
                .isThrownBy(() -> lifetime.release(SHORT))
                .withMessageContaining(Long.toHexString(lifetime.memory().address()));
        assertThat(other.isAlive()).isTrue();
        holder.end();
        lifetime.release();
        other.join();
        assertThat(pages.done).containsExactly("reserve", "released");
    }

    @Test
    void anInterruptNeitherEndsAReleaseNorIsLost() throws Exception {
        Holder holder = new Holder(lifetime);
        Thread.currentThread().interrupt();
        long start = System.nanoTime();
        assertThatExceptionOfType(HostMemoryException.class).isThrownBy(() -> lifetime.release(SHORT));
        assertThat(System.nanoTime() - start).isGreaterThan(SHORT.toNanos());
        assertThat(Thread.interrupted()).isTrue();
        holder.end();
        lifetime.release();
    }

    @Test
    void nothingIsDoneWithPagesThatAreReserved() {
        List<String> seen = new ArrayList<>();
        lifetime.whileMapped(() -> seen.add("open"));
        lifetime.release();
        lifetime.whileMapped(() -> seen.add("reserved"));
        assertThat(seen).containsExactly("open");
    }

    @Test
    void whatNobodyCanReachIsGoneAndWhatIsHeldThenIsLater() throws Exception {
        Holder holder = new Holder(lifetime);
        lifetime.endWith(new Object());
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(lifetime.state()).isIn(State.OPEN, State.CLOSING);
        holder.end();
        for (int tries = 0; tries < 200 && lifetime.state() != State.GONE; tries++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(lifetime.state()).isEqualTo(State.GONE);
    }

    /**
     * A native call that was given the segment, and does not return before the end: a read of a pipe into which nobody
     * writes.
     */
    private static final class Holder {
        private final Pipe pipe = Pipe.open();
        private final Thread reader;

        Holder(MemoryLifetime lifetime) throws Exception {
            ByteBuffer buffer = lifetime.memory().asByteBuffer();
            reader = Thread.ofPlatform().daemon().start(() -> {
                try {
                    pipe.source().read(buffer);
                } catch (java.io.IOException over) {
                    // the pipe was closed
                }
            });
            while (reader.isAlive()
                    && (reader.getStackTrace().length == 0
                            || !reader.getStackTrace()[0].getMethodName().equals("read0"))) {
                Thread.sleep(1);
            }
        }

        void end() throws Exception {
            pipe.sink().write(ByteBuffer.allocate(1));
            reader.join();
            pipe.sink().close();
            pipe.source().close();
        }
    }
}
