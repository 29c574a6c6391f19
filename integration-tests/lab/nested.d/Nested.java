import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.spi.Guest;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * All accesses in the inner guest: on a buffer that QEMU emulates, on memory, on edu's registers; in every cache mode.
 */
public final class Nested {

    private static final Path DEVICES = Path.of("/sys/bus/pci/devices");
    static final Path EDU = DEVICES.resolve("0000:00:03.0/resource0");
    private static final Path MEMORY = DEVICES.resolve("0000:00:04.0/resource2");
    private static final Path EMULATED = DEVICES.resolve("0000:00:05.0/resource2");

    private Nested() {}

    /** The argument: {@code short} or {@code whole}. */
    public static void main(String[] args) {
        Sizes sizes = Sizes.valueOf(args[0].toUpperCase(Locale.ROOT));
        System.out.println(
                "guest: " + Guest.current().answer() + ", " + Guest.current().found());
        Score score = new Score();
        Edu.run(score);
        for (Path file : List.of(EMULATED, MEMORY)) {
            String device = file == EMULATED ? "emulated" : "memory";
            for (String suffix : List.of("", "_wc")) {
                mapped(device, Path.of(file + suffix), sizes, score);
            }
            for (CacheMode mode : CacheMode.values()) {
                if (mode.isDevice()) {
                    new Sweep(device + " taken for " + mode, Mapped.as(file, mode), score).run(sizes);
                }
            }
        }
        System.out.println("answered: " + score.right() + " of " + score.all() + " accesses");
        System.exit(score.right() == score.all() ? 0 : 1);
    }

    private static void mapped(String name, Path file, Sizes sizes, Score score) {
        try (Device device = Vfio.sysfs(file, VfioOptions.none());
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            new Sweep(name + " mapped as " + bar.capabilities().cacheMode(), bar, score).run(sizes);
        }
    }
}
