package org.hostmem.vfio;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.hostmem.AnsweredBy;
import org.hostmem.CacheMode;
import org.hostmem.DeviceLimits;

/** Says how to open a device: by which ways, with which decoders, and with what the user asserts. Immutable. */
public final class VfioOptions {
    private final List<RegionCapabilityDecoder> decoders;
    private final Map<Integer, CacheMode> assertedModes;
    private final Map<Integer, AnsweredBy> assertedAnswers;
    private final WideAccess wideAccess;
    private final List<VfioInterface> ways;
    private final Foresight foresight;
    private final boolean mapped;

    private VfioOptions(
            List<RegionCapabilityDecoder> decoders,
            Map<Integer, CacheMode> assertedModes,
            Map<Integer, AnsweredBy> assertedAnswers,
            WideAccess wideAccess,
            List<VfioInterface> ways,
            Foresight foresight,
            boolean mapped) {
        decoders = List.copyOf(decoders);
        assertedModes = Map.copyOf(assertedModes);
        assertedAnswers = Map.copyOf(assertedAnswers);
        Objects.requireNonNull(wideAccess);
        ways = List.copyOf(ways);
        Objects.requireNonNull(foresight);
        if (ways.isEmpty()) {
            throw new IllegalArgumentException("at least one way into a device is needed");
        }
        this.decoders = decoders;
        this.assertedModes = assertedModes;
        this.assertedAnswers = assertedAnswers;
        this.wideAccess = wideAccess;
        this.ways = ways;
        this.foresight = foresight;
        this.mapped = mapped;
    }

    /** {@return the decoders of capabilities that report a cache mode; the first that understands one wins} */
    public List<RegionCapabilityDecoder> decoders() {
        return decoders;
    }

    /**
     * {@return how the user says that a region is mapped, by its index, used where neither the host nor
     * {@link DriverTable} says it}
     */
    public Map<Integer, CacheMode> assertedModes() {
        return assertedModes;
    }

    /** {@return who answers a region, as the user says, by its index or {@link #ALL_REGIONS}} */
    public Map<Integer, AnsweredBy> assertedAnswers() {
        return assertedAnswers;
    }

    /** {@return what becomes of an 8-byte access through {@code pread} or {@code pwrite}} */
    public WideAccess wideAccess() {
        return wideAccess;
    }

    /** {@return the ways into a device that are tried, in this order} */
    public List<VfioInterface> ways() {
        return ways;
    }

    /** {@return what becomes of an access to memory that the device was told not to answer} */
    public Foresight foresight() {
        return foresight;
    }

    /**
     * {@return whether what can be mapped is mapped; if not, every access is a system call, or a message to a server}
     */
    public boolean mapped() {
        return mapped;
    }

    /**
     * System property: the number of the cache-mode capability, for example {@code 0x8001}; unset, the capability is
     * shown and not used.
     */
    public static final String CACHE_MODE_PROPERTY = "hostmem.vfio.cache-mode-capability";

    /**
     * System property: who answers every region of every device, {@code hardware}, {@code hypervisor} or
     * {@code unknown}; unset, nothing is asserted.
     */
    public static final String ANSWERED_BY_PROPERTY = "hostmem.vfio.answered-by";

    /** In place of the index of a region: those that have no assertion of their own. */
    public static final int ALL_REGIONS = -1;

    /**
     * What becomes of an aligned 8-byte access to a region that is reached by system calls. Before Linux 6.11, and on
     * some regions after it, the kernel makes two accesses of 4 bytes instead. Each of these means {@link DeviceLimits}
     * that hold in addition to those of the {@linkplain org.hostmem.AccessOptions#limits options}.
     */
    public enum WideAccess {
        /** It is two accesses of 4 bytes, ascending. This is the same on every kernel. */
        SPLIT,
        /**
         * It is one system call of 8 bytes. The kernel decides whether that is one access of the device. In PCI
         * configuration space, where nothing carries 8 bytes, it is two accesses of 4 bytes as under {@link #SPLIT}.
         */
        KERNEL,
        /** {@link org.hostmem.AccessRejectedException}. */
        REFUSE
    }

    /**
     * What becomes of an access to a mapped BAR while the device does not answer, because its registers turn memory off
     * or its power state is not D0.
     */
    public enum Foresight {
        /** It throws a {@link org.hostmem.RegionFaultException} that says what to do, and makes no access. */
        REFUSE,
        /** It is made, and may fault. Use this to see what the hardware does. */
        TRY
    }

    /**
     * {@return no decoder, nothing asserted, {@link WideAccess#SPLIT}, {@link VfioInterface#CDEV} before
     * {@link VfioInterface#GROUP}, {@link Foresight#REFUSE}, and what can be mapped is}
     */
    public static VfioOptions none() {
        return new VfioOptions(
                List.of(), Map.of(), Map.of(), WideAccess.SPLIT, VfioInterface.SAFE, Foresight.REFUSE, true);
    }

    /**
     * {@return the options that the system properties ask for}
     *
     * @throws VfioException if {@value #CACHE_MODE_PROPERTY} is no number a capability can have, or
     *     {@value #ANSWERED_BY_PROPERTY} names nobody
     */
    public static VfioOptions fromProperties() {
        String id = System.getProperty(CACHE_MODE_PROPERTY, "");
        try {
            return answered(id.isEmpty() ? none() : none().with(new CacheModeCapabilityDecoder(Integer.decode(id))));
        } catch (IllegalArgumentException notAnId) {
            throw new VfioException(
                    "-D" + CACHE_MODE_PROPERTY + "=" + id
                            + " must be the number of a capability, 6 to 0xffff, for example 0x8001",
                    notAnId);
        }
    }

