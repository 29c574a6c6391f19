package org.hostmem.vfio.socket;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Objects;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.linux.FileStatus;
import org.hostmem.vfio.linux.Linux;
import org.jspecify.annotations.Nullable;

/**
 * A socket at a path, on which this process listens. It exists only as long as a process can connect to it, and is
 * removed at the end, also by a signal. A socket that another process left behind is replaced. A socket that a process
 * still holds is refused.
 *
 * <p>It is replaced under a lock on its folder, which the kernel releases with the process. So if several processes
 * find the same old socket, one replaces it, and the others find the new one.
 */
public final class ServedSocket implements AutoCloseable {

    private static final int LOCK_EX = 2;
    private static final MemorySegment FLOCK = Linux.function("flock");

    private final Path path;
    private final int listener;
    private final Thread atExit = new Thread(this::remove, "hostmem removes a socket");
    private boolean there = true;

    /**
     * Listens.
     *
     * @param owner who may connect; null for the user of this process
     * @throws VfioException if something else is there, or the socket cannot be made
     */
    public ServedSocket(Path path, @Nullable UserPrincipal owner) {
        this.path = path;
        if (Files.isDirectory(path)) {
            throw new VfioException("\"" + path + "\" is a folder: give the path of a socket, which is made there");
        }
        Path folder = Objects.requireNonNull(path.toAbsolutePath().getParent()); // only the root, a folder, has none
        int lock = Linux.INSTANCE.openForReading(folder.toString());
        boolean locked = lock >= 0 && Linux.callInt(FLOCK, lock, LOCK_EX, 0, 0) == 0;
        try {
            if (locked) {
                removeRemains(path);
            }
            listener = listen(owner, locked);
        } finally {
            if (lock >= 0) {
                Linux.INSTANCE.close(lock);
            }
        }
        try {
            Runtime.getRuntime().addShutdownHook(atExit);
        } catch (IllegalStateException atTheEndAlready) {
            close();
            throw new VfioException(path + " is not served: this process is ending", atTheEndAlready);
        }
    }

    /** Removes a socket that no process holds. */
    private static void removeRemains(Path path) {
        if (isSocket(path) && !UnixSockets.isTaken(path)) {
            delete(path);
        }
    }

    /** The socket has another name at first, so nobody finds it before its owner is set and it listens. */
    private int listen(@Nullable UserPrincipal owner, boolean locked) {
        Path unfinished = Path.of(path + "~");
        if (locked) {
            removeRemains(unfinished);
        }
        int fd = UnixSockets.bind(unfinished);
        try {
            if (owner != null) {
                Files.setOwner(unfinished, owner);
            }
            UnixSockets.listen(fd, unfinished);
            Files.move(unfinished, path);
            return fd;
        } catch (IOException | RuntimeException refused) {
            delete(unfinished);
            Linux.INSTANCE.close(fd);
            switch (refused) {
                case RuntimeException typed -> throw typed;
                case FileAlreadyExistsException there ->
                    throw new VfioException(
                            path + " is there already"
                                    + (isSocket(path)
                                            ? ", and a process holds it: end that process, or name another path"
                                            : ", and is not a socket: remove it, or name another path"),
                            there);
                default ->
                    throw new VfioException(
                            path + " could not be made" + (owner == null ? "" : " for " + owner) + ": "
                                    + refused.getMessage(),
                            refused);
            }
        }
    }

    /** Whether the path itself is a socket, and not a link to one. */
    private static boolean isSocket(Path path) {
        int looked = Files.isSymbolicLink(path) ? -1 : Linux.INSTANCE.openAsPath(path.toString());
        if (looked < 0) {
            return false;
        }
        try {
            return FileStatus.of(looked, path.toString()).isSocket();
        } finally {
            Linux.INSTANCE.close(looked);
        }
    }

    /** Waits until a process connects. */
    public DescriptorSocket accept() {
        return UnixSockets.accept(listener);
    }

    /** Removes the socket once. Afterwards another process may own the path. */
    private synchronized void remove() {
        if (there) {
            there = false;
            delete(path);
        }
    }

    private static void delete(Path socket) {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException stays) {
            throw new VfioException(socket + " could not be removed: " + stays.getMessage(), stays);
        }
    }

    /** Before the listener is closed, so that nobody takes the socket over before it is removed. */
    @Override
    public void close() {
        try {
            remove();
        } finally {
            Linux.INSTANCE.close(listener);
            try {
                Runtime.getRuntime().removeShutdownHook(atExit);
            } catch (IllegalStateException atTheEndAlready) {
                // There is nothing left to remove.
            }
        }
    }
}
