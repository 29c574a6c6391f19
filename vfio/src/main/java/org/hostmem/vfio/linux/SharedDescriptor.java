package org.hostmem.vfio.linux;

import org.hostmem.RegionClosedException;

/** A descriptor that several devices need, for example that of a container. It is closed with the last of them. */
public final class SharedDescriptor {

    private final Syscalls syscalls;
    private final int fd;
    private int users = 1;

    /** With one user. */
    public SharedDescriptor(Syscalls syscalls, int fd) {
        this.syscalls = syscalls;
        this.fd = fd;
    }

    public int number() {
        return fd;
    }

    public synchronized boolean isOpen() {
        return users > 0;
    }

    /** One more user. */
    public synchronized SharedDescriptor retain() {
        if (users == 0) {
            throw new RegionClosedException("the device is closed: open it again");
        }
        users++;
        return this;
    }

    /** Removes a user. The last one closes the descriptor. */
    public synchronized void release() {
        if (users > 0 && --users == 0) {
            syscalls.close(fd);
        }
    }
}
