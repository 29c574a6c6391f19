package org.hostmem.lab.nested;

import java.util.stream.IntStream;

/** How much of the sweep is run: these sizes at these offsets. */
record Sizes(int[] sizes, int[] offsets) {

    /** {@code short}: what begins and ends a unit, and 8 to 64 bytes. {@code whole}: 0 to 130 bytes at 0 to 15. */
    static Sizes named(String name) {
        return switch (name) {
            case "short" -> new Sizes(new int[] {1, 3, 8, 15, 16, 31, 32, 64}, new int[] {0, 4, 5});
            case "whole" ->
                new Sizes(
                        IntStream.rangeClosed(0, 130).toArray(),
                        IntStream.range(0, 16).toArray());
            default -> throw new IllegalArgumentException(name);
        };
    }
}
