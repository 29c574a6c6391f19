package org.hostmem.spi;

import java.util.Objects;

/** A provider's answer. */
public sealed interface Assessment {

    /** Can serve the region. */
    record Usable() implements Assessment {}

    /**
     * Cannot.
     *
     * @param reason for people: what was found, what is needed
     */
    record Unusable(String reason) implements Assessment {
        /** Checks for {@code null}. */
        public Unusable {
            Objects.requireNonNull(reason);
        }
    }

    /** {@return yes} */
    static Assessment usable() {
        return new Usable();
    }

    /**
     * {@return no}
     *
     * @param reason what was found, what is needed
     */
    static Assessment unusable(String reason) {
        return new Unusable(reason);
    }
}
