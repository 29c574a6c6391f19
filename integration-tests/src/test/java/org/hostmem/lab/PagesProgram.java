package org.hostmem.lab;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;
import org.hostmem.integration.faults.Native;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.PowerState;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.VfioOptions.Foresight;

/**
 * In a guest whose pages have 64 KiB: regions of less than a page and of many, by VFIO and by sysfs, and files; and
 * writes down what came of it. One argument: the file for the results.
 */
public final class PagesProgram {

    private static final int PAGE = 1 << 16;
    private static final int NVME_VERSION = 8;
    /** Of pci-testdev: writing a byte selects a test, whose name can be read. */
    private static final int TEST_NAME = 16;

    private final Map<String, String> results = new LinkedHashMap<>();
    private final String edu = System.getenv("HOSTMEM_LAB_EDU");
    private final String testdev = System.getenv("HOSTMEM_LAB_TESTDEV");
    private final String ivshmem = System.getenv("HOSTMEM_LAB_IVSHMEM");
    private final String nvme = System.getenv("HOSTMEM_LAB_NVME");

    private PagesProgram() {}

    public static void main(String[] file) throws IOException {
        PagesProgram program = new PagesProgram();
        program.results.put("page size", "" + (int) Native.call("getpagesize"));
        for (String address : new String[] {program.edu, program.testdev, program.ivshmem, program.nvme}) {
            program.attempt("regions." + address, () -> regions(address));
        }
        program.attempt("edu", program::identification);
        program.attempt("many pages", program::manyPages);
        program.attempt("part of a page", () -> name(Vfio.open(program.testdev, VfioOptions.none())));
        program.attempt(
                "part of a page, sysfs",
                () -> name(Vfio.sysfs(program.folder(program.testdev).resolve("resource0"), VfioOptions.none())));
        program.attempt("many pages, sysfs", program::manyPagesBySysfs);
        program.attempt("beyond", program::beyond);
        for (Foresight foresight : Foresight.values()) {
            program.attempt("noAnswer." + foresight, () -> program.noAnswer(foresight));
        }
        program.attempt("file", PagesProgram::file);
        Files.write(
                Path.of(file[0]),
                program.results.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .toList());
    }

    private Path folder(String address) {
        return Path.of("/sys/bus/pci/devices", address);
    }

    private void attempt(String name, Callable<String> step) {
        try {
            results.put(name, step.call());
        } catch (HostMemoryException refused) {
            results.put(name, refused.getClass().getSimpleName() + ": " + refused.getMessage());
        } catch (Exception unexpected) {
            results.put(name, "unexpected " + unexpected);
        }
    }

    private static String regions(String address) {
        try (Device device = Vfio.open(address, VfioOptions.none())) {
            return device.way() + " "
                    + device.regions().stream()
                            .map(region ->
                                    region.index() + ":" + region.capabilities().size() + ":"
                                            + region.capabilities().areas().size() + ":"
                                            + region.capabilities().cacheMode())
                            .collect(Collectors.joining(" "));
        }
    }

    /** The bytes of edu's registers are those of the machine, big-endian here. */
    private String identification() {
        try (Device device = Vfio.open(edu, VfioOptions.none());
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            bar.writeInt(4, 0x12345678);
            return Integer.toHexString(bar.readInt(0)) + " " + Integer.toHexString(bar.readInt(4)) + " "
                    + Integer.toHexString(bar.readInt(bar.size() - 4));
        }
    }

    /** Across edges of pages, and at the end. */
    private String manyPages() {
        try (Device device = Vfio.open(ivshmem, VfioOptions.none());
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            byte[] out = "from one page to the next".getBytes(StandardCharsets.US_ASCII);
            byte[] in = new byte[out.length];
            StringBuilder seen = new StringBuilder();
            for (long offset : new long[] {PAGE - 11, 4096 - 11, bar.size() - out.length}) {
                bar.writeBytes(offset, out, 0, out.length);
                bar.readBytes(offset, in, 0, in.length);
                seen.append(new String(in, StandardCharsets.US_ASCII)).append(", ");
            }
            bar.writeLong(2 * PAGE - 8, 0x1122334455667788L);
            return seen + Long.toHexString(bar.readLong(2 * PAGE - 8)) + " " + bar.planScalar(PAGE - 2, 4);
        }
    }

    private static String name(Device opened) {
        try (Device device = opened) {
            device.setMemoryEnabled(true);
            try (HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
                bar.writeByte(0, (byte) 0);
                byte[] name = new byte[4];
                for (int i = 0; i < name.length; i++) {
                    name[i] = bar.readByte(TEST_NAME + i);
                }
                return bar.size() + " " + new String(name, StandardCharsets.US_ASCII);
            }
        }
    }

    private String manyPagesBySysfs() {
        try (Device device = Vfio.sysfs(folder(ivshmem).resolve("resource2"), VfioOptions.none())) {
            device.setMemoryEnabled(true);
            try (HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
                return bar.size() + " " + Long.toHexString(bar.readLong(2 * PAGE - 8));
            }
        }
    }

    /** The rest of its page is mapped, and no part of it. */
    private String beyond() {
        try (Device device = Vfio.open(testdev, VfioOptions.none());
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            return "" + bar.readInt(bar.size());
        }
    }

    private String noAnswer(Foresight foresight) {
        try (Device device = Vfio.open(nvme, VfioOptions.none().with(foresight));
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            int version = bar.readInt(NVME_VERSION);
            device.setMemoryEnabled(false);
            String off = fault(bar);
            device.setMemoryEnabled(true);
            device.setPowerState(PowerState.D3HOT);
            String asleep = fault(bar);
            device.setPowerState(PowerState.D0);
            device.setMemoryEnabled(true);
            device.reset();
            return off + ", " + asleep + ", " + (bar.readInt(NVME_VERSION) == version ? "the same" : "another");
        }
    }

    private static String fault(HostMemoryAccessor bar) {
        try {
            return Integer.toHexString(bar.readInt(NVME_VERSION));
        } catch (RegionFaultException fault) {
            return (fault.isForeseen() ? "foreseen" : "taken") + " at " + fault.offset();
        }
    }

    /** A mapping has whole pages, a file has not; what is cut off faults at the next page only. */
    private static String file() throws IOException {
        Path path = Files.write(Path.of("/tmp/region"), new byte[2 * PAGE + 6000]);
        try (Device device = Vfio.file(path, VfioOptions.none());
                HostMemoryAccessor memory = device.region(0).open(AccessOptions.DEFAULT);
                FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            memory.writeInt(2 * PAGE + 5996, 7);
            int last = Files.readAllBytes(path)[2 * PAGE + 5996];
            channel.truncate(PAGE);
            return memory.size() + " " + last + " " + memory.readInt(PAGE - 4);
        }
    }
}
