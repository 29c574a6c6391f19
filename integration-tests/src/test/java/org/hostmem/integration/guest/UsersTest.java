package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionClosedException;
import org.hostmem.guest.GuestRam;
import org.hostmem.spi.MappedAccessor;
import org.junit.jupiter.api.Test;

/** What else reaches the memory of a region ends before the memory does. */
class UsersTest {

    private final MappedAccessor ram = (MappedAccessor) GuestRam.open(4096);
    private final List<String> seen = new ArrayList<>();

    @Test
    void aUserEndsWhileTheMemoryIsStillThere() {
        ram.writeInt(0, 7);
        ram.addUser(() -> seen.add("ended, and the memory has " + ram.readInt(0)));
        ram.close();
        ram.close();
        assertThat(seen).containsExactly("ended, and the memory has 7");
    }

    @Test
    void aUserOfAViewBelongsToTheRegion() {
        MappedAccessor view = (MappedAccessor) ram.slice(16, 16);
        view.addUser(() -> seen.add("ended"));
        view.close();
        assertThat(seen).isEmpty();
        ram.close();
        assertThat(seen).containsExactly("ended");
    }

    @Test
    void aUserThatWasTakenBackIsNotEnded() {
        Runnable end = () -> seen.add("ended");
        ram.addUser(end);
        ram.removeUser(end);
        ram.close();
        assertThat(seen).isEmpty();
    }

    @Test
    void whileAUserDoesNotEndNothingIsReleasedAndTheCloseCanBeRepeated() {
        ram.addUser(() -> {
            seen.add("tried");
            if (seen.size() == 1) {
                throw new HostMemoryException("not yet");
            }
        });
        assertThatThrownBy(ram::close).hasMessage("not yet");
        ram.writeInt(0, 5);
        assertThat(ram.readInt(0)).isEqualTo(5);
        assertThatThrownBy(() -> ram.addUser(() -> {})).isInstanceOf(RegionClosedException.class);
        ram.close();
        assertThat(seen).hasSize(2);
        assertThatThrownBy(() -> ram.readInt(0)).isInstanceOf(RegionClosedException.class);
    }

    @Test
    void aClosedRegionTakesNoUser() {
        HostMemoryAccessor closed = GuestRam.open(4096);
        closed.close();
        assertThatThrownBy(() -> ((MappedAccessor) closed).addUser(() -> {})).isInstanceOf(RegionClosedException.class);
    }
}
