package org.hostmem.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * The stores that a typical {@code memcpy} makes of a short write, to be drawn beside a plan: as glibc's with 32-byte
 * vectors (sysdeps/x86_64/multiarch/memmove-vec-unaligned-erms.S), which covers all sizes from one power of two to the
 * next by two stores of the smaller, from the start and from the end, at whatever alignment, overlapping in the middle.
 */
final class Memcpy {

    static final String NAME = "memcpy, as in a glibc with 32-byte vectors";

    static final String LONG =
            "32-byte stores; bytes at both ends are written twice, and those at the start last of all; above a size of"
                    + " its own choice one string instruction, whose accesses nobody promises";

    private static final int VECTOR = 32;

    private Memcpy() {}

    static boolean isShort(long length) {
        return length > 0 && length <= 2 * VECTOR;
    }

    /** {@return the stores of a short write, in order} */
    static List<Run> stores(long offset, int length) {
        int width = Math.min(VECTOR, Integer.highestOneBit(length));
        List<Run> stores = new ArrayList<>();
        stores.add(new Run(offset, width, 1));
        if (length > width) {
            stores.add(new Run(offset + length - width, width, 1));
        }
        return stores;
    }

    /** {@return for example {@code 2 accesses, unaligned, 1 byte written twice}} */
    static String describe(List<Run> stores, int length) {
        int written = stores.stream().mapToInt(Run::width).sum();
        boolean unaligned = stores.stream().anyMatch(store -> store.offset() % store.width() != 0);
        return stores.size()
                + (stores.size() == 1 ? " access" : " accesses")
                + (unaligned ? ", unaligned" : "")
                + (written > length ? ", " + Quantity.size(written - length) + " written twice" : "");
    }
}
