package org.hostmem.integration.broken;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.AnsweredBy;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Guarantee;
import org.hostmem.RegionCapabilities;
import org.hostmem.TransferOrder;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;

/**
 * For each test of {@code ProviderContract}, and of what a provider promises of write-combining memory, a provider that
 * fails it and no other.
 */
final class BrokenProviders {

    private static final List<MemorySegment> MAPPED = new ArrayList<>();

    private BrokenProviders() {}

    static List<Broken> all() {
        return List.of(
                Broken.provider(
                                "r11_combiningPromisesNeitherOnceNorOrder",
                                "promises too much",
                                good ->
                                        new DelegateProvider(good, (accessor, region) -> new Delegate(accessor) {
                                            @Override
                                            public Set<Guarantee> guarantees() {
                                                return plusOnce(accessor.guarantees());
                                            }
                                        }) {
                                            @Override
                                            public Set<Guarantee> guarantees(CacheMode mode) {
                                                return plusOnce(good.guarantees(mode));
                                            }
                                        })
                        .on(CacheMode.WRITE_COMBINING),
                Broken.provider(
                                "r11_aFlushIsOffered",
                                "leaves the flush to program order",
                                good ->
                                        new DelegateProvider(good, (accessor, region) -> new Delegate(accessor) {
                                            @Override
                                            public AccessRules rules() {
                                                return withoutFlush(accessor.rules());
                                            }
                                        }) {
                                            @Override
                                            public AccessRules rules(CacheMode mode, Set<String> features) {
                                                return withoutFlush(good.rules(mode, features));
                                            }
                                        })
                        .on(CacheMode.WRITE_COMBINING),
                Broken.provider(
                        "p1_theNameIsAName",
                        "has a name that no property can hold",
                        good -> new DelegateProvider(good) {
                            @Override
                            public String name() {
                                return "Not a name";
                            }
                        }),
                Broken.provider(
                        "p2_thePriorityIsARank", "stands below the fallback", good -> new DelegateProvider(good) {
                            @Override
                            public int priority() {
                                return -1;
                            }
                        }),
                Broken.provider(
                        "p3_assessAnswersAlways", "throws where it should refuse", good -> new DelegateProvider(good) {
                            @Override
                            public Assessment assess(Host host, RegionCapabilities region) {
                                if (host.isa().equals("s390x")) {
                                    throw new IllegalArgumentException(host.isa());
                                }
                                return good.assess(host, region);
                            }
                        }),
                Broken.provider("p4_aRefusalSaysWhy", "refuses without a reason", good -> new DelegateProvider(good) {
                    @Override
                    public Assessment assess(Host host, RegionCapabilities region) {
                        return host.isa().equals("s390x") ? Assessment.unusable(" ") : good.assess(host, region);
                    }
                }),
                Broken.provider(
                        "p5_thereAreRulesForEveryMode",
                        "has a mode that knows no 8 bytes",
                        good -> new DelegateProvider(good) {
                            @Override
                            public AccessRules rules(CacheMode mode, Set<String> features) {
                                return mode == CacheMode.NORMAL && features.isEmpty()
                                        ? widest(good.rules(mode, features), 4)
                                        : good.rules(mode, features);
                            }
                        }),
                Broken.provider(
                        "p6_unknownIsTheStrictest",
                        "is not strict with an unknown mode",
                        good -> new DelegateProvider(good) {
                            @Override
                            public AccessRules rules(CacheMode mode, Set<String> features) {
                                return mode == CacheMode.UNKNOWN && features.isEmpty()
                                        ? widest(good.rules(mode, features), 64)
                                        : good.rules(mode, features);
                            }
                        }),
                Broken.provider(
                        "p7_featuresAreKnown",
                        "has a feature that it never heard of",
                        good -> new DelegateProvider(good) {
                            @Override
                            public Set<String> features(Host host) {
                                return host.isa().equals("loongarch64") ? Set.of("lasx") : good.features(host);
                            }
                        }),
                Broken.provider(
                        "p8_aDisabledFeatureIsNotUsed",
                        "uses a feature that is disabled",
                        good -> new DelegateProvider(good) {
                            @Override
                            public Set<String> features(Host host) {
                                return good.features(host.withDisabled(Set.of()));
                            }
                        }),
                Broken.provider(
                        "p9_guaranteesAreKept", "promises less than it holds", good -> new DelegateProvider(good) {
                            @Override
                            public Set<Guarantee> guarantees(CacheMode mode) {
                                Set<Guarantee> fewer = EnumSet.copyOf(good.guarantees(mode));
                                fewer.remove(Guarantee.NO_ALLOCATION);
                                return fewer;
                            }
                        }),
                Broken.region(
                        "p10_anAccessorDescribesItself",
                        "says that the host reported what a user asserted",
                        (accessor, region) -> new Delegate(accessor) {
                            private final RegionCapabilities claimed = reported(accessor.capabilities());

                            @Override
                            public RegionCapabilities capabilities() {
                                return claimed;
                            }
                        }),
                Broken.provider(
                        "p12_ascendingUnitsOfNormalMemoryAreAtomic",
                        "trusts that a unit of 32 bytes is one",
                        good -> new DelegateProvider(good) {
                            @Override
                            public AccessRules rules(CacheMode mode, Set<String> features) {
                                return mode == CacheMode.NORMAL && features.isEmpty()
                                        ? widest(good.rules(mode, features), 32)
                                        : good.rules(mode, features);
                            }
                        }),
                Broken.provider(
                        "p14_rulesOfWhatAHypervisorAnswersAreNarrow",
                        "lets a hypervisor decode 32 bytes",
                        good -> new DelegateProvider(good) {
                            @Override
                            public AccessRules rules(CacheMode mode, AnsweredBy answeredBy, Set<String> features) {
                                AccessRules rules = super.rules(mode, answeredBy, features);
                                return mode == CacheMode.WRITE_COMBINING && answeredBy.mayDecode()
                                        ? widest(rules, 32)
                                        : rules;
                            }
                        }),
                Broken.region(
                        "r14_unitsAreThoseThatHypervisorsDecode",
                        "says that a hypervisor decodes 64 bytes",
                        (accessor, region) -> new Delegate(accessor) {
                            @Override
                            public AccessRules rules() {
                                return region.capabilities().answeredBy().mayDecode()
                                        ? widest(accessor.rules(), 64)
                                        : accessor.rules();
                            }
                        }),
                Broken.region(
                        "r14_transfersAreExactWhoeverAnswers",
                        "writes one byte too many where a hypervisor answers",
                        (accessor, region) -> new Delegate(accessor) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                accessor.writeBytes(offset, ram, ramOffset, length, order);
                                if (region.capabilities().answeredBy().mayDecode()) {
                                    accessor.writeByte(offset + length, (byte) ~accessor.readByte(offset + length));
                                }
                            }
                        }),
                Broken.provider(
                        "p15_tablesAndInstructionsFit",
                        "names a routine that its listing does not have",
                        good -> new DelegateProvider(good) {
                            @Override
                            public List<String> selfCheck() {
                                return List.of("its listing has no routine toDevice12");
                            }
                        }),
                Broken.provider(
                        "p16_theProviderIsFound",
                        "is named in no module-info and no service file",
                        good -> new DelegateProvider(good) {
                            @Override
                            public String name() {
                                return "forgotten";
                            }
                        }),
                Broken.provider(
                        "p11_theConstructorDoesNothing", "maps a file in its constructor", BrokenProviders::mapping));
    }

    private static RegionCapabilities reported(RegionCapabilities good) {
        return RegionCapabilities.whole(good.size(), good.cacheMode(), CacheModeSource.REPORTED)
                .withAreas(good.areas())
                .withRights(good.readable(), good.writable())
                .answered(good.answeredBy(), good.answeredBySource());
    }

    private static Set<Guarantee> plusOnce(Set<Guarantee> guarantees) {
        Set<Guarantee> more = EnumSet.copyOf(guarantees);
        more.add(Guarantee.EXACTLY_ONCE);
        return Set.copyOf(more);
    }

    private static AccessRules withoutFlush(AccessRules rules) {
        Map<Barrier, String> barriers = new HashMap<>(rules.barriers());
        barriers.put(Barrier.FLUSH_WRITE_COMBINING, "");
        return rules.withBarriers(barriers);
    }

    private static AccessRules widest(AccessRules rules, int widest) {
        return rules.withWidest(widest, widest, widest);
    }

    private static HostMemoryProvider mapping(HostMemoryProvider good) {
        try {
            Path file = Files.createTempFile("hostmem-broken", ".so");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                MAPPED.add(channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096, Arena.global()));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new DelegateProvider(good);
    }
}
