package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.kernel.Adoption;
import org.hostmem.vfio.socket.DescriptorSocket;
import org.hostmem.vfio.socket.ServedSocket;
import org.jspecify.annotations.Nullable;

/**
 * Passes an open device to another process. One process has the rights to open the device, and serves its descriptors
 * on a socket. The other process {@linkplain Vfio#receive receives} them, and needs only the right to that socket.
 */
public final class HandOver {

    /** How long the receiver waits for the message, once it is connected. */
    private static final int PATIENCE_MILLIS = 10_000;

    private static final int MAX_ADDRESS = 64;

    private HandOver() {}

    /**
     * Waits until a process connects to a socket, and sends it the descriptors of a device. The device stays open in
     * this process as well, until it is closed.
     *
     * <p>Only the owner has rights to the socket from the moment that it exists. It is removed at the end, also if a
     * signal (SIGTERM, SIGINT) ends this process. A socket that another process left behind is replaced. A socket that
     * a process still holds is refused.
     *
     * @param device that was opened by the kernel's VFIO, or a file; the receiver may write it if this process may
     * @param socket a path that does not exist, or a socket that no process holds
     * @param owner who may connect; null for the user of this process
     * @throws VfioException if the device has no descriptors, or the socket cannot be made or is another process's, or
     *     the receiver is gone
     */
    @SuppressWarnings("exports") // of JSpecify, which users may leave out
    public static void serve(Device device, Path socket, @Nullable UserPrincipal owner) {
        List<Integer> descriptors = device instanceof VfioDevice known ? known.descriptors() : List.of();
        if (descriptors.isEmpty()) {
            throw new VfioException(device.address()
                    + " cannot be handed over: only a file, or a device that was opened through the kernel's"
                    + " VFIO, has descriptors for others");
        }
        try (ServedSocket served = new ServedSocket(socket, owner);
                DescriptorSocket receiver = served.accept();
                Arena arena = Arena.ofConfined()) {
            int[] all = descriptors.stream().mapToInt(Integer::intValue).toArray();
            receiver.send(arena.allocateFrom(device.address()), all);
        }
    }

    static Device receive(Path path, Adoption adoption, VfioOptions options) {
        List<Integer> descriptors = new ArrayList<>();
        String said;
        try (DescriptorSocket socket = DescriptorSocket.connect(path);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(MAX_ADDRESS);
            long count = socket.receive(bytes, descriptors, PATIENCE_MILLIS);
            said = new String(bytes.asSlice(0, count).toArray(JAVA_BYTE), StandardCharsets.US_ASCII)
                    .split("\0", 2)[0].strip();
        }
        if (descriptors.isEmpty()) {
            throw new VfioException(path
                    + " sent no descriptor: it must send that of the device with its first byte (SCM_RIGHTS),"
                    + " as hostmem hand-over does");
        }
        return adoption.open(descriptors, "hand-over:" + path, said, options);
    }
}
