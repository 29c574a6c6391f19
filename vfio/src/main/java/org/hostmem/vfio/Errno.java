package org.hostmem.vfio;

import java.util.Map;

/** The errors of system calls that this module meets, by the numbers that all of Linux's 64-bit architectures of today share. */
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EIO = 5;
    static final int ENXIO = 6;
    static final int EBADF = 9;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EBUSY = 16;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int ENOTTY = 25;
    static final int ENOSPC = 28;

    private static final Map<Integer, String> NAMES = Map.ofEntries(Map.entry(EPERM, "EPERM"), Map.entry(ENOENT, "ENOENT"), Map.entry(EINTR, "EINTR"), Map.entry(EIO, "EIO"),
            Map.entry(ENXIO, "ENXIO"), Map.entry(EBADF, "EBADF"), Map.entry(ENOMEM, "ENOMEM"), Map.entry(EACCES, "EACCES"), Map.entry(14, "EFAULT"), Map.entry(EBUSY, "EBUSY"),
            Map.entry(ENODEV, "ENODEV"), Map.entry(EINVAL, "EINVAL"), Map.entry(23, "ENFILE"), Map.entry(24, "EMFILE"), Map.entry(ENOTTY, "ENOTTY"), Map.entry(27, "EFBIG"),
            Map.entry(ENOSPC, "ENOSPC"), Map.entry(38, "ENOSYS"));

    private Errno() {
    }

    /** The name of a negative result, for example {@code EIO}. */
    static String name(long result) {
        return NAMES.getOrDefault((int) -result, "errno " + -result);
    }
}
