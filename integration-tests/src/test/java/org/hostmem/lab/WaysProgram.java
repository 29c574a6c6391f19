package org.hostmem.lab;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.hostmem.AccessOptions;
import org.hostmem.Barrier;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;
import org.hostmem.integration.faults.Native;
import org.hostmem.integration.security.Descriptors;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.PowerState;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.VfioOptions.Foresight;

/** In the guest, on the lab's own kernel: opens devices by each way there is, and writes down what came of it. */
public final class WaysProgram {

    /** Of edu: an identification, and a register that can be read inverted. */
    private static final int IDENTIFICATION = 0;

    private static final int LIVENESS = 4;

    /** Of nvme: its version, which no state of it changes. */
    private static final int NVME_VERSION = 8;

    /** Of the configuration space of every function. */
    private static final int COMMAND = 4;

    private static final int COMMAND_MEMORY = 2;
    private static final int FIRST_CAPABILITY = 0x34;
    private static final int CAPABILITY_POWER = 1;
    private static final int CAPABILITY_EXPRESS = 0x10;
    private static final int FUNCTION_LEVEL_RESET = 0x8000;

    /** A second edu, of two functions, which are in one group. */
    static final String TWO_FUNCTIONS = "0000:00:1c";

    private static final VfioOptions OPTIONS = VfioOptions.none();

    private final Map<String, String> results = new LinkedHashMap<>();
    private final String edu = System.getenv("HOSTMEM_LAB_EDU");
    private final String ivshmem = System.getenv("HOSTMEM_LAB_IVSHMEM");
    private final String nvme = System.getenv("HOSTMEM_LAB_NVME");

    private WaysProgram() {}

    /** {@code iommu} or {@code no-iommu}, and a file for the results. */
    public static void main(String[] args) throws IOException {
        WaysProgram program = new WaysProgram();
        try {
            if (args[0].equals("iommu")) {
                program.withIommu();
            } else {
                program.withoutIommu();
            }
        } finally {
            Files.write(
                    Path.of(args[1]),
                    program.results.entrySet().stream()
                            .map(entry ->
                                    entry.getKey() + "=" + entry.getValue().replace('\n', ' '))
                            .toList());
        }
    }

    private void attempt(String name, Callable<String> step) {
        try {
            results.put(name, step.call());
        } catch (HostMemoryException refused) {
            results.put(
                    name,
                    (refused instanceof RegionFaultException fault && fault.isForeseen()
                                    ? "foreseen: "
                                    : refused.getClass().getSimpleName() + ": ")
                            + refused.getMessage());
        } catch (Exception unexpected) {
            results.put(name, "unexpected " + unexpected);
        }
    }

    private void withIommu() throws IOException {
        edu("default", OPTIONS);
        edu("cdev", OPTIONS.through(VfioInterface.CDEV));
        edu("group", OPTIONS.through(VfioInterface.GROUP));
        for (VfioInterface way : List.of(VfioInterface.CDEV, VfioInterface.GROUP)) {
            byItself(way.toString(), OPTIONS.through(way));
            together(way.toString(), OPTIONS.through(way));
        }
        busy();
        memoryOff();
        asleep();
        sysfs();
        file();
    }

    private void withoutIommu() {
        attempt("unasked", () -> open(edu, OPTIONS));
        edu("allowed", OPTIONS.allowingNoIommu());
        edu("cdev", OPTIONS.through(VfioInterface.NO_IOMMU_CDEV));
        edu("group", OPTIONS.through(VfioInterface.NO_IOMMU_GROUP));
        byItself("cdev", OPTIONS.through(VfioInterface.NO_IOMMU_CDEV));
        byItself("group", OPTIONS.through(VfioInterface.NO_IOMMU_GROUP));
    }

    private static String open(String address, VfioOptions options) {
        try (Device device = Vfio.open(address, options)) {
            return device.way();
        }
    }

    /** Everything that every way must give alike. */
    private void edu(String name, VfioOptions options) {
        attempt(name + ".way", () -> open(edu, options));
        attempt(name + ".regions", () -> {
            try (Device device = Vfio.open(edu, options)) {
                return regions(device);
            }
        });
        attempt(name + ".access", () -> {
            try (Device device = Vfio.open(edu, options);
                    HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
                bar.writeInt(LIVENESS, 0x12345678);
                return Integer.toHexString(bar.readInt(IDENTIFICATION)) + " "
                        + Integer.toHexString(bar.readInt(LIVENESS));
            }
        });
        attempt(name + ".descriptors", () -> descriptors(name, options));
        attempt(name + ".config", () -> {
            try (Device device = Vfio.open(edu, options);
                    HostMemoryAccessor config = device.region(Region.CONFIG).open(AccessOptions.DEFAULT)) {
                return Integer.toHexString(config.readInt(0));
            }
        });
    }

