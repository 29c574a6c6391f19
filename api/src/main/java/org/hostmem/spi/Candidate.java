package org.hostmem.spi;

import org.jspecify.annotations.Nullable;

/**
 * One provider that was found, and its answer.
 *
 * @param name of the provider, or of the class if it could not be loaded
 * @param origin module or file it came from
 * @param priority its rank
 * @param assessment its answer; a provider that could not be loaded or threw is {@link Assessment.Unusable}
 * @param provider itself, or {@code null} if it could not be loaded
 */
@SuppressWarnings("exports") // of JSpecify, which users may leave out
public record Candidate(
        String name,
        String origin,
        int priority,
        Assessment assessment,
        @Nullable HostMemoryProvider provider) {

    /** {@return whether it can serve the region} */
    public boolean isUsable() {
        return assessment instanceof Assessment.Usable;
    }

    /** {@return why the provider cannot serve the region, or {@code usable}} */
    public String reason() {
        return assessment instanceof Assessment.Unusable(String reason) ? reason : "usable";
    }

    /**
     * Usable first, then by priority, then by name. It uses no chain of comparators, because these are generated at run
     * time and would delay the first access.
     */
    static int inOrderOfDecision(Candidate a, Candidate b) {
        if (a.isUsable() != b.isUsable()) {
            return a.isUsable() ? -1 : 1;
        }
        return a.priority != b.priority ? Integer.compare(b.priority, a.priority) : a.name.compareTo(b.name);
    }
}
