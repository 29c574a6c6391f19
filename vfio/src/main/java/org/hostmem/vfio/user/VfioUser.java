package org.hostmem.vfio.user;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DriverTable;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.socket.DescriptorSocket;

/** Opens devices that another process serves over a Unix socket. */
public final class VfioUser {

    /** The prefix of their addresses. The path of the socket follows it. */
    public static final String PREFIX = "unix:";

    /** System property: how long a server may take for an answer. */
    public static final String TIMEOUT_PROPERTY = "hostmem.vfio.user-timeout-ms";

    private static final long DEFAULT_TIMEOUT_MILLIS = 30_000;

    /** How long a command of the server waits while no request runs. */
    private static final long IDLE_MILLIS = 50;

    private VfioUser() {}

    public static boolean isAddress(String address) {
        return address.startsWith(PREFIX);
    }

    public static Device open(String address, VfioOptions options) {
        long timeout = timeoutMillis();
        VfioUserConnection connection =
                new VfioUserConnection(DescriptorSocket.connect(path(address)), timeout * 1_000_000, Linux.INSTANCE);
        Device device = new VfioDevice(
                address, DriverTable.VFIO_USER, new VfioUserFile(Linux.INSTANCE, connection, address), options);
        Thread.ofPlatform().daemon().name("hostmem " + address).start(() -> serve(connection));
        return device;
    }

    /** Answers commands that a server sends while no request runs. Otherwise they would wait until the next access. */
    private static void serve(VfioUserConnection connection) {
        while (!connection.isOver()) {
            connection.serveIdle();
            try {
                Thread.sleep(IDLE_MILLIS);
            } catch (InterruptedException nobodysBusiness) {
                // A daemon, which runs until the connection ends.
            }
        }
    }

    private static Path path(String address) {
        try {
            return Path.of(address.substring(PREFIX.length()));
        } catch (InvalidPathException noPath) {
            throw new VfioException(
                    "\"" + address.replaceAll("[^ -~]", "?") + "\" names no socket: expected " + PREFIX + "PATH",
                    noPath);
        }
    }

    private static long timeoutMillis() {
        String text = System.getProperty(TIMEOUT_PROPERTY, "");
        if (text.isEmpty()) {
            return DEFAULT_TIMEOUT_MILLIS;
        }
        if (!text.matches("[1-9][0-9]{0,8}")) {
            throw new VfioException(
                    "-D" + TIMEOUT_PROPERTY + "=" + text + " must be a number of milliseconds, 1 to 999999999");
        }
        return Long.parseLong(text);
    }
}
