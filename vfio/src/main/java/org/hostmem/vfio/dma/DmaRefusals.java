package org.hostmem.vfio.dma;

import java.util.Map;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.DmaException;
import org.hostmem.vfio.DmaException.Refusal;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.LockedMemory;

/** Says what the kernel's refusals of a mapping mean. They are the same for a container and for iommufd. */
public final class DmaRefusals {

    private record Meaning(Refusal reason, String text) {}

    private static final Map<Integer, Meaning> MEANINGS = Map.of(
            Errno.EINVAL,
                    new Meaning(
                            Refusal.OUT_OF_RANGE,
                            "the IOMMU of these devices has no such address, or the platform keeps it for itself: see"
                                    + " DmaSpace.ranges()"),
            Errno.EOVERFLOW, new Meaning(Refusal.OUT_OF_RANGE, "the mapping would end beyond the last address"),
            Errno.EEXIST,
                    new Meaning(Refusal.TAKEN, "something is mapped there, by another holder of this address space"),
            Errno.EFAULT,
                    new Meaning(
                            Refusal.NOT_ACCESSIBLE,
                            "the memory has a hole, may not be written, or cannot be pinned by the kernel"),
            Errno.ENOSPC,
                    new Meaning(
                            Refusal.TOO_MANY_MAPPINGS,
                            "the container has its maximum of mappings (dma_entry_limit of vfio_iommu_type1,"
                                    + " 65,535): map larger blocks"),
            Errno.ENOTTY, new Meaning(Refusal.UNSUPPORTED, "the device cannot map memory if it is opened this way"));

    private DmaRefusals() {}

    public static DmaException of(int result, DmaMapping mapping, HostMemoryAccessor memory, long iova) {
        String what = "mapping 0x" + Long.toHexString(memory.size()) + " bytes at IOVA 0x" + Long.toHexString(iova)
                + " with " + mapping.rights();
        if (result == -Errno.ENOMEM) {
            return new DmaException(Refusal.LOCKED_MEMORY, LockedMemory.refusal(what, memory.size()));
        }
        if (result == -Errno.EFAULT && memory.capabilities().cacheMode().needsExactAccesses()) {
            return new DmaException(
                    Refusal.DEVICE_MEMORY,
                    what + ": EFAULT: the BAR does not answer: turn its memory on, Device.setMemoryEnabled(true)");
        }
        Meaning meaning = MEANINGS.getOrDefault(-result, new Meaning(Refusal.REFUSED, "the kernel refuses"));
        return new DmaException(meaning.reason(), what + ": " + Errno.name(result) + ": " + meaning.text());
    }
}
