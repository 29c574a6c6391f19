package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ListingTest {

    @Test
    void bytesAndLabelsAreTakenFromTheLeftAndNothingFromTheRight() {
        Listing listing = parse("""
            # comment

            start:
              31 c0                    xor    %eax,%eax   # add 12
              .option norelax
            1:
              c3                       ret
            end:
              00 00                    .short 0
            """);
        assertThat(listing.code()).containsExactly(0x31, 0xc0, 0xc3, 0, 0);
        assertThat(listing.offset("start")).isZero();
        assertThat(listing.offset("end")).isEqualTo(3);
        assertThat(listing.labels()).doesNotContainKey("1");
    }

    @Test
    void aMnemonicWithoutBytesIsRefusedWithItsLine() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("start:\n  ret\n"))
                .withMessageContaining("test:2")
                .withMessageContaining("ret");
    }

    @Test
    void halfAByteIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("  3  ret\n"))
                .withMessageContaining("test:1");
    }

    @Test
    void aLabelTwiceIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> parse("a:\na:\n")).withMessageContaining("twice");
    }

    @Test
    void anUnknownLabelIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("a:\n").offset("b"))
                .withMessageContaining("label b");
    }

    @Test
    void theCodeCannotBeChangedFromOutside() {
        Listing listing = parse("  c3  ret\n");
        listing.code()[0] = 0;
        assertThat(listing.code()).containsExactly(0xc3);
    }

    private static Listing parse(String text) {
        return Listing.parse("test", new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
