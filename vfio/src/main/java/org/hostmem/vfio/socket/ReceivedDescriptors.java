package org.hostmem.vfio.socket;

import java.util.Arrays;
import org.hostmem.vfio.linux.Syscalls;

/** The descriptors that came with one message: owned here until they are {@linkplain #take taken}. */
public final class ReceivedDescriptors {

    /** The most descriptors of one message. */
    public static final int MAX = 16;

    private final Syscalls syscalls;
    private final int[] descriptors = new int[MAX];
    private int count;
    private boolean tooMany;

    public ReceivedDescriptors(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** Adds a descriptor. Beyond {@link #MAX} it closes the descriptor, and {@link #tooMany} tells. */
    public void add(int descriptor) {
        if (count == MAX) {
            tooMany = true;
            syscalls.close(descriptor);
            return;
        }
        descriptors[count++] = descriptor;
    }

    public boolean tooMany() {
        return tooMany;
    }

    /** Returns them in the order in which they came. The caller now owns them. */
    public int[] take() {
        int[] taken = Arrays.copyOf(descriptors, count);
        count = 0;
        return taken;
    }

    /** Closes the descriptors that nobody took, before the next message. */
    public void clear() {
        while (count > 0) {
            syscalls.close(descriptors[--count]);
        }
        tooMany = false;
    }
}
