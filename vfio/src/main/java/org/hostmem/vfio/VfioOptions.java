package org.hostmem.vfio;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hostmem.CacheMode;

/**
 * What the user of a device decides when opening it. Immutable.
 *
 * @param decoders for capabilities that report a cache mode, the first that understands one wins
 * @param assertedModes by index of the region: how the user says it is mapped, used where neither the host nor {@link DriverTable} says it
 * @param wideAccess what becomes of an 8-byte access through {@code pread} or {@code pwrite}
 */
public record VfioOptions(List<RegionCapabilityDecoder> decoders, Map<Integer, CacheMode> assertedModes, WideAccess wideAccess) {

    /** System property: the number of the cache-mode capability, for example {@code 0x8001}; unset, the capability is shown and not used. */
    public static final String CACHE_MODE_PROPERTY = "hostmem.vfio.cache-mode-capability";

    /** An aligned 8-byte access where a region is reached by system calls: before Linux 6.11, and on some regions after it, the kernel makes two of 4 bytes of it. */
    public enum WideAccess {
        /** Two accesses of 4 bytes, ascending: the same on every kernel. */
        SPLIT,
        /** One system call of 8 bytes; one access of the device only if the kernel has it so. */
        KERNEL,
        /** {@link org.hostmem.AccessRejectedException}. */
        REFUSE
    }

    /** Makes copies. */
    public VfioOptions {
        decoders = List.copyOf(decoders);
        assertedModes = Map.copyOf(assertedModes);
        Objects.requireNonNull(wideAccess);
    }

    /** {@return no decoder, nothing asserted, {@link WideAccess#SPLIT}} */
    public static VfioOptions none() {
        return new VfioOptions(List.of(), Map.of(), WideAccess.SPLIT);
    }

    /**
     * {@return the options that the system properties ask for}
     *
     * @throws VfioException if {@value #CACHE_MODE_PROPERTY} is no number a capability can have
     */
    public static VfioOptions fromProperties() {
        String id = System.getProperty(CACHE_MODE_PROPERTY, "");
        try {
            return id.isEmpty() ? none() : none().with(new CacheModeCapabilityDecoder(Integer.decode(id)));
        } catch (IllegalArgumentException notAnId) {
            throw new VfioException("-D" + CACHE_MODE_PROPERTY + "=" + id + " must be the number of a capability, 6 to 0xffff, for example 0x8001");
        }
    }

    /**
     * {@return these options with one more decoder, the last to be asked}
     *
     * @param decoder to add
     */
    public VfioOptions with(RegionCapabilityDecoder decoder) {
        List<RegionCapabilityDecoder> more = new ArrayList<>(decoders);
        more.add(decoder);
        return new VfioOptions(more, assertedModes, wideAccess);
    }

    /**
     * {@return these options with the user's word on a region}
     *
     * @param index of the region
     * @param mode how the host maps it
     */
    public VfioOptions asserting(int index, CacheMode mode) {
        Map<Integer, CacheMode> more = new HashMap<>(assertedModes);
        more.put(index, mode);
        return new VfioOptions(decoders, more, wideAccess);
    }

    /**
     * {@return these options with another policy for 8-byte system calls}
     *
     * @param wideAccess the new one
     */
    public VfioOptions with(WideAccess wideAccess) {
        return new VfioOptions(decoders, assertedModes, wideAccess);
    }
}
