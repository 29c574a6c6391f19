package org.hostmem.lab.observe;

import java.util.Map;

/** What the table of the run says of one cache mode. */
record Rules(int widestRead, int widestWrite, int widestAscending, Map<Integer, String> unaligned) {

    int widest(boolean write, boolean ascending) {
        int widest = write ? widestWrite : widestRead;
        return ascending ? Math.min(widest, widestAscending) : widest;
    }
}
