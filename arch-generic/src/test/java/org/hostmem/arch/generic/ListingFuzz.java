package org.hostmem.arch.generic;

import java.io.ByteArrayInputStream;

/**
 * Any bytes as a listing: it is one, or an {@link IllegalArgumentException} says why not. Run by
 * {@code integration-tests/lab/fuzz}; what it found is replayed by {@link ListingFuzzTest}.
 */
public final class ListingFuzz {

    private ListingFuzz() {}

    /**
     * One input.
     *
     * @param input any bytes
     */
    public static void fuzzerTestOneInput(byte[] input) {
        Listing listing;
        try {
            listing = Listing.parse("fuzz", new ByteArrayInputStream(input));
        } catch (IllegalArgumentException refused) {
            require(
                    refused.getMessage() != null && refused.getMessage().startsWith("fuzz:"),
                    "a message that names the line");
            return;
        }
        require(listing.code().length <= input.length / 2, "no more code than was written");
        listing.labels().forEach((label, offset) -> {
            require(offset >= 0 && offset <= listing.code().length, label + " within the code");
            require(listing.offset(label) == offset, label + " found");
        });
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("expected: " + what);
        }
    }
}
