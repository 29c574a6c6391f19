package org.hostmem.vfio.region;

import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AnsweredBy;
import org.hostmem.AnsweredBySource;
import org.hostmem.spi.Guest;
import org.hostmem.vfio.InfoCapability;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.VfioOptions;

/**
 * Decides who answers a region, with the source. The sources are asked in this order: the user, the kind of the region,
 * the host's report, and whether this machine is a guest.
 */
public record AnswerDecision(AnsweredBy who, AnsweredBySource source, List<String> notes) {

    /**
     * Decides.
     *
     * @param ofThisMachine whether the region is of a device of this machine, which a hypervisor may answer in its
     *     place
     */
    public static AnswerDecision of(boolean ofThisMachine, RegionInfo region, VfioOptions options, Guest guest) {
        return options.assertedAnswer(region.index())
                .map(who -> new AnswerDecision(who, AnsweredBySource.ASSERTED, List.of()))
                .orElseGet(() -> ofThisMachine
                        ? ofDevice(region, options, guest)
                        : new AnswerDecision(AnsweredBy.HARDWARE, AnsweredBySource.BY_CONSTRUCTION, List.of()));
    }

    private static AnswerDecision ofDevice(RegionInfo region, VfioOptions options, Guest guest) {
        AnsweredBy reported = reports(region, options).findFirst().orElse(AnsweredBy.UNKNOWN);
        if (reported != AnsweredBy.UNKNOWN) {
            return new AnswerDecision(reported, AnsweredBySource.REPORTED, List.of());
        }
        return switch (guest.answer()) {
            case NO_GUEST -> new AnswerDecision(AnsweredBy.HARDWARE, AnsweredBySource.NO_GUEST, List.of());
            case GUEST -> unknown(region, "this machine is a guest (" + guest.found() + ")");
            case UNKNOWN -> unknown(region, "this machine may be a guest (" + guest.found() + ")");
        };
    }

    private static AnswerDecision unknown(RegionInfo region, String why) {
        return new AnswerDecision(
                AnsweredBy.UNKNOWN,
                AnsweredBySource.UNKNOWN,
                region.areas().isEmpty()
                        ? List.of()
                        : List.of(why
                                + ", and nobody says who answers: only instructions that hypervisors decode are used;"
                                + " assert HARDWARE (--answered-by hardware) for a device that was passed through"));
    }

    private static Stream<AnsweredBy> reports(RegionInfo region, VfioOptions options) {
        return region.capabilities().stream()
                .filter(InfoCapability.Unknown.class::isInstance)
                .map(InfoCapability.Unknown.class::cast)
                .flatMap(unknown -> options.decoders().stream()
                        .filter(decoder -> decoder.understands(unknown))
                        .limit(1)
                        .map(decoder -> decoder.answeredBy(unknown, region)))
                .filter(who -> who != AnsweredBy.UNKNOWN);
    }
}
