package org.hostmem.integration;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What some tests cannot do without. Surefire counts skipped tests and does not say why they are, so this does: a line
 * on the console for each thing that is missing.
 */
public final class Needed {

    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    private Needed() {}

    /** Goes on if it is there; skips the test if not. The reason says what is missing and what installs it. */
    public static void needed(boolean isThere, String reason) {
        if (!isThere && SAID.add(reason)) {
            System.out.println("[SKIPPED] " + reason);
        }
        assumeTrue(isThere, reason);
    }
}
