package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.AnsweredBy;
import org.hostmem.AnsweredBySource;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Guest;
import org.hostmem.vfio.region.AnswerDecision;
import org.hostmem.vfio.region.Report;
import org.junit.jupiter.api.Test;

/** Who answers a region: the user's word, what the region is, the host's report, what the machine is. */
class AnswerDecisionTest {

    private static final int ID = 0x8123;
    private static final int MAPPABLE = RegionInfo.FLAG_READ | RegionInfo.FLAG_WRITE | RegionInfo.FLAG_MMAP;
    private static final RegionInfo REGION = RegionInfoParser.parse(new Report(2, MAPPABLE, 0x1000, 0).bytes(), 4096);
    private static final Guest GUEST = new Guest(Guest.Answer.GUEST, "/proc/cpuinfo lists hypervisor", "a manual");
    private static final Guest NONE = new Guest(Guest.Answer.NO_GUEST, "no sign of a hypervisor", "");
    private static final Guest UNKNOWN = new Guest(Guest.Answer.UNKNOWN, "nothing can be read", "");

    private static AnswerDecision decide(boolean ofThisMachine, VfioOptions options, Guest guest) {
        return AnswerDecision.of(ofThisMachine, REGION, options, guest);
    }

    @Test
    void aMachineThatIsNoGuestHasHardware() {
        assertThat(decide(true, VfioOptions.none(), NONE))
                .isEqualTo(new AnswerDecision(AnsweredBy.HARDWARE, AnsweredBySource.NO_GUEST, List.of()));
    }

    @Test
    void inAGuestNobodyCanTell() {
        for (Guest guest : List.of(GUEST, UNKNOWN)) {
            AnswerDecision decision = decide(true, VfioOptions.none(), guest);
            assertThat(decision.who()).isEqualTo(AnsweredBy.UNKNOWN);
            assertThat(decision.source()).isEqualTo(AnsweredBySource.UNKNOWN);
            assertThat(decision.notes()).singleElement().asString().contains(guest.found(), "assert HARDWARE");
        }
    }

    @Test
    void whatIsNoDeviceOfThisMachineIsHardwareInAGuestToo() {
        assertThat(decide(false, VfioOptions.none(), GUEST))
                .isEqualTo(new AnswerDecision(AnsweredBy.HARDWARE, AnsweredBySource.BY_CONSTRUCTION, List.of()));
    }

    @Test
    void theUsersWordCounts() {
        VfioOptions passedThrough = VfioOptions.none().asserting(AnsweredBy.HARDWARE);
        assertThat(decide(true, passedThrough, GUEST))
                .isEqualTo(new AnswerDecision(AnsweredBy.HARDWARE, AnsweredBySource.ASSERTED, List.of()));
        assertThat(decide(true, passedThrough.asserting(2, AnsweredBy.HYPERVISOR), GUEST)
                        .who())
                .as("of one region, before that of all")
                .isEqualTo(AnsweredBy.HYPERVISOR);
        assertThat(decide(true, passedThrough.asserting(1, AnsweredBy.HYPERVISOR), GUEST)
                        .who())
                .as("of another")
                .isEqualTo(AnsweredBy.HARDWARE);
    }

    @Test
    void theHostsReportCountsInAGuest() {
        RegionInfo reporting = RegionInfoParser.parse(
                new Report(2, MAPPABLE, 0x1000, 0)
                        .capability(ID, 1, Report.buffer(8))
                        .bytes(),
                4096);
        RegionCapabilityDecoder decoder = new RegionCapabilityDecoder() {
            @Override
            public boolean understands(InfoCapability.Unknown capability) {
                return capability.id() == ID;
            }

            @Override
            public Report decode(InfoCapability.Unknown capability, RegionInfo region) {
                return new Report(CacheMode.UNKNOWN, List.of());
            }

            @Override
            public AnsweredBy answeredBy(InfoCapability.Unknown capability, RegionInfo region) {
                return AnsweredBy.HARDWARE;
            }
        };
        assertThat(AnswerDecision.of(true, reporting, VfioOptions.none().with(decoder), GUEST))
                .isEqualTo(new AnswerDecision(AnsweredBy.HARDWARE, AnsweredBySource.REPORTED, List.of()));
        assertThat(AnswerDecision.of(true, reporting, VfioOptions.none(), GUEST).who())
                .as("without the decoder")
                .isEqualTo(AnsweredBy.UNKNOWN);
    }

    @Test
    void anAssertionReachesTheAccessorsAndTheirViews() {
        try (Device device = EmbeddedDevice.open(
                        VfioOptions.none().asserting(AnsweredBy.HYPERVISOR).asserting(0, CacheMode.NONCACHED));
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            RegionCapabilities capabilities = device.region(0).capabilities();
            assertThat(capabilities.answeredBy()).isEqualTo(AnsweredBy.HYPERVISOR);
            assertThat(capabilities.answeredBySource()).isEqualTo(AnsweredBySource.ASSERTED);
            assertThat(bar.rules().answeredBy()).isEqualTo(AnsweredBy.HYPERVISOR);
            assertThat(bar.rules().widestWrite()).isLessThanOrEqualTo(16);
            assertThat(bar.slice(16, 16).capabilities().answeredBy()).isEqualTo(AnsweredBy.HYPERVISOR);
            assertThat(bar.readOnly().rules().answeredBy()).isEqualTo(AnsweredBy.HYPERVISOR);
            assertThat(bar.rules().isa().equals("generic") || bar.guarantees().contains(Guarantee.DECODABLE))
                    .as("decodable")
                    .isTrue();
        }
    }

    @Test
    void anEmbeddedDeviceIsAnsweredByHardware() {
        try (Device device = EmbeddedDevice.open(VfioOptions.none())) {
            assertThat(device.regions())
                    .allSatisfy(region -> assertThat(region.capabilities().answeredBySource())
                            .isEqualTo(AnsweredBySource.BY_CONSTRUCTION));
        }
    }

    @Test
    void thePropertyAssertsForEveryDevice() {
        System.setProperty(VfioOptions.ANSWERED_BY_PROPERTY, "Hardware");
        try {
            assertThat(VfioOptions.fromProperties().assertedAnswer(7)).contains(AnsweredBy.HARDWARE);
            System.setProperty(VfioOptions.ANSWERED_BY_PROPERTY, "nobody");
            assertThatThrownBy(VfioOptions::fromProperties)
                    .isInstanceOf(VfioException.class)
                    .hasMessageContainingAll(
                            VfioOptions.ANSWERED_BY_PROPERTY, "nobody", "hardware", "hypervisor", "unknown");
        } finally {
            System.clearProperty(VfioOptions.ANSWERED_BY_PROPERTY);
        }
    }
}
