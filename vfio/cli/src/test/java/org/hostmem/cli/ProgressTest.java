package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final List<String> notes = new ArrayList<>();
    private long now = -5;

    @Test
    void isSaidEveryTwoSeconds() {
        Progress progress = new Progress(() -> now, notes::add);
        for (int tenth = 1; tenth <= 50; tenth++) {
            now += 100_000_000;
            progress.at(tenth * (1L << 30), 1L << 37);
        }
        assertThat(notes).containsExactly("16 % of 128 GiB", "32 % of 128 GiB");
    }

    @Test
    void manyBytesDoNotOverflow() {
        Progress progress = new Progress(() -> now, notes::add);
        now += 3_000_000_000L;
        progress.at(Long.MAX_VALUE / 2, Long.MAX_VALUE);
        assertThat(notes).first().asString().startsWith("50 % of ");
    }
}
