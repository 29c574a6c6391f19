package org.hostmem.spi;

import java.util.Objects;

/** A provider's answer to the question whether it can serve a region on a host. */
public sealed interface Assessment {

    /** It can serve the region. */
    record Usable() implements Assessment {}

    /**
     * It cannot serve the region.
     *
     * @param reason for people: what was found, and what is needed
     */
    record Unusable(String reason) implements Assessment {
        /** Checks for {@code null}. */
        public Unusable {
            Objects.requireNonNull(reason);
        }
    }

    /** {@return that the provider can serve the region} */
    static Assessment usable() {
        return new Usable();
    }

    /**
     * {@return that the provider cannot serve the region}
     *
     * @param reason what was found, and what is needed
     */
    static Assessment unusable(String reason) {
        return new Unusable(reason);
    }
}
