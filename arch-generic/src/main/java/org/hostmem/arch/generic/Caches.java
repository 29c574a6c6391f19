package org.hostmem.arch.generic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much the caches of this machine hold. */
final class Caches {

    private static final long TYPICAL_LAST_LEVEL = 32L << 20;

    /**
     * From how many bytes on a copy had better go past the caches: a quarter of the last level, for a copy touches
     * twice its length, and others use the cache too. It is where plain stores were measured to fall behind. What fits
     * in one call never goes past.
     */
    static final long PAST = Math.max(Chunks.LONGEST + 1, lastLevel() / 4);

    private Caches() {}

    private static long lastLevel() {
        long size = 0;
        for (int index = 0; index < 8; index++) {
            try {
                String text = Files.readString(Path.of("/sys/devices/system/cpu/cpu0/cache/index" + index + "/size"))
                        .strip();
                size = Math.max(size, Long.parseLong(text.replace("K", "")) << 10);
            } catch (IOException | NumberFormatException unknown) {
                break;
            }
        }
        return size > 0 ? size : TYPICAL_LAST_LEVEL;
    }
}