    /** The device by itself: memory that it reads and writes, and its interrupts. */
    private void byItself(String name, VfioOptions options) {
        attempt(name + ".transfers", () -> EduDma.transfers(edu, options));
        attempt(name + ".messages", () -> EduDma.messages(edu, options));
        attempt(name + ".level", () -> EduDma.level(edu, options));
    }

    private void together(String name, VfioOptions options) {
        attempt(name + ".shared", () -> EduDma.shared(nvme, edu, options));
        attempt(name + ".one group", () -> EduDma.shared(TWO_FUNCTIONS + ".0", TWO_FUNCTIONS + ".1", options));
        attempt(name + ".peer", () -> EduDma.peer(edu, ivshmem, options));
    }

    /**
     * With all regions open: what this process has open for it, and what of that a program inherits that the C library
     * starts, as Java closes everything in those that it starts itself.
     */
    private String descriptors(String name, VfioOptions options) throws IOException {
        int control = (int) Native.call("dup", 1);
        Map<Integer, String> before = Descriptors.open();
        List<HostMemoryAccessor> accessors = new ArrayList<>();
        try (Device device = Vfio.open(edu, options)) {
            device.regions().forEach(region -> accessors.add(region.open(AccessOptions.DEFAULT)));
            Map<Integer, String> opened = Descriptors.since(before);
            results.put(name + ".inheritable", "" + Descriptors.inheritable(opened));
            Path listing = Path.of("/tmp/inherited");
            Native.call(
                    "system",
                    Arena.ofAuto()
                            .allocateFrom("ls -l /proc/self/fd >" + listing)
                            .address());
            List<String> inherited = Files.readAllLines(listing);
            results.put(
                    name + ".control", "" + inherited.stream().anyMatch(line -> line.contains(" " + control + " -> ")));
            results.put(
                    name + ".inherited",
                    ""
                            + inherited.stream()
                                    .filter(line -> opened.keySet().stream()
                                            .anyMatch(number -> line.contains(" " + number + " -> ")))
                                    .filter(line -> line.matches(".*(vfio|iommu).*"))
                                    .toList());
            return Descriptors.names(opened);
        } finally {
            accessors.forEach(HostMemoryAccessor::close);
            Native.call("close", control);
        }
    }

    private static String regions(Device device) {
        return device.regions().stream()
                .map(region -> region.index() + ":" + region.capabilities().size() + ":"
                        + region.capabilities().cacheMode() + ":"
                        + region.certainty().name())
                .collect(Collectors.joining(" "));
    }

    private void busy() {
        try (Device held = Vfio.open(edu, OPTIONS.through(VfioInterface.CDEV))) {
            results.put("busy.held", held.way());
            attempt("busy.cdev", () -> open(edu, OPTIONS.through(VfioInterface.CDEV)));
            attempt("busy.group", () -> open(edu, OPTIONS.through(VfioInterface.GROUP)));
            attempt("busy.both", () -> open(edu, OPTIONS));
        }
        attempt("busy.afterwards", () -> open(edu, OPTIONS));
    }

    /** A fault that is foreseen, and the hardware's own for comparison. */
    private void memoryOff() {
        for (Foresight foresight : Foresight.values()) {
            try (Device device = Vfio.open(edu, OPTIONS.with(foresight));
                    HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
                device.setMemoryEnabled(false);
                attempt("memory off." + foresight, () -> Integer.toHexString(bar.readInt(IDENTIFICATION)));
                device.setMemoryEnabled(true);
                attempt("memory on." + foresight, () -> Integer.toHexString(bar.readInt(IDENTIFICATION)));
            }
        }
    }

    private void asleep() {
        for (Foresight foresight : Foresight.values()) {
            try (Device device = Vfio.open(nvme, OPTIONS.with(foresight));
                    HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
                results.put("power." + foresight, device.powerState().name());
                int version = bar.readInt(NVME_VERSION);
                device.setPowerState(PowerState.D3HOT);
                results.put("power asleep." + foresight, device.powerState().name());
                attempt("asleep." + foresight, () -> Integer.toHexString(bar.readInt(NVME_VERSION)));
                device.setPowerState(PowerState.D0);
                device.setMemoryEnabled(true);
                attempt("awake." + foresight, () -> bar.readInt(NVME_VERSION) == version ? "same" : "different");
                if (device.resettable()) {
                    device.reset();
                    attempt("reset." + foresight, () -> bar.readInt(NVME_VERSION) == version ? "same" : "different");
                }
                attempt("registers." + foresight, () -> registers(device, bar));
            }
        }
    }

