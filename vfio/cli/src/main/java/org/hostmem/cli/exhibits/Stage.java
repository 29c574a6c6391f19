package org.hostmem.cli.exhibits;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.vfio.Device;

/** What exhibits use: every ISA's rules, and the embedded device. */
public final class Stage {

    private static final Set<CacheMode> MODES = EnumSet.allOf(CacheMode.class);

    private final Device device;

    /**
     * Sets the stage.
     *
     * @param device the embedded device
     */
    public Stage(Device device) {
        this.device = device;
    }

    Device device() {
        return device;
    }

    List<HostMemoryProvider> providers() {
        return ProviderSelection.load().providers();
    }

    /** The baseline rules of every ISA for every cache mode. */
    List<AccessRules> allRules() {
        return providers().stream()
                .flatMap(provider -> MODES.stream().map(mode -> provider.rules(mode, Set.of())))
                .toList();
    }

    /** The baseline rules of every ISA for one cache mode. */
    List<AccessRules> rules(CacheMode mode) {
        return allRules().stream().filter(rules -> rules.cacheMode() == mode).toList();
    }

    void withRegion(int index, AccessOptions options, Consumer<HostMemoryAccessor> use) {
        try (HostMemoryAccessor region = device.region(index).open(options)) {
            use.accept(region);
        }
    }

    static void must(boolean isSo, String claim) {
        if (!isSo) {
            throw new ExhibitFailedException("not so: " + claim);
        }
    }

    /** Whether a plan is this list of offset, width, offset, width … */
    static boolean is(AccessPlan plan, long... accesses) {
        long[] seen = new long[2 * (int) plan.accesses()];
        int[] n = {0};
        plan.forEach((offset, width) -> {
            seen[n[0]++] = offset;
            seen[n[0]++] = width;
        });
        return Arrays.equals(seen, accesses);
    }

    /** Whether each access is aligned, and together they cover a range once, ascending. */
    static boolean coversOnce(AccessPlan plan, long offset, long length) {
        long[] next = {offset};
        boolean[] fits = {true};
        plan.forEach((at, width) -> {
            fits[0] &= at == next[0] && at % width == 0;
            next[0] = at + width;
        });
        return fits[0] && next[0] == offset + length;
    }
}
