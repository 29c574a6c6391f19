package org.hostmem.cli.exhibits;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.TransferOrder;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/** This host's providers over plain memory, and the rules of all hosts. */
final class Hosts {

    private Hosts() {}

    /** {@return memory at a multiple of 64} */
    static MemorySegment memory(long size) {
        return Arena.ofAuto().allocate(size, 64);
    }

    /** {@return the memory opened as a region of every cache mode by every provider that this host can use} */
    static List<HostMemoryAccessor> regions(MemorySegment memory, AccessOptions options) {
        return Stream.of(CacheMode.values())
                .flatMap(mode -> regions(memory, mode, options).stream())
                .toList();
    }

    static List<HostMemoryAccessor> regions(MemorySegment memory, CacheMode mode, AccessOptions options) {
        RegionCapabilities capabilities = RegionCapabilities.whole(memory.byteSize(), mode, CacheModeSource.ASSERTED);
        List<HostMemoryAccessor> regions = ProviderSelection.load().providers().stream()
                .filter(provider -> provider.assess(Host.current(), capabilities) instanceof Assessment.Usable)
                .map(provider -> provider.open(MappedRegion.borrowed(memory, capabilities, options)))
                .toList();
        if (regions.isEmpty()) {
            throw new AssertionError("no provider can be used here");
        }
        return regions;
    }

    static AccessRules rules(String isa, CacheMode mode) {
        return provider(isa).rules(mode, Set.of());
    }

    static HostMemoryProvider provider(String isa) {
        return ProviderSelection.load().providers().stream()
                .filter(provider -> provider.name().equals(isa))
                .findFirst()
                .orElseThrow();
    }

    /** {@return the rules of all ISAs and cache modes} */
    static List<AccessRules> allRules() {
        return ProviderSelection.load().providers().stream()
                .flatMap(provider -> Stream.of(CacheMode.values()).map(mode -> provider.rules(mode, Set.of())))
                .toList();
    }

    static AccessPlan write(AccessRules rules, long offset, long length) {
        return AccessPlan.bulk(rules, Direction.WRITE, TransferOrder.ASCENDING, offset, offset, length);
    }

    /**
     * {@return the rules that the lab saw a naive access break on an ISA, in any tier. They stand in {@code controls},
     * and the run fails in which they are not seen}
     *
     * @param control name of the access
     * @param isa on which
     */
    static Set<String> seenInTheLab(String control, String isa) {
        Path controls = Path.of(System.getProperty("basedir", "."), "../../integration-tests/lab/observe.d/controls");
        try (Stream<String> lines = Files.lines(controls)) {
            return lines.map(line -> line.split(" +"))
                    .filter(line -> line.length == 5
                            && line[0].equals(control)
                            && (line[1].equals("*")
                                    || Arrays.asList(line[1].split(",")).contains(isa)))
                    .flatMap(line -> Stream.of(line[4].split(",")))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
