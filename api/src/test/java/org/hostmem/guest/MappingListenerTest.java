package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.Fake;
import org.hostmem.guest.AddressSpace.Holes;
import org.junit.jupiter.api.Test;

/** What an emulator hears that keeps a TLB of its own. */
class MappingListenerTest {

    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
    private final List<String> heard = new ArrayList<>();
    private final MappingListener recorder = new MappingListener() {
        @Override
        public void beforeChange(long start, long last) {
            heard.add("before " + start + " to " + last + ", mapped "
                    + space.mappings().size());
        }

        @Override
        public void afterChange(long start, long last) {
            heard.add("after " + start + " to " + last + ", mapped "
                    + space.mappings().size());
        }
    };

    @Test
    void itIsToldBeforeAndAfterEachChange() {
        space.addListener(recorder);
        Mapping mapping = Mapping.of(16, new Fake(8));
        space.map(mapping);
        space.unmap(mapping);
        space.update(all -> List.of(mapping));
        assertThat(heard)
                .containsExactly(
                        "before 16 to 23, mapped 0",
                        "after 16 to 23, mapped 1",
                        "before 16 to 23, mapped 1",
                        "after 16 to 23, mapped 0",
                        "before 0 to -1, mapped 0",
                        "after 0 to -1, mapped 1");
    }

    @Test
    void itIsToldOfBothPlacesOfAMappingThatMoves() {
        Mapping mapping = Mapping.of(16, new Fake(8));
        space.map(mapping);
        space.addListener(recorder);
        space.remap(mapping, Mapping.of(32, new Fake(4)));
        assertThat(heard)
                .containsExactly(
                        "before 16 to 23, mapped 1",
                        "before 32 to 35, mapped 1",
                        "after 16 to 23, mapped 1",
                        "after 32 to 35, mapped 1");
        assertThat(space.mappings().getFirst().start()).isEqualTo(32);
    }

    @Test
    void itIsToldInTheThreadThatChanges() {
        List<Thread> threads = new ArrayList<>();
        space.addListener((start, last) -> threads.add(Thread.currentThread()));
        space.map(Mapping.of(0, new Fake(8)));
        assertThat(threads).containsExactly(Thread.currentThread());
    }

    @Test
    void aChangeThatItRefusesIsNotMade() {
        space.addListener(new MappingListener() {
            @Override
            public void beforeChange(long start, long last) {
                throw new IllegalStateException("not now");
            }

            @Override
            public void afterChange(long start, long last) {}
        });
        long before = space.generation();
        assertThatIllegalStateException().isThrownBy(() -> space.map(Mapping.of(0, new Fake(8))));
        assertThat(space.mappings()).isEmpty();
        assertThat(space.generation()).isEqualTo(before);
    }

    @Test
    void whatOneThrowsAfterAChangeKeepsNoOtherFromHearing() {
        space.addListener((start, last) -> {
            throw new IllegalStateException("too late");
        });
        space.addListener(recorder);
        assertThatIllegalStateException().isThrownBy(() -> space.map(Mapping.of(0, new Fake(8))));
        assertThat(space.mappings()).hasSize(1);
        assertThat(heard).hasSize(2);
    }

    @Test
    void itMustNotChangeTheSpace() {
        space.addListener((start, last) -> space.update(all -> List.of()));
        assertThatIllegalStateException().isThrownBy(() -> space.map(Mapping.of(0, new Fake(8))));
    }

    @Test
    void itIsToldNoMoreOnceItIsTakenAway() {
        space.addListener(recorder);
        assertThat(space.removeListener(recorder)).isTrue();
        space.map(Mapping.of(0, new Fake(8)));
        assertThat(heard).isEmpty();
    }

    @Test
    void theGenerationGrowsWithEachChange() {
        long first = space.generation();
        Mapping mapping = Mapping.of(0, new Fake(8));
        space.map(mapping);
        long second = space.generation();
        space.unmap(mapping);
        assertThat(List.of(first, second, space.generation())).doesNotHaveDuplicates();
    }
}