    /**
     * What a driver in a guest does: it writes the registers of the configuration space, of which only some are about
     * silence.
     */
    private static String registers(Device device, HostMemoryAccessor bar) {
        try (HostMemoryAccessor config = device.region(Region.CONFIG).open(AccessOptions.DEFAULT)) {
            int version = bar.readInt(NVME_VERSION);
            short command = config.readShort(COMMAND);
            config.writeShort(COMMAND, (short) (command & ~COMMAND_MEMORY));
            String off = whyNoAnswer(bar);
            config.writeShort(COMMAND, command);
            int power = capability(config, CAPABILITY_POWER) + 4;
            config.writeShort(power, (short) (config.readShort(power) | 3));
            String asleep = whyNoAnswer(bar);
            device.setPowerState(PowerState.D0); // which waits, as the specification of PCI asks
            config.writeShort(COMMAND, command);
            int control = capability(config, CAPABILITY_EXPRESS) + 8;
            config.writeShort(control, (short) (config.readShort(control) | FUNCTION_LEVEL_RESET));
            return off + ", " + asleep + ", after a reset "
                    + (bar.readInt(NVME_VERSION) == version ? "the same" : "another");
        }
    }

    private static String whyNoAnswer(HostMemoryAccessor bar) {
        try {
            return Integer.toHexString(bar.readInt(NVME_VERSION));
        } catch (RegionFaultException fault) {
            return fault.isForeseen() ? "foreseen" : "taken";
        }
    }

    private static int capability(HostMemoryAccessor config, int id) {
        int at = config.readByte(FIRST_CAPABILITY) & 0xff;
        while (config.readByte(at) != id) {
            at = config.readByte(at + 1) & 0xff;
        }
        return at;
    }

    /** Memory of a device that nobody has open is off: the driver leaves it so. */
    private void sysfs() {
        Path folder = Path.of("/sys/bus/pci/devices");
        attempt("sysfs.off", () -> {
            try (Device device = Vfio.sysfs(folder.resolve(edu).resolve("resource0"), OPTIONS);
                    HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
                device.setMemoryEnabled(false);
                return Integer.toHexString(bar.readInt(IDENTIFICATION));
            }
        });
        attempt("sysfs.resource0", () -> {
            try (Device device = Vfio.sysfs(folder.resolve(edu).resolve("resource0"), OPTIONS)) {
                device.setMemoryEnabled(true);
                try (HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
                    bar.writeInt(LIVENESS, 0x0f0f0f0f);
                    String seen = Integer.toHexString(bar.readInt(IDENTIFICATION)) + " "
                            + Integer.toHexString(bar.readInt(LIVENESS));
                    results.put(
                            "sysfs.check",
                            device.region(0).checkCacheMode().finding() + " "
                                    + device.region(0).checkCacheMode().evidence());
                    return seen;
                }
            }
        });
        attempt("sysfs.regions", () -> {
            try (Device device = Vfio.sysfs(folder.resolve(edu), OPTIONS)) {
                return regions(device);
            }
        });
        attempt("sysfs.wc absent", () -> {
            try (Device device = Vfio.sysfs(folder.resolve(edu).resolve("resource0_wc"), OPTIONS)) {
                return regions(device);
            }
        });
        combining(folder.resolve(ivshmem));
    }

    /** The same memory as write-combining and as uncached, one after the other. */
    private void combining(Path folder) {
        attempt("sysfs.resource2_wc", () -> {
            try (Device device = Vfio.sysfs(folder.resolve("resource2_wc"), OPTIONS)) {
                device.setMemoryEnabled(true);
                try (HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
                    for (int at = 0; at < 64; at += 8) {
                        bar.writeLong(at, 0x1111111111111111L * (at / 8));
                    }
                    bar.writeInt(0x101, 0x04030201); // unaligned, which this memory allows everywhere
                    bar.barrier(Barrier.FLUSH_WRITE_COMBINING);
                    results.put(
                            "sysfs.check wc",
                            device.region(2).checkCacheMode().finding() + " "
                                    + device.region(2).checkCacheMode().evidence());
                    return regions(device) + " " + bar.planScalar(0x101, 4).verdict();
                }
            }
        });
        attempt("sysfs.resource2", () -> {
            try (Device device = Vfio.sysfs(folder.resolve("resource2"), OPTIONS);
                    HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
                return Long.toHexString(bar.readLong(56)) + " " + Integer.toHexString(bar.readInt(0x101)) + " "
                        + regions(device) + " " + bar.planScalar(0x101, 4).verdict();
            }
        });
        attempt("vfio.check", () -> {
            try (Device device = Vfio.open(ivshmem, OPTIONS);
                    HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
                bar.readInt(0);
                return device.region(2).checkCacheMode().finding() + " "
                        + device.region(2).checkCacheMode().evidence();
            }
        });
    }

    private void file() throws IOException {
        Path file = Files.write(Path.of("/tmp/vram"), new byte[6000]);
        attempt("file", () -> {
            try (Device device = Vfio.file(file, OPTIONS);
                    HostMemoryAccessor memory = device.region(0).open(AccessOptions.DEFAULT)) {
                memory.writeBytes(4093, new byte[] {1, 2, 3, 4, 5}, 0, 5);
                memory.atomics().getAndAdd(8, 4, 7);
                return regions(device);
            }
        });
        byte[] bytes = Files.readAllBytes(file);
        results.put("file.bytes", bytes.length + " " + List.of(bytes[8], bytes[4093], bytes[4097]));
    }
}
