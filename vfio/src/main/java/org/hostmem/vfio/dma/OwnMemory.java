package org.hostmem.vfio.dma;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The memory that this library allocates for devices. It is released after its last mapping has ended. */
public final class OwnMemory {

    /** Address to size. */
    private static final ConcurrentSkipListMap<Long, Long> BLOCKS = new ConcurrentSkipListMap<>();

    private OwnMemory() {}

    public static void add(long address, long size) {
        BLOCKS.put(address, size);
    }

    public static void remove(long address) {
        BLOCKS.remove(address);
    }

    /** Whether a block lies in such memory that is not released yet. */
    public static boolean has(long address, long size) {
        Map.Entry<Long, Long> below = BLOCKS.floorEntry(address);
        return below != null && address - below.getKey() <= below.getValue() - size;
    }
}
