package org.hostmem.lab;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionFaultException;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.VfioOptions.Foresight;

/**
 * In the guest: devices that are reset and taken away while they are accessed, and a file that is cut short. One
 * argument: the file for the results.
 */
final class LossProgram {

    private static final String EDU = System.getenv("HOSTMEM_LAB_EDU");
    private static final String NVME = System.getenv("HOSTMEM_LAB_NVME");
    private static final int RESETS = 10;
    private static final int PAGE = 1 << 16;
    /** The faults of the hardware are to be seen, not foreseen. */
    private static final VfioOptions TRY = VfioOptions.none().with(Foresight.TRY);

    private final Map<String, String> results = new LinkedHashMap<>();

    private LossProgram() {}

    public static void main(String[] file) throws Exception {
        LossProgram program = new LossProgram();
        program.reset();
        program.removal();
        program.truncation();
        Files.write(
                Path.of(file[0]),
                program.results.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .toList());
    }

    /** {@return what became of an access, in words} */
    private static String attempt(Runnable access) {
        try {
            access.run();
            return "done";
        } catch (RegionFaultException fault) {
            return fault.side() + " " + fault.direction() + " " + fault.width() + "@" + Long.toHexString(fault.offset())
                    + " after " + fault.completed();
        } catch (HostMemoryException other) {
            return other.getClass().getSimpleName();
        }
    }

    /**
     * A function-level reset, again and again, while another thread reads a register that always has the same value.
     */
    private void reset() throws Exception {
        try (Device nvme = Vfio.open(NVME, TRY)) {
            HostMemoryAccessor region = nvme.region(0).open(AccessOptions.DEFAULT);
            int version = region.readInt(8);
            AtomicInteger values = new AtomicInteger();
            AtomicInteger faults = new AtomicInteger();
            AtomicInteger wrong = new AtomicInteger();
            Thread reader = Thread.ofPlatform().start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    try {
                        int value = region.readInt(8);
                        (value == version || value == -1 ? values : wrong).incrementAndGet();
                    } catch (RegionFaultException fault) {
                        (fault.offset() == 8 && fault.completed() == 0 ? faults : wrong).incrementAndGet();
                    } catch (Throwable other) {
                        wrong.incrementAndGet();
                    }
                    Thread.yield();
                }
            });
            for (int i = 0; i < RESETS; i++) {
                Thread.sleep(5);
                nvme.reset();
            }
            reader.interrupt();
            reader.join();
            results.put("reset.version", Integer.toHexString(version));
            results.put("reset.seen", values.get() > 0 ? "values" : "nothing");
            results.put("reset.faults", "" + faults);
            results.put("reset.wrong", "" + wrong);
            results.put("reset.after", Integer.toHexString(region.readInt(8)));
            nvme.setMemoryEnabled(false);
            results.put("off.read", attempt(() -> region.readInt(8)));
            nvme.setMemoryEnabled(true);
            results.put("on.read", attempt(() -> region.readInt(8)));
        }
    }

    /**
     * The kernel does not take away a device that is in use: removal waits for the close, and accesses go on meanwhile.
     */
    private void removal() throws Exception {
        Path device = Path.of("/sys/bus/pci/devices", EDU);
        HostMemoryAccessor[] late = new HostMemoryAccessor[1];
        Process removal;
        try (Device edu = Vfio.open(EDU, TRY)) {
            HostMemoryAccessor region = edu.region(0).open(AccessOptions.DEFAULT);
            late[0] = region;
            HostMemoryAccessor forgiving =
                    edu.region(0).open(AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST));
            removal = new ProcessBuilder("sh", "-c", "echo 1 >" + device.resolve("remove"))
                    .inheritIO()
                    .start();
            results.put("narrow.read", attempt(() -> region.readByte(1)));
            results.put("narrow.write", attempt(() -> region.writeByte(2, (byte) 1)));
            results.put("removal.waits", "" + !removal.waitFor(2, TimeUnit.SECONDS));
            results.put("removal.read", Integer.toHexString(region.readInt(0)));
            edu.setMemoryEnabled(false);
            results.put("removal.off.read", attempt(() -> region.readInt(0)));
            results.put("removal.off.forgiven", Integer.toHexString(forgiving.readInt(0)));
            edu.setMemoryEnabled(true);
            results.put("removal.on.read", Integer.toHexString(region.readInt(0)));
        }
        results.put("removal.ends", "" + removal.waitFor(60, TimeUnit.SECONDS));
        results.put("removed", "" + !Files.exists(device));
        results.put("removed.read", attempt(() -> late[0].readInt(0)));
        results.put("removed.open", attempt(() -> Vfio.open(EDU, TRY)));
        write(Path.of("/sys/bus/pci/rescan"), "1");
        write(device.resolve("driver_override"), "vfio-pci");
        write(Path.of("/sys/bus/pci/drivers_probe"), EDU);
        try (Device edu = Vfio.open(EDU, TRY)) {
            results.put(
                    "back.read",
                    Integer.toHexString(
                            edu.region(0).open(AccessOptions.DEFAULT).readInt(0)));
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.write(file, text.getBytes(), StandardOpenOption.WRITE);
    }

    private void truncation() throws IOException {
        Path path = Files.createTempFile("loss", ".region");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment memory = file.map(MapMode.READ_WRITE, 0, 2 * PAGE, Arena.global());
            HostMemoryAccessor region = ProviderSelection.load()
                    .open(MappedRegion.borrowed(
                            memory,
                            RegionCapabilities.whole(2 * PAGE, CacheMode.UNKNOWN, CacheModeSource.UNKNOWN),
                            AccessOptions.DEFAULT));
            byte[] ram = new byte[100];
            results.put("whole.write", attempt(() -> region.writeBytes(PAGE - 40, ram, 0, 100)));
            file.truncate(PAGE);
            results.put("cut.read", attempt(() -> region.readInt(PAGE)));
            results.put("cut.write", attempt(() -> region.writeInt(PAGE + 4, 1)));
            results.put(
                    "cut.readBulk",
                    attempt(() -> region.readBytes(PAGE - 40, ram, 0, 100)).replaceAll(" \\d+@", " N@"));
            results.put(
                    "cut.fill",
                    attempt(() -> region.fill(PAGE - 24, 100, (byte) 1)).replaceAll(" \\d+@", " N@"));
        }
    }
}
