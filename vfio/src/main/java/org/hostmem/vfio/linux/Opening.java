package org.hostmem.vfio.linux;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.hostmem.vfio.VfioException;

/**
 * The descriptors that are opened on the way to a device, and the meaning of the kernel's refusals. It closes them, the
 * last one first, unless they have become a device.
 */
public final class Opening implements AutoCloseable {

    private final Syscalls syscalls;
    private final Deque<Integer> opened = new ArrayDeque<>();

    public Opening(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** Takes over a descriptor. */
    public int add(int fd) {
        opened.push(fd);
        return fd;
    }

    /** Takes over a descriptor that is closed after the present ones. */
    public void addBehind(int fd) {
        opened.addLast(fd);
    }

    public int node(Path node, String ifAbsent, String ifBusy) {
        int fd = syscalls.open(node.toString());
        return add(
                switch (fd) {
                    case -Errno.ENOENT -> throw new VfioException(node + " is not there: " + ifAbsent);
                    case -Errno.EACCES ->
                        throw new VfioException(node
                                + " may not be opened by this user: chown it, or add a udev rule"
                                + " (SUBSYSTEM==\"vfio\", GROUP=...)");
                    case -Errno.EPERM ->
                        throw new VfioException(node
                                + ": EPERM: this process needs CAP_SYS_RAWIO, or access to the node in its container or"
                                + " cgroup");
                    case -Errno.EBUSY -> throw new VfioException(node + ": EBUSY" + ifBusy);
                    default -> checked(fd, "opening " + node);
                });
    }

    public static int checked(int result, String what) {
        if (result < 0) {
            throw new VfioException(what + ": " + Errno.name(result) + advice(result));
        }
        return result;
    }

    /** The advice about an error, if it means the same for all calls. */
    public static String advice(long result) {
        return switch ((int) -result) {
            case Errno.EPERM ->
                ": the kernel forbids it: this process lacks a capability, or access in its container or cgroup, or"
                        + " the file is immutable or sealed";
            case Errno.EACCES ->
                ": the file's permissions, or the mode in which it was opened, do not allow it: change them, or run as"
                        + " a user who may";
            case Errno.ETXTBSY ->
                ": a program runs from this file, so it cannot be written: copy it, or end the program";
            case Errno.EROFS -> ": its file system is mounted read-only";
            case Errno.EBUSY -> ": something else uses it: end that first";
            case Errno.ENOMEM ->
                ": memory or address space is short: close what is open, or raise the limits (ulimit -v, ulimit -l,"
                        + " vm.max_map_count)";
            case Errno.ENODEV, Errno.ENXIO -> ": there is no device behind it, or it cannot be mapped";
            case Errno.EIO -> ": the device or the disk reported an error: see the kernel's log (dmesg)";
            case Errno.ENOENT -> ": there is no such file";
            case 20 -> ": a part of the path is not a folder";
            case 36 -> ": the name is too long";
            case 40 -> ": the path has too many symbolic links, or they lead to each other";
            case Errno.EMFILE ->
                ": this process has reached its limit of open files: raise it (ulimit -n, LimitNOFILE= in systemd)";
            case Errno.ENFILE -> ": the host has reached its limit of open files: raise fs.file-max";
            default -> "";
        };
    }

    /** The descriptor that was added last. */
    public int last() {
        return opened.element();
    }

    /** All but the last one, in the order in which they are closed after it. */
    public List<SharedDescriptor> others() {
        return opened.stream()
                .skip(1)
                .map(fd -> new SharedDescriptor(syscalls, fd))
                .toList();
    }

    /** Hands all descriptors over to the caller. */
    public void release() {
        opened.clear();
    }

    @Override
    public void close() {
        opened.forEach(syscalls::close);
    }
}
