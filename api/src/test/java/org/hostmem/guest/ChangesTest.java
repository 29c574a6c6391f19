package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hostmem.CacheMode;
import org.hostmem.Fake;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.Transfer;
import org.hostmem.guest.AddressSpace.Holes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a space becomes by one change after the other. */
class ChangesTest {

    private static final int MANY = 10_000;

    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
    private final Random random = new Random(3);

    /** Refuses views once it is closed, as accessors of mapped memory do. */
    private static Fake closable(int size) {
        return new Fake(new byte[size], 0, size, CacheMode.DEVICE, 8, Fake.noLog()) {
            @Override
            public HostMemoryAccessor withByteOrder(ByteOrder order) {
                if (closed) {
                    throw new RegionClosedException("closed");
                }
                return super.withByteOrder(order);
            }
        };
    }

    // ---- closed accessors

    @Test
    void whatIsClosedIsUnmappedInEveryByteOrder() {
        for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
            AddressSpace some = new AddressSpace(order, Holes.ALL_ONES);
            Fake first = closable(16);
            Fake second = closable(16);
            Mapping one = Mapping.of(0, first);
            Mapping other = Mapping.of(16, second);
            some.map(one);
            some.map(other);
            first.close();
            second.close();
            assertThat(some.unmap(one)).isTrue();
            some.map(Mapping.of(64, closable(16)));
            assertThat(some.read(0, 4)).isEqualTo(0xffff_ffffL);
            assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> some.read(16, 4));
            some.update(all -> all.stream().filter(mapping -> mapping != other).toList());
            assertThat(some.mappings()).hasSize(1);
            assertThat(some.read(16, 4)).isEqualTo(0xffff_ffffL);
            assertThat(some.read(64, 4)).isZero();
        }
    }

    @Test
    void whatIsClosedWhenItIsMappedChangesNothing() {
        AddressSpace big = new AddressSpace(ByteOrder.BIG_ENDIAN, Holes.ALL_ONES);
        Fake region = closable(16);
        big.map(Mapping.of(32, closable(16)));
        region.close();
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> big.map(Mapping.of(0, region)));
        assertThatExceptionOfType(RegionClosedException.class)
                .isThrownBy(() -> big.update(all -> List.of(Mapping.of(0, region))));
        assertThat(big.mappings()).hasSize(1);
        big.map(Mapping.of(0, closable(16)));
        assertThat(big.read(0, 1)).isZero();
    }

    /** It answers for other holes, too. */
    @Test
    void aHoleIsNotClosed() {
        space.map(Mapping.of(16, new Fake(16)));
        space.find(0).accessor().close();
        assertThat(space.read(0, 4)).isEqualTo(0xffff_ffffL);
        assertThat(space.read(64, 4)).isEqualTo(0xffff_ffffL);
    }

    // ---- changes within changes

    private interface Change {
        void make(AddressSpace space, Mapping there, Mapping more);
    }

    private enum Nested {
        MAP((space, there, more) -> space.map(more)),
        UNMAP((space, there, more) -> space.unmap(there)),
        REMAP((space, there, more) -> space.remap(there, more)),
        UPDATE((space, there, more) -> space.update(all -> List.of(more)));

        private final Change change;

        Nested(Change change) {
            this.change = change;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aChangeWithinAnUpdateIsRefused(Nested nested) {
        Mapping there = Mapping.of(0, new Fake(16));
        Mapping more = Mapping.of(16, new Fake(16));
        space.map(there);
        assertThatIllegalStateException()
                .isThrownBy(() -> space.update(all -> {
                    nested.change.make(space, there, more);
                    return all;
                }));
        assertThat(space.mappings()).containsExactly(there);
        space.update(all -> {
            assertThatIllegalStateException().isThrownBy(() -> nested.change.make(space, there, more));
            assertThat(space.mappings()).isEqualTo(all);
            assertThat(space.read(0, 4)).isZero();
            return List.of(more);
        });
        assertThat(space.mappings()).containsExactly(more);
        space.map(there);
        assertThat(space.unmap(there)).isTrue();
    }

    @Test
    void anUpdateThatFailsChangesNothing() {
        Mapping there = Mapping.of(0, new Fake(16));
        space.map(there);
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> space.update(all -> {
                    throw new ArithmeticException();
                }));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> space.update(all -> List.of(there, Mapping.of(8, new Fake(16)))));
        assertThat(space.mappings()).containsExactly(there);
        assertThat(space.find(20).isHole()).isTrue();
        space.map(Mapping.of(16, new Fake(16)));
    }

    @Test
    void aChangeOfAnotherThreadComesAfterTheUpdate() throws InterruptedException {
        CountDownLatch updating = new CountDownLatch(1);
        Mapping mine = Mapping.of(0, new Fake(16));
        Mapping other = Mapping.of(16, new Fake(16));
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                updating.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            space.map(other);
        });
        space.update(all -> {
            updating.countDown();
            while (thread.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
            }
            return List.of(mine);
        });
        thread.join();
        assertThat(space.mappings()).containsExactly(mine, other);
        assertThat(space.find(20).isHole()).isFalse();
    }

    // ---- replacing

    @Test
    void whatIsNotThereIsNotReplaced() {
        Mapping there = Mapping.of(0, new Fake(16));
        space.map(there);
        long before = space.generation();
        assertThat(space.remap(Mapping.of(64, new Fake(16)), Mapping.of(32, new Fake(16))))
                .isFalse();
        assertThat(space.mappings()).containsExactly(there);
        assertThat(space.generation()).isEqualTo(before);
    }

    @Test
    void aClosedAccessorIsReplaced() {
        Fake closed = closable(16);
        Mapping there = Mapping.of(0, closed);
        space.map(there);
        closed.close();
        assertThat(space.remap(there, Mapping.of(0, closable(16)))).isTrue();
        assertThat(space.read(0, 4)).isZero();
    }

    /**
     * A BAR that a guest moves while another of its CPUs uses it: at the old place or at the new one, never at none.
     */
    @Test
    void aMovedMappingIsAlwaysThereOnce() throws InterruptedException {
        Mapping here = Mapping.of(0, new Fake(16));
        Mapping there = Mapping.of(8, 16, Objects.requireNonNull(here.accessor()), 0);
        space.map(here);
        AtomicBoolean isOver = new AtomicBoolean();
        Thread mover = Thread.ofPlatform().start(() -> {
            while (!isOver.get()) {
                space.remap(here, there);
                space.remap(there, here);
            }
        });
        int wrong = 0;
        for (int i = 0; i < 20_000; i++) {
            List<Transfer.Span> seen = space.ranges(0, 24).stream()
                    .filter(span -> span.accessor() == here.accessor())
                    .toList();
            wrong += seen.size() == 1 && seen.getFirst().length() == 16 ? 0 : 1;
        }
        isOver.set(true);
        mover.join();
        assertThat(wrong).isZero();
    }

    // ---- many

    /**
     * Many priorities, mapped and unmapped and replaced, at both ends of all addresses; the ranges are those of a space
     * that is made anew, and each address is answered as a walk over all says.
     */
    @ParameterizedTest
    @ValueSource(longs = {0, -200, (1L << 62) - 100, Long.MAX_VALUE - 100})
    void everyChangeIsAsIfAllWereMadeAnew(long base) {
        for (int round = 0; round < 60; round++) {
            AddressSpace some = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
            List<Mapping> mappings = new ArrayList<>();
            int priorities = 1 + random.nextInt(6);
            for (int step = 0; step < 60; step++) {
                change(some, mappings, base, priorities);
                assertThat(some.mappings()).isEqualTo(mappings);
                check(some, mappings, base);
            }
        }
    }

    private void change(AddressSpace some, List<Mapping> mappings, long base, int priorities) {
        if (!mappings.isEmpty() && random.nextInt(5) < 2) {
            assertThat(some.unmap(mappings.remove(random.nextInt(mappings.size()))))
                    .isTrue();
            return;
        }
        Mapping old =
                !mappings.isEmpty() && random.nextInt(4) == 0 ? mappings.get(random.nextInt(mappings.size())) : null;
        int start = random.nextInt(180);
        int size = 1 + random.nextInt(random.nextInt(4) == 0 ? 200 - start : Math.min(20, 200 - start));
        Mapping more = Mapping.of(base + start, size, new Fake(256), random.nextInt(50))
                .withPriority(random.nextInt(priorities) - 2);
        boolean collides = mappings.stream()
                .anyMatch(m -> m != old
                        && m.priority() == more.priority()
                        && m.start() - base < start + size
                        && start < m.start() - base + m.size());
        List<Mapping> longer = new ArrayList<>(mappings);
        longer.remove(old);
        longer.add(more);
        if (collides) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> make(some, old, more))
                    .withMessageContaining("overlap");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> some.update(all -> longer))
                    .withMessageContaining("overlap");
            return;
        }
        if (random.nextInt(4) == 0) {
            some.update(all -> longer);
        } else {
            make(some, old, more);
        }
        mappings.remove(old);
        mappings.add(more);
    }

    private static void make(AddressSpace some, @Nullable Mapping old, Mapping more) {
        if (old == null) {
            some.map(more);
        } else {
            assertThat(some.remap(old, more)).isTrue();
        }
    }

    private static void check(AddressSpace some, List<Mapping> mappings, long base) {
        AddressSpace anew = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
        anew.update(all -> mappings);
        for (int i = 0; i < 200; i++) {
            long address = base + i;
            Mapping top = null;
            for (Mapping m : mappings) {
                if (address - m.start() >= 0
                        && address - m.start() < m.size()
                        && (top == null || m.priority() > top.priority())) {
                    top = m;
                }
            }
            AddressSpace.Range range = some.find(address);
            if (top == null
                    ? !range.isHole()
                    : range.isHole()
                            || range.accessor() != top.accessor()
                            || range.offset(address) != top.offset() + address - top.start()) {
                throw new AssertionError("at " + i + ": " + range + " instead of " + top + " of " + mappings);
            }
            AddressSpace.Range same = anew.find(address);
            if (range.start() != same.start() || range.size() != same.size()) {
                throw new AssertionError("at " + i + ": " + range + " and " + same + " of " + mappings);
            }
        }
    }

    private static List<Mapping> many(int step, int size) {
        Fake region = new Fake(4096);
        List<Mapping> many = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            many.add(Mapping.of((long) i * step, size, region, 0));
        }
        return many;
    }

    /** Each took more than a millisecond when all was computed anew: 14 seconds for these. */
    @Test
    void tenThousandMappingsAreMadeAndTakenAwayOneByOne() {
        List<Mapping> shuffled = many(8192, 4096);
        Collections.shuffle(shuffled, random);
        Mapping ram = Mapping.of(0, 1L << 40, new DeviceModel() {
                    @Override
                    public long read(long offset, int width) {
                        return 5;
                    }

                    @Override
                    public void write(long offset, int width, long value) {
                        // Nothing.
                    }
                })
                .withPriority(-1);
        space.map(ram);
        long start = System.nanoTime();
        shuffled.forEach(space::map);
        assertThat(space.mappings()).hasSize(MANY + 1);
        assertThat(space.read(8192L * 4711 + 4096, 1)).isEqualTo(5);
        assertThat(space.read(8192L * 4711, 1)).isZero();
        Collections.shuffle(shuffled, random);
        for (Mapping mapping : shuffled) {
            assertThat(space.unmap(mapping)).isTrue();
        }
        long took = System.nanoTime() - start;
        assertThat(space.find(0).size()).isEqualTo(1L << 40);
        assertThat(TimeUnit.NANOSECONDS.toMillis(took))
                .as("milliseconds for 20,000 changes")
                .isLessThan(4000);
    }

    @Test
    void tenThousandMappingsAreMadeAtOnce() {
        List<Mapping> many = many(4096, 4096);
        long start = System.nanoTime();
        space.update(all -> many);
        space.update(all -> many);
        long took = System.nanoTime() - start;
        assertThat(space.mappings()).isEqualTo(many);
        assertThat(space.find(4096L * 5000 + 7).start()).isEqualTo(4096L * 5000);
        assertThat(TimeUnit.NANOSECONDS.toMillis(took))
                .as("milliseconds for two updates")
                .isLessThan(2000);
    }
}
