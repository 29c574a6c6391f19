package org.hostmem.lab.nested;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.guest.GuestRam;
import org.hostmem.spi.Guest;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * Makes all accesses in the inner guest. In every cache mode of devices it accesses a buffer that QEMU emulates, and
 * memory; before that edu's registers. Last comes the guest's own memory, where accesses keep the units of the ISA.
 */
final class Nested {

    private static final Path DEVICES = Path.of("/sys/bus/pci/devices");
    static final Path EDU = DEVICES.resolve("0000:00:03.0/resource0");
    private static final Path MEMORY = DEVICES.resolve("0000:00:04.0/resource2");
    private static final Path EMULATED = DEVICES.resolve("0000:00:05.0/resource2");

    private Nested() {}

    /** The argument: {@code short} or {@code whole}. */
    public static void main(String[] args) {
        Sizes sizes = Sizes.named(args[0]);
        System.out.println(
                "guest: " + Guest.current().answer() + ", " + Guest.current().found());
        Score score = new Score();
        Edu.run(sizes, score);
        for (Path file : List.of(EMULATED, MEMORY)) {
            String device = file == EMULATED ? "emulated" : "memory";
            Set<CacheMode> modes = EnumSet.allOf(CacheMode.class);
            modes.removeIf(mode -> !mode.needsExactAccesses());
            modes.remove(mapped(device, file, sizes, score));
            modes.remove(mapped(device, combining(file), sizes, score));
            for (CacheMode mode : modes) {
                Path mapping = mode == CacheMode.WRITE_COMBINING ? combining(file) : file;
                new Sweep(device + " taken for " + mode, Mapped.as(mapping, mode), score).run(sizes);
            }
        }
        try (HostMemoryAccessor ram = GuestRam.open(4096)) {
            new Sweep("memory of this guest", ram, score).run(sizes);
        }
        System.out.println("refused before the first byte: " + score.refused() + " requests with less than edu takes");
        System.out.println("answered: " + score.right() + " of " + score.all() + " accesses");
        System.exit(score.right() == score.all() ? 0 : 1);
    }

    private static Path combining(Path file) {
        return Path.of(file + "_wc");
    }

    /** Accesses a region in the mode that the library finds. {@return that mode} */
    private static CacheMode mapped(String name, Path file, Sizes sizes, Score score) {
        try (Device device = Vfio.sysfs(file, VfioOptions.none());
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            CacheMode mode = bar.capabilities().cacheMode();
            new Sweep(name + " mapped as " + mode, bar, score).run(sizes);
            return mode;
        }
    }
}
