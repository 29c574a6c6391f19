package org.hostmem.integration.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.hostmem.AccessOptions;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaException;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.DmaMemory;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.VfioOptions;

/**
 * Run by a user without rights: opens what the arguments name, reads 4 bytes of its first region, and prints a line for
 * each, {@code argument=what came of it}, after what the kernel says of this process. An argument is {@code fd:N},
 * {@code hand-over:SOCKET}, {@code cdev:ADDRESS}, {@code group:ADDRESS}, the same with {@code no-iommu-}, or a path;
 * {@code await:PATH} waits for a file, {@code locked:BYTES} lowers the limit of locked memory for what comes after it.
 */
public final class Unprivileged {

    private static final String AWAIT = "await:";
    private static final String LOCKED = "locked:";
    private static final long PATIENCE_MILLIS = 300_000;

    private Unprivileged() {}

    /** Always ends well: the lines tell. */
    public static void main(String[] arguments) throws Exception {
        print("Uid", line("/proc/self/status", "Uid:"));
        print("capabilities", line("/proc/self/status", "CapEff:") + line("/proc/self/status", "CapPrm:"));
        print("locked memory", line("/proc/self/limits", "Max locked memory").split(" ")[0]);
        for (String argument : arguments) {
            if (argument.startsWith(AWAIT)) {
                await(Path.of(argument.substring(AWAIT.length())));
            } else if (argument.startsWith(LOCKED)) {
                AsNobody.lockedMemory(Long.parseLong(argument.substring(LOCKED.length())));
            } else {
                print(argument, attempt(argument));
            }
        }
    }

    private static void print(String key, String value) {
        System.out.println(key + "=" + value.replace('\n', ' '));
    }

    private static String line(String file, String start) throws IOException {
        return Files.readAllLines(Path.of(file)).stream()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()).strip())
                .findFirst()
                .orElseThrow();
    }

    private static String attempt(String argument) throws Exception {
        Map<Integer, String> before = Descriptors.open();
        try (Device device = opening(argument).call()) {
            Region region = device.regions().getFirst();
            try (HostMemoryAccessor accessor = region.open(AccessOptions.DEFAULT)) {
                Map<Integer, String> opened = Descriptors.since(before);
                print(argument + " dma", dma(device));
                return device.way() + " " + device.address() + " " + device.driver() + " "
                        + region.capabilities().cacheMode() + " " + Integer.toHexString(accessor.readInt(0))
                        + ", inheritable: " + Descriptors.inheritable(opened) + " of " + opened.size();
            }
        } catch (HostMemoryException refused) {
            return "refused: " + refused.getMessage();
        }
    }

    /** A page, for the device to read. */
    private static String dma(Device device) {
        try (DmaMemory memory = DmaMemory.allocate(4096);
                DmaMapping mapping = device.dma().map(memory.ram(), Set.of(Direction.READ))) {
            return "mapped " + mapping.length();
        } catch (DmaException refused) {
            return refused.refusal() + ": " + refused.getMessage();
        }
    }

    private static Callable<Device> opening(String argument) throws InterruptedException {
        String rest = argument.substring(argument.indexOf(':') + 1);
        return switch (argument.substring(0, Math.max(0, argument.indexOf(':')))) {
            case "fd" -> () -> Vfio.adopt(Integer.parseInt(rest), VfioOptions.none());
            case "hand-over" -> {
                await(Path.of(rest));
                yield () -> Vfio.receive(Path.of(rest), VfioOptions.none());
            }
            case "cdev" -> () -> Vfio.open(rest, VfioOptions.none().through(VfioInterface.CDEV));
            case "group" -> () -> Vfio.open(rest, VfioOptions.none().through(VfioInterface.GROUP));
            case "no-iommu-cdev" -> () -> Vfio.open(rest, VfioOptions.none().through(VfioInterface.NO_IOMMU_CDEV));
            case "no-iommu-group" -> () -> Vfio.open(rest, VfioOptions.none().through(VfioInterface.NO_IOMMU_GROUP));
            default ->
                argument.startsWith("/sys/")
                        ? () -> withMemory(Vfio.sysfs(Path.of(argument), VfioOptions.none()))
                        : () -> Vfio.file(Path.of(argument), VfioOptions.none());
        };
    }

    /** Which is off where no driver of the kernel uses the device. */
    private static Device withMemory(Device device) {
        device.setMemoryEnabled(true);
        return device;
    }

    private static void await(Path file) throws InterruptedException {
        for (long waited = 0; !Files.exists(file) && waited < PATIENCE_MILLIS; waited += 50) {
            Thread.sleep(50);
        }
    }
}
