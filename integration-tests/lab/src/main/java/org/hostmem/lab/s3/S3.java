package org.hostmem.lab.s3;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.CacheModeCapabilityDecoder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;

/**
 * In the guest: whether the device's regions are what they report. For each, by the public API: the mode that the host
 * reports, the page table of the mapping, every plan of that mode, and the plans of each laxer mode, which must fault.
 * Then every region tells every lie, and each must be found out.
 */
final class S3 {

    private static final int CAPABILITY = 0x8001;
    private static final Path REPORT = Path.of("/sys/module/modes_vfio_pci/parameters/report");

    /** In the order of the capability's numbers, which is that of the driver's regions. */
    private static final List<CacheMode> MODES =
            List.of(CacheMode.NONCACHED, CacheMode.WRITE_COMBINING, CacheMode.DEVICE, CacheMode.NORMAL);

    private final String address;

    private S3(String address) {
        this.address = address;
    }

    /** Address of the device. */
    public static void main(String[] args) throws IOException {
        S3 s3 = new S3(args[0]);
        int enforced = s3.honest();
        boolean caught = s3.lies();
        System.out.println(enforced + " of " + MODES.size() + " regions enforce what they report");
        System.exit(enforced == MODES.size() && caught ? 0 : 1);
    }

    private int honest() throws IOException {
        report(0);
        int enforced = 0;
        for (int region = 0; region < MODES.size(); region++) {
            Check check = new Check(region);
            System.out.println("region " + region + ": " + check);
            enforced += check.reported == MODES.get(region) && check.agrees() ? 1 : 0;
        }
        return enforced;
    }

    /** Lets region i report mode i + shift. */
    private static void report(int shift) throws IOException {
        Files.writeString(REPORT, shift % 4 + "," + (1 + shift) % 4 + "," + (2 + shift) % 4 + "," + (3 + shift) % 4);
    }

    private boolean lies() throws IOException {
        int told = 0;
        int byPageTable = 0;
        int byAccesses = 0;
        int caught = 0;
        for (int shift = 1; shift < MODES.size(); shift++) {
            report(shift);
            for (int region = 0; region < MODES.size(); region++) {
                CacheMode lie = MODES.get((region + shift) % MODES.size());
                if (!PageTable.same(lie, MODES.get(region))) {
                    Check check = new Check(region);
                    told++;
                    byPageTable += check.mapped.is(lie) ? 0 : 1;
                    byAccesses += check.contradictions.isEmpty() ? 0 : 1;
                    caught += check.reported == lie && !check.agrees() ? 1 : 0;
                    System.out.println("control, region " + region + " lies: " + check);
                }
            }
        }
        report(0);
        System.out.println("control: " + caught + " of " + told + " misreported regions are caught, " + byPageTable
                + " by the page table, " + byAccesses + " by what the CPU lets pass");
        return told > 0 && caught == told;
    }

    /** One look at one region, as it reports itself now. */
    private final class Check {
        final CacheMode reported;
        final PageTable mapped;
        final Sweep.Result sweep;
        /** Accesses of laxer plans that faulted, by the laxer mode. */
        final Map<CacheMode, Integer> refused = new EnumMap<>(CacheMode.class);
        /** What the CPU did that does not become the reported mode. */
        final List<String> contradictions;

        Check(int index) throws IOException {
            List<Unaligned> forbidden = new ArrayList<>();
            try (Device device =
                            Vfio.open(address, VfioOptions.none().with(new CacheModeCapabilityDecoder(CAPABILITY)));
                    HostMemoryAccessor region = device.region(index).open(AccessOptions.DEFAULT)) {
                if (region.capabilities().cacheModeSource() != CacheModeSource.REPORTED) {
                    throw new IllegalStateException("region " + index + " reports nothing: "
                            + device.region(index).notes());
                }
                reported = region.capabilities().cacheMode();
                mapped = PageTable.of(index);
                sweep = Sweep.of(region, memory(mapped.start(), region.size()));
                contradictions = new ArrayList<>(sweep.failures());
                for (Unaligned scalar : Unaligned.ALL) {
                    if (!scalar.isSingle(region)) {
                        forbidden.add(scalar);
                    }
                }
            }
            for (CacheMode other : MODES) {
                laxer(index, other, forbidden);
            }
        }

        /** The user's word instead of the report: that counts where nobody decodes the report. */
        private void laxer(int index, CacheMode other, List<Unaligned> forbidden) {
            try (Device device = Vfio.open(address, VfioOptions.none().asserting(index, other));
                    HostMemoryAccessor region = device.region(index).open(AccessOptions.DEFAULT)) {
                List<Unaligned> wrong = forbidden.stream()
                        .filter(scalar -> scalar.isSingle(region))
                        .toList();
                if (!wrong.isEmpty()) {
                    int faults = 0;
                    for (Unaligned scalar : wrong) {
                        faults += scalar.faults(region) ? 1 : 0;
                    }
                    refused.put(other, faults);
                    if (faults < wrong.size()) {
                        contradictions.add(
                                wrong.size() - faults + " unaligned accesses of the plans of " + other + " pass");
                    }
                }
            }
        }

        boolean agrees() {
            return mapped.is(reported) && contradictions.isEmpty();
        }

        @Override
        public String toString() {
            String text = "reports " + reported + ", is mapped " + mapped + "; " + sweep.asPlanned() + " of "
                    + sweep.requests() + " requests as planned";
            if (!refused.isEmpty()) {
                text += "; unaligned accesses as laxer modes plan them that fault: " + refused;
            }
            if (!contradictions.isEmpty()) {
                text += "; " + contradictions.size() + " contradictions, first: " + contradictions.getFirst();
            }
            return text;
        }
    }

    /** A scalar that is not at a multiple of its width. */
    private record Unaligned(int offset, int width, boolean write) {

        static final List<Unaligned> ALL = new ArrayList<>();

        static {
            for (int offset = 0; offset < 16; offset++) {
                for (int width = 2; width <= 8; width *= 2) {
                    if (offset % width != 0) {
                        ALL.add(new Unaligned(offset, width, false));
                        ALL.add(new Unaligned(offset, width, true));
                    }
                }
            }
        }

        boolean isSingle(HostMemoryAccessor region) {
            return region.planScalar(offset, width).verdict() == AccessPlan.Verdict.SINGLE;
        }

        /** Whether it faults as it should: here, with SIGBUS, before the first byte. */
        boolean faults(HostMemoryAccessor region) {
            try {
                if (write) {
                    region.write(offset, width, 0);
                } else {
                    region.read(offset, width);
                }
                return false;
            } catch (RegionFaultException fault) {
                if (fault.offset() != offset
                        || fault.width() != width
                        || fault.completed() != 0
                        || !fault.getMessage().contains("SIGBUS")) {
                    throw new IllegalStateException(this + " faulted as another", fault);
                }
                return true;
            }
        }
    }

    @SuppressWarnings("restricted") // The library never gives its memory away.
    private static MemorySegment memory(long address, long size) {
        return MemorySegment.ofAddress(address).reinterpret(size);
    }
}
