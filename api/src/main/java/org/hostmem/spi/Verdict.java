package org.hostmem.spi;

import java.util.Objects;

/** A provider's answer. */
public sealed interface Verdict {

    /** Can serve the region. */
    record Usable() implements Verdict {}

    /**
     * Cannot.
     *
     * @param reason for people: what was found, what is needed
     */
    record Unusable(String reason) implements Verdict {
        /** Checks for {@code null}. */
        public Unusable {
            Objects.requireNonNull(reason);
        }
    }

    /** {@return yes} */
    static Verdict usable() {
        return new Usable();
    }

    /**
     * {@return no}
     *
     * @param reason what was found, what is needed
     */
    static Verdict unusable(String reason) {
        return new Unusable(reason);
    }
}
