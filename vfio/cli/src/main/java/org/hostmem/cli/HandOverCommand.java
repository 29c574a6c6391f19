package org.hostmem.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.HandOver;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Opens a device with the rights of this process, and hands it to another one. */
@Command(
        name = "hand-over",
        description = {
            "Opens a device and gives its descriptors to the first process that connects to a socket, which needs no"
                    + " rights to the device:",
            "'hostmem read hand-over:SOCKET ...', or Vfio.receive. Then it ends; the device stays open in the other"
                    + " process."
        })
final class HandOverCommand extends JsonCommand {

    @Parameters(
            index = "0",
            paramLabel = "ADDRESS",
            description = "PCI address, for example 0000:01:00.0, or the path of a file.")
    private String address;

    @Parameters(
            index = "1",
            paramLabel = "SOCKET",
            description =
                    "Path of the socket to make. It has rights for one user only, and is " + "removed at the end.")
    private Path socket;

    @Option(names = "--user", paramLabel = "NAME", description = "Who may connect. Default: the user who runs this.")
    private @Nullable String user;

    @Mixin
    private WaysIn ways;

    @Override
    int execute() throws IOException {
        UserPrincipal owner = user == null ? null : owner();
        try (Device device = Devices.open(address, ways.apply(Devices.options(address)))) {
            HandOver.serve(device, socket, owner);
            if (json()) {
                JsonObject one = new JsonObject();
                one.addProperty("address", device.address());
                one.addProperty("way", device.way());
                print(one);
            }
        }
        return 0;
    }

    private UserPrincipal owner() throws IOException {
        try {
            return socket.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
        } catch (UserPrincipalNotFoundException unknown) {
            throw usage("--user " + user + ": there is no such user");
        }
    }
}
