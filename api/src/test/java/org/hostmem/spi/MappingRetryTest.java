package org.hostmem.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.hostmem.engine.MappingRetry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MappingRetryTest {

    private static final int ENOMEM = 12;

    @ParameterizedTest
    @ValueSource(ints = {12, 11})
    void whereMemoryIsShortItIsTriedAgain(int errno) {
        AtomicInteger attempts = new AtomicInteger();
        assertThat(MappingRetry.of(() -> attempts.incrementAndGet() < 5 ? -errno : 0x1000))
                .isEqualTo(0x1000);
        assertThat(attempts).hasValue(5);
    }

    @Test
    void anotherErrorIsFinal() {
        AtomicInteger attempts = new AtomicInteger();
        assertThat(MappingRetry.of(() -> attempts.incrementAndGet() > 0 ? -13 : 0))
                .isEqualTo(-13);
        assertThat(attempts).hasValue(1);
    }

    @Test
    void itEndsWhereMemoryStaysShort() {
        long start = System.nanoTime();
        assertThat(MappingRetry.of(() -> -ENOMEM)).isEqualTo(-ENOMEM);
        assertThat(System.nanoTime() - start).isBetween(500_000_000L, 30_000_000_000L);
    }
}
