package org.hostmem.cli.exhibits;

import static org.hostmem.cli.exhibits.Stage.coversOnce;
import static org.hostmem.cli.exhibits.Stage.is;
import static org.hostmem.cli.exhibits.Stage.must;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.Region;

/** Exhibits about single accesses. */
final class AccessChecks {

    private static final int[] WIDTHS = {1, 2, 4, 8};
    private static final AccessOptions REJECT = AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT);

    private AccessChecks() {}

    static String everyRoutineIsInAListing(Stage stage) {
        Set<Guarantee> here = new HashSet<>();
        stage.withRegion(0, AccessOptions.DEFAULT, region -> here.addAll(region.guarantees()));
        must(here.contains(Guarantee.EXACT_WIDTH), "an accessor promises exact widths");
        return here.contains(Guarantee.NEVER_ELIDED)
                ? "this host runs the bytes of a listing, out of reach of any compiler"
                : "this host runs fenced Java, and does not promise more than that";
    }

    static String alignedIsOneAccess(Stage stage) {
        int plans = 0;
        for (AccessRules rules : stage.allRules()) {
            for (int width : WIDTHS) {
                for (long offset = 0; offset < 64; offset += width) {
                    must(
                            is(AccessPlan.scalar(rules, UnalignedPolicy.SPLIT, offset, offset, width), offset, width),
                            "an aligned scalar is one access on " + rules.isa());
                    must(
                            is(bulk(rules, offset, width), offset, width),
                            "an aligned bulk of a scalar's size is one access on " + rules.isa());
                    plans += 2;
                }
            }
        }
        return plans + " plans for every ISA and cache mode: one access each";
    }

    static String unalignedIsKnownBefore(Stage stage) {
        must(
                stage.rules(CacheMode.NONCACHED).stream()
                                .map(rules -> verdict(rules, UnalignedPolicy.SPLIT))
                                .distinct()
                                .count()
                        == 2,
                "some ISAs keep an unaligned access whole, some do not");
        for (AccessRules rules : stage.allRules()) {
            boolean whole = rules.unaligned(4) == Unaligned.SINGLE;
            must(
                    verdict(rules, UnalignedPolicy.SPLIT) == (whole ? Verdict.SINGLE : Verdict.SPLIT),
                    "SPLIT is told before the access on " + rules.isa());
            must(
                    verdict(rules, UnalignedPolicy.REJECT) == (whole ? Verdict.SINGLE : Verdict.REJECTED),
                    "REJECTED is told before the access on " + rules.isa());
        }
        return "4 bytes at offset 3 of noncached memory: "
                + stage.rules(CacheMode.NONCACHED).stream()
                        .map(rules -> rules.isa() + " " + verdict(rules, UnalignedPolicy.SPLIT))
                        .collect(Collectors.joining(", "));
    }

    static String vectorsWhereLegal(Stage stage) {
        List<AccessRules> wide = stage.rules(CacheMode.NONCACHED).stream()
                .filter(rules -> rules.widestWrite() > 8)
                .toList();
        must(!wide.isEmpty(), "some ISAs allow vectors on noncached memory");
        for (AccessRules rules : wide) {
            must(
                    bulk(rules, 0, 64).accesses() < 8 && coversOnce(bulk(rules, 0, 64), 0, 64),
                    "64 bytes are fewer than 8 accesses on " + rules.isa());
            must(coversOnce(bulk(rules, 5, 64), 5, 64), "every unit is aligned to itself on " + rules.isa());
        }
        return "64 bytes to noncached memory: "
                + wide.stream()
                        .map(rules -> rules.isa() + " " + bulk(rules, 0, 64).accesses())
                        .collect(Collectors.joining(", "))
                + " accesses";
    }

    static String widthAtRunTime(Stage stage) {
        stage.withRegion(EmbeddedDevice.REGISTERS, AccessOptions.DEFAULT, region -> {
            for (int width : WIDTHS) {
                long value = 0x8877665544332211L & -1L >>> (64 - 8 * width);
                region.write(0x80, width, value);
                must(region.read(0x80, width) == value, "what was written is read back, " + width + " bytes");
                must(is(region.planScalar(0x80, width), 0x80, width), "one access of " + width + " bytes");
            }
        });
        return "widths 1, 2, 4 and 8 by a variable: one access each, on the embedded device";
    }

    static String rulesDifferByIsa(Stage stage) {
        Set<Unaligned> rules = stage.rules(CacheMode.NONCACHED).stream()
                .map(one -> one.unaligned(8))
                .collect(Collectors.toSet());
        must(
                rules.equals(Set.of(Unaligned.values())),
                "single, split silently, and a fault: each is the rule of some ISA");
        return stage.rules(CacheMode.NONCACHED).stream()
                .map(one -> one.isa() + " " + one.unaligned(8) + ", units of " + one.widestWrite())
                .collect(Collectors.joining("; "));
    }

    static String normalIsNoAnswer(Stage stage) {
        List<HostMemoryProvider> byFeature = stage.providers().stream()
                .filter(provider -> normal(provider, Set.of()) != Unaligned.SINGLE
                        && normal(provider, provider.knownFeatures()) == Unaligned.SINGLE)
                .toList();
        must(!byFeature.isEmpty(), "on some ISA it is the CPU that decides about unaligned accesses to normal memory");
        must(
                stage.rules(CacheMode.NORMAL).stream()
                                .map(AccessRules::widestWrite)
                                .distinct()
                                .count()
                        > 1,
                "the widest units of normal memory differ");
        return "unaligned on normal memory: "
                + byFeature.stream()
                        .map(provider -> provider.name() + " " + normal(provider, Set.of()) + ", with "
                                + provider.knownFeatures() + " SINGLE")
                        .collect(Collectors.joining("; "));
    }

    private static Unaligned normal(HostMemoryProvider provider, Set<String> features) {
        return provider.rules(CacheMode.NORMAL, features).unaligned(8);
    }

    static String neverSingleBytes(Stage stage) {
        for (AccessRules rules : stage.allRules()) {
            for (int width : new int[] {2, 4, 8}) {
                for (long offset = 0; offset < 16; offset++) {
                    AccessPlan plan = AccessPlan.scalar(rules, UnalignedPolicy.SPLIT, offset, offset, width);
                    long fewest = plan.verdict() == Verdict.SINGLE ? 1 : fewestAligned(offset, width);
                    must(
                            plan.accesses() == fewest,
                            width + " bytes at " + offset + " are " + fewest + " accesses on " + rules.isa());
                }
            }
        }
        return "2, 4 and 8 bytes at offsets 0 to 15, every ISA and mode: one access, or the fewest aligned ones";
    }

    /** By trying: from each end of the range the widest aligned piece that fits. */
    private static long fewestAligned(long offset, long length) {
        if (length == 0) {
            return 0;
        }
        for (long width = 8; width > 1; width /= 2) {
            long first = (offset + width - 1) / width * width;
            if (first + width <= offset + length) {
                return fewestAligned(offset, first - offset)
                        + 1
                        + fewestAligned(first + width, offset + length - first - width);
            }
        }
        return length;
    }

    static String unalignedIsDefined(Stage stage) {
        stage.withRegion(EmbeddedDevice.REGISTERS, AccessOptions.DEFAULT, region -> {
            for (int width : WIDTHS) {
                for (long offset = 0x81; offset < 0x90; offset++) {
                    long value = 0x1122334455667788L * offset & -1L >>> (64 - 8 * width);
                    region.write(offset, width, value);
                    must(region.read(offset, width) == value, width + " bytes at " + offset + " come back");
                }
            }
        });
        return "every width at fifteen odd offsets of a register BAR: defined, and exact";
    }

    static String rejectTouchesNothing(Stage stage) {
        boolean[] refused = {false};
        stage.withRegion(EmbeddedDevice.REGISTERS, REJECT, region -> {
            region.writeLong(0x80, 0);
            Verdict verdict = region.planScalar(0x81, 4).verdict();
            try {
                region.writeInt(0x81, -1);
            } catch (AccessRejectedException e) {
                refused[0] = true;
            }
            must(refused[0] == (verdict == Verdict.REJECTED), "the access does what the plan said");
            must(region.readLong(0x80) == (refused[0] ? 0 : 0xffff_ffff00L), "refused means that nothing was accessed");
        });
        return refused[0]
                ? "an unaligned write under REJECT: refused, nothing accessed"
                : "an unaligned write under REJECT: this host keeps it whole, so there is nothing to refuse";
    }

    static String everyRegionAnswers(Stage stage) {
        for (Region region : stage.device().regions()) {
            try (var accessor = region.open(AccessOptions.DEFAULT)) {
                must(
                        accessor.capabilities().cacheMode() != null && accessor.planScalar(1, 2) != null,
                        region + " has a mode and answers with a plan");
            }
        }
        return stage.device().regions().size()
                + " regions, with and without a mapping: each has a mode and a plan for any access";
    }

    static String rulesAreData(Stage stage) {
        List<AccessRules> all = stage.allRules();
        must(all.size() == stage.providers().size() * CacheMode.values().length, "rules for each ISA and mode");
        must(all.stream().noneMatch(rules -> rules.source().isBlank()), "each has its source");
        return all.size() + " sets of rules, each with its source, on any host";
    }

    private static Verdict verdict(AccessRules rules, UnalignedPolicy policy) {
        return AccessPlan.scalar(rules, policy, 3, 3, 4).verdict();
    }

    private static AccessPlan bulk(AccessRules rules, long offset, long length) {
        return AccessPlan.bulk(rules, Direction.WRITE, TransferOrder.ASCENDING, offset, offset, length);
    }
}