    private static VfioOptions answered(VfioOptions options) {
        String who = System.getProperty(ANSWERED_BY_PROPERTY, "");
        if (who.isEmpty()) {
            return options;
        }
        return options.asserting(Stream.of(AnsweredBy.values())
                .filter(one -> one.name().equalsIgnoreCase(who))
                .findFirst()
                .orElseThrow(() -> new VfioException(
                        "-D" + ANSWERED_BY_PROPERTY + "=" + who + " must be hardware, hypervisor or unknown")));
    }

    /**
     * {@return these options with one more decoder, which is asked last}
     *
     * @param decoder to add
     */
    public VfioOptions with(RegionCapabilityDecoder decoder) {
        List<RegionCapabilityDecoder> more = new ArrayList<>(decoders);
        more.add(decoder);
        return new VfioOptions(more, assertedModes, assertedAnswers, wideAccess, ways, foresight, mapped);
    }

    /**
     * {@return these options with an assertion of how a region is mapped}
     *
     * @param index of the region
     * @param mode how the host maps it
     */
    public VfioOptions asserting(int index, CacheMode mode) {
        Map<Integer, CacheMode> more = new HashMap<>(assertedModes);
        more.put(index, mode);
        return new VfioOptions(decoders, more, assertedAnswers, wideAccess, ways, foresight, mapped);
    }

    /**
     * {@return these options with an assertion of who answers a region}
     *
     * <p>It overrides all other sources. In a guest, assert {@link AnsweredBy#HARDWARE} for a device that was passed
     * through to it, because the guest cannot find that out. If the assertion is wrong, an access may fail that would
     * have worked, or read a wrong value. {@link AnsweredBy#HYPERVISOR} is always safe.
     *
     * @param index of the region
     * @param who answers
     */
    public VfioOptions asserting(int index, AnsweredBy who) {
        Map<Integer, AnsweredBy> more = new HashMap<>(assertedAnswers);
        more.put(index, who);
        return new VfioOptions(decoders, assertedModes, more, wideAccess, ways, foresight, mapped);
    }

    /**
     * {@return these options with an assertion of who answers all regions of the device}
     *
     * @param who answers
     */
    public VfioOptions asserting(AnsweredBy who) {
        return asserting(ALL_REGIONS, who);
    }

    /**
     * {@return who answers a region, if the user says so}
     *
     * @param index of the region
     */
    public Optional<AnsweredBy> assertedAnswer(int index) {
        return Optional.ofNullable(assertedAnswers.getOrDefault(index, assertedAnswers.get(ALL_REGIONS)));
    }

    /**
     * {@return these options with another policy for 8-byte system calls}
     *
     * @param wideAccess the new one
     */
    public VfioOptions with(WideAccess wideAccess) {
        return new VfioOptions(decoders, assertedModes, assertedAnswers, wideAccess, ways, foresight, mapped);
    }

    /**
     * {@return these options with the ways to a device that have no IOMMU, which are tried last}
     *
     * <p><b>Dangerous</b>: nothing keeps such a device from reading and writing all of the host's memory, and the
     * kernel is tainted. It needs CAP_SYS_RAWIO, and the parameter {@code enable_unsafe_noiommu_mode} of the module
     * {@code vfio} from before the driver was bound.
     */
    public VfioOptions allowingNoIommu() {
        List<VfioInterface> more = new ArrayList<>(ways);
        List.of(VfioInterface.NO_IOMMU_CDEV, VfioInterface.NO_IOMMU_GROUP).forEach(way -> {
            if (!more.contains(way)) {
                more.add(way);
            }
        });
        return new VfioOptions(decoders, assertedModes, assertedAnswers, wideAccess, more, foresight, mapped);
    }

    /**
     * {@return these options with only these ways to a device}
     *
     * @param ways to try, in this order; naming one without an IOMMU {@linkplain #allowingNoIommu() allows} it
     * @throws IllegalArgumentException if there is none
     */
    public VfioOptions through(VfioInterface... ways) {
        return new VfioOptions(decoders, assertedModes, assertedAnswers, wideAccess, List.of(ways), foresight, mapped);
    }

    /**
     * {@return these options with another policy for accesses whose fault is foreseen}
     *
     * @param foresight the new one
     */
    public VfioOptions with(Foresight foresight) {
        return new VfioOptions(decoders, assertedModes, assertedAnswers, wideAccess, ways, foresight, mapped);
    }

    /**
     * {@return these options without mappings}
     *
     * <p>Every access is then a call of its own: {@code pread}, {@code pwrite}, or a message to a vfio-user server. The
     * cache mode of the host does not matter. Use this if the mappings of a host or a server are not trusted, or to
     * watch accesses. A region without such calls ({@code resourceN} of sysfs, and drivers that offer only mmap) cannot
     * be reached.
     */
    public VfioOptions withoutMapping() {
        return new VfioOptions(decoders, assertedModes, assertedAnswers, wideAccess, ways, foresight, false);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VfioOptions that
                && decoders.equals(that.decoders)
                && assertedModes.equals(that.assertedModes)
                && assertedAnswers.equals(that.assertedAnswers)
                && wideAccess.equals(that.wideAccess)
                && ways.equals(that.ways)
                && foresight.equals(that.foresight)
                && mapped == that.mapped;
    }

    @Override
    public int hashCode() {
        return Objects.hash(decoders, assertedModes, assertedAnswers, wideAccess, ways, foresight, mapped);
    }

    @Override
    public String toString() {
        return "VfioOptions[decoders=" + decoders + ", assertedModes=" + assertedModes + ", assertedAnswers="
                + assertedAnswers + ", wideAccess=" + wideAccess + ", ways=" + ways + ", foresight=" + foresight
                + ", mapped=" + mapped + "]";
    }
}
