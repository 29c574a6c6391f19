package org.hostmem.integration.packaging;

import java.lang.foreign.MemorySegment;

/** Run in a JVM of its own: makes a restricted call. */
public final class CallRestricted {

    private CallRestricted() {}

    /** Does it. */
    @SuppressWarnings("restricted")
    public static void main(String[] none) {
        System.out.println(MemorySegment.ofAddress(4096).reinterpret(8));
    }
}
