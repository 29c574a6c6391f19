package org.hostmem.vfio.socket;

import java.util.Arrays;
import org.hostmem.vfio.linux.Syscalls;

/** The descriptors that came with one message: owned here until they are {@linkplain #take taken}. */
public final class ReceivedDescriptors {

    /** How many one message may bring. */
    public static final int MAX = 16;

    private final Syscalls syscalls;
    private final int[] descriptors = new int[MAX];
    private int count;
    private boolean tooMany;

    public ReceivedDescriptors(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** One more; beyond {@link #MAX} it is closed, and {@link #tooMany} remembers. */
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

    /** They are the caller's now, in the order in which they came. */
    public int[] take() {
        int[] taken = Arrays.copyOf(descriptors, count);
        count = 0;
        return taken;
    }

    /** Closes what nobody took, before the next message. */
    public void clear() {
        while (count > 0) {
            syscalls.close(descriptors[--count]);
        }
        tooMany = false;
    }
}
