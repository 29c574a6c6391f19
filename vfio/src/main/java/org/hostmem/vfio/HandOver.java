package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;

/**
 * A device in two processes: one, with the rights to open it, serves its descriptors on a socket; another one, which needs no rights but to that socket, {@linkplain Vfio#receive receives} them.
 */
public final class HandOver {

    /** How long the receiver waits for the message, once it is connected. */
    private static final int PATIENCE_MILLIS = 10_000;
    private static final int MAX_ADDRESS = 64;

    private HandOver() {
    }

    /**
     * Waits until somebody connects to a socket, and sends the descriptors of a device. The device stays open here, until it is closed, too.
     *
     * <p>The socket is there as soon as somebody can connect to it, then has no rights for others than its owner, and is removed at the end.
     *
     * @param device that the kernel's VFIO has opened, or a file: the receiver may write it if this process could
     * @param socket a path that is not there yet
     * @param owner who may connect; null for the user of this process
     * @throws VfioException if the device has no descriptors, or the socket cannot be made, or the other process is gone
     */
    public static void serve(Device device, Path socket, UserPrincipal owner) {
        List<Integer> descriptors = device instanceof VfioDevice known ? known.descriptors() : List.of();
        if (descriptors.isEmpty()) {
            throw new VfioException(device.address() + " cannot be handed over: only a file, or a device that was opened through the kernel's VFIO, has descriptors for others");
        }
        Path unfinished = Path.of(socket + "~");
        int listener = UnixSockets.bind(unfinished);
        try (Arena arena = Arena.ofConfined()) {
            if (owner != null) {
                Files.setOwner(unfinished, owner);
            }
            UnixSockets.listen(listener, unfinished);
            Files.move(unfinished, socket);
            try (DescriptorSocket receiver = UnixSockets.accept(listener)) {
                MemorySegment address = arena.allocateFrom(device.address());
                receiver.send(address, descriptors.stream().mapToInt(Integer::intValue).toArray());
            } finally {
                remove(socket);
            }
        } catch (FileAlreadyExistsException there) {
            throw new VfioException(socket + " is there already: remove it");
        } catch (IOException refused) {
            throw new VfioException(socket + " could not be made" + (owner == null ? "" : " for " + owner) + ": " + refused.getMessage());
        } finally {
            Linux.INSTANCE.close(listener);
            remove(unfinished);
        }
    }

    private static void remove(Path socket) {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException stays) {
            throw new VfioException(socket + " could not be removed: " + stays.getMessage());
        }
    }

    static Device receive(Path path, Adoption adoption, VfioOptions options) {
        List<Integer> descriptors = new ArrayList<>();
        String said;
        try (DescriptorSocket socket = DescriptorSocket.connect(path); Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(MAX_ADDRESS);
            long count = socket.receive(bytes, descriptors, PATIENCE_MILLIS);
            said = new String(bytes.asSlice(0, count).toArray(JAVA_BYTE), StandardCharsets.US_ASCII).split("\0", 2)[0].strip();
        }
        if (descriptors.isEmpty()) {
            throw new VfioException(path + " sent no descriptor: it must send that of the device with its first byte (SCM_RIGHTS), as hostmem hand-over does");
        }
        return adoption.open(descriptors, "hand-over:" + path, said, options);
    }
}
