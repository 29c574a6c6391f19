package org.hostmem.vfio.pci;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A BAR of a PCI device, as a line of the file {@code resource} in sysfs describes it.
 *
 * @param start physical address of the first byte
 * @param size in bytes
 * @param flags {@code IORESOURCE_...}
 */
public record PciResource(long start, long size, long flags) {

    private static final int BARS = 6;
    private static final long IO = 0x100;
    private static final long MEMORY = 0x200;

    /** The BARs by index. Lines of another form are left out. */
    public static Map<Integer, PciResource> parse(List<String> lines) {
        Map<Integer, PciResource> all = new TreeMap<>();
        for (int index = 0; index < Math.min(BARS, lines.size()); index++) {
            String[] fields = lines.get(index).split(" ");
            if (fields.length == 3 && List.of(fields).stream().allMatch(field -> field.matches("0x[0-9a-f]{16}"))) {
                long start = number(fields[0]);
                long size = number(fields[1]) - start + 1;
                PciResource resource = new PciResource(start, size, number(fields[2]));
                if (size > 0 && resource.start() != 0 && (resource.isMemory() || resource.isIo())) {
                    all.put(index, resource);
                }
            }
        }
        return all;
    }

    private static long number(String hex) {
        return Long.parseUnsignedLong(hex.substring(2), 16);
    }

    public boolean isMemory() {
        return (flags & MEMORY) != 0;
    }

    /** Whether it is a range of I/O ports, which only the kernel can access. */
    public boolean isIo() {
        return (flags & IO) != 0;
    }

    /** The bytes from the start of its first page to the BAR. A BAR smaller than a page may begin anywhere in one. */
    public long lead(int pageSize) {
        return start & pageSize - 1;
    }
}
