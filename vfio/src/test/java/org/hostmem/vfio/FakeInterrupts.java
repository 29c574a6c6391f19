package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Linux;

/** The interrupts of a {@link FakeKernel}: real descriptors of the kernel's, armed and triggered as VFIO does. */
final class FakeInterrupts {

    private static final MemorySegment WRITE = Linux.function("write");
    private static final int INTX = 0;

    /** Of each kind: number and flags, as 7.3 reports those of a PCI function. */
    final int[] counts = {1, 4, 65, 1, 1};

    final int[] flags = {7, 9, 9, 9, 9};
    /** Index and vector to descriptor. */
    private final Map<Integer, Integer> armed = new HashMap<>();

    private boolean masked;
    private boolean pending;

    synchronized int info(MemorySegment argument) {
        int index = argument.get(JAVA_INT, 8);
        if (index >= counts.length || counts[index] == 0) {
            return -Errno.EINVAL;
        }
        argument.set(JAVA_INT, 4, flags[index]);
        argument.set(JAVA_INT, 12, counts[index]);
        return 0;
    }

    synchronized int set(MemorySegment argument) {
        int what = argument.get(JAVA_INT, 4);
        int index = argument.get(JAVA_INT, 8);
        int start = argument.get(JAVA_INT, 12);
        int count = argument.get(JAVA_INT, 16);
        switch (what) {
            case 0x24 -> {
                if (start + count > counts[index]
                        || index < 3 && armed.keySet().stream().anyMatch(key -> key >> 16 < 3 && key >> 16 != index)) {
                    return -Errno.EINVAL;
                }
                for (int i = 0; i < count; i++) {
                    armed.put(index << 16 | start + i, argument.get(JAVA_INT, 20 + 4L * i));
                }
                masked = false;
            }
            case 0x21 -> {
                if (count == 0) {
                    armed.keySet().removeIf(key -> key >> 16 == index);
                } else {
                    raise(index, start);
                }
            }
            case 0x14 -> {
                return index == INTX ? 0 : -Errno.ENOTTY;
            }
            case 0x11 -> {
                return index == INTX ? unmask() : -Errno.ENOTTY;
            }
            case 0x09 -> {
                masked |= index == INTX;
                return index == INTX ? 0 : -Errno.ENOTTY;
            }
            default -> throw new AssertionError("flags 0x" + Integer.toHexString(what));
        }
        return 0;
    }

    /** As the device does. */
    synchronized void raise(int index, int vector) {
        Integer fd = armed.get(index << 16 | vector);
        if (index == INTX && masked) {
            pending = true;
        } else if (fd != null) {
            masked = index == INTX;
            try (Arena arena = Arena.ofConfined()) {
                Linux.call(WRITE, fd, arena.allocateFrom(JAVA_LONG, 1).address(), Long.BYTES, 0);
            }
        }
    }

    private int unmask() {
        masked = false;
        if (pending) {
            pending = false;
            raise(INTX, 0);
        }
        return 0;
    }

    synchronized int armed() {
        return armed.size();
    }
}
