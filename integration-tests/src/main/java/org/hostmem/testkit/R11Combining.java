package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.stream.Stream;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * R11: WRITE_COMBINING: the hardware may merge and repeat; flush is offered, and R2 and R3 are never promised past the
 * CPU.
 */
interface R11Combining extends Kit {

    /** The only mode that this rule is about. */
    private Stream<DynamicTest> combining(Executable test) {
        return eachMode(test::run).filter(one -> one.getDisplayName().equals(CacheMode.WRITE_COMBINING.name()));
    }

    /** With the mode at hand. */
    @FunctionalInterface
    interface Executable {
        void run(CacheMode mode) throws Throwable;
    }

    @TestFactory
    @Tag("R11")
    @DisplayName("R11: on write-combining memory neither once nor ascending is promised")
    default Stream<DynamicTest> r11_combiningPromisesNeitherOnceNorOrder() {
        return combining(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                assertFalse(
                        subject.accessor().guarantees().contains(Guarantee.EXACTLY_ONCE),
                        "the hardware may repeat a write");
                assertFalse(
                        subject.accessor().guarantees().contains(Guarantee.ASCENDING_ORDER),
                        "the hardware may reorder writes");
            }
        });
    }

    @TestFactory
    @Tag("R11")
    @DisplayName("R11: on write-combining memory a flush is offered, and an instruction stands behind it")
    default Stream<DynamicTest> r11_aFlushIsOffered() {
        return combining(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                assertFalse(
                        subject.accessor()
                                .rules()
                                .barriers()
                                .getOrDefault(Barrier.FLUSH_WRITE_COMBINING, "")
                                .isBlank(),
                        "program order does not empty a write-combining buffer");
                assertDoesNotThrow(() -> subject.accessor().barrier(Barrier.FLUSH_WRITE_COMBINING));
            }
        });
    }
}
