package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.Transfer.Span;
import org.hostmem.engine.Checks;
import org.hostmem.spi.Faults;
import org.junit.jupiter.api.Test;

/** Small words of the contract. */
class WordsTest {

    @Test
    void everyModeButNormalNeedsExactAccesses() {
        assertThat(CacheMode.values())
                .allSatisfy(mode -> assertThat(mode.needsExactAccesses()).isEqualTo(mode != CacheMode.NORMAL));
    }

    @Test
    void modesHaveTheKernelsNames() {
        assertThat(Stream.of(CacheMode.values()).map(CacheMode::pgprot))
                .containsExactly(
                        "pgprot_normal", "pgprot_writecombine", "pgprot_device", "pgprot_noncached", "unknown");
    }

    @Test
    void theGuestAndTheModeDecideWhatBecomesOfAnUnalignedScalar() {
        for (String guest : List.of("x86_64", "amd64", "x86-64", "i386", "i686")) {
            assertThat(CacheMode.values())
                    .allSatisfy(mode ->
                            assertThat(UnalignedPolicy.forGuest(guest, mode)).isEqualTo(UnalignedPolicy.SPLIT));
        }
        for (String guest :
                List.of("aarch64", "arm64", "arm", "ppc64", "ppc64le", "powerpc64le", "riscv64", "riscv32", "s390x")) {
            assertThat(CacheMode.values())
                    .allSatisfy(mode -> assertThat(UnalignedPolicy.forGuest(guest, mode))
                            .isEqualTo(mode.needsExactAccesses() ? UnalignedPolicy.REJECT : UnalignedPolicy.SPLIT));
        }
        assertThat(CacheMode.values())
                .allSatisfy(mode ->
                        assertThat(UnalignedPolicy.forGuest("mips", mode)).isEqualTo(UnalignedPolicy.REJECT));
        assertThat(UnalignedPolicy.forGuest("aarch64", Fake.rules(CacheMode.NORMAL, 8)))
                .isEqualTo(UnalignedPolicy.SPLIT);
        assertThat(UnalignedPolicy.forGuest("aarch64", Fake.rules(CacheMode.DEVICE, 8)))
                .isEqualTo(UnalignedPolicy.REJECT);
    }

    /** A typing error would otherwise choose a policy. */
    @Test
    void anIsaThatNobodyKnowsIsRefusedWithTheNamesThatAreKnown() {
        for (String unknown : List.of("", "X86_64", "amd46", "pdp11")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> UnalignedPolicy.forGuest(unknown, CacheMode.NORMAL))
                    .withMessageContainingAll(unknown, "x86_64", "amd64", "aarch64", "ppc64le", "riscv64", "mips");
        }
        assertThatNullPointerException().isThrownBy(() -> UnalignedPolicy.forGuest(null, CacheMode.NORMAL));
    }

    @Test
    void aFaultSaysWhatWasDoneWhereAndHowFarItCame() {
        RegionFaultException fault = new RegionFaultException(0x20, Direction.WRITE, 4, 17, Side.RAM, "SIGBUS");
        assertThat(fault)
                .hasMessageContainingAll("SIGBUS", "a 4-byte write", "0x20", "RAM", "17 bytes")
                .hasMessageNotContaining("device");
        assertThat(fault.width()).isEqualTo(4);
        assertThat(fault.side()).isEqualTo(Side.RAM);
        assertThat(fault.isForeseen()).isFalse();
        assertThat(new RegionFaultException(0, Direction.READ, 8, 0, Side.REGION, "SIGSEGV"))
                .hasMessageContainingAll("SIGSEGV", "an 8-byte read", "0x0", "device")
                .hasMessageNotContaining("RAM");
    }

    @Test
    void aForeseenFaultSaysThatNothingWasDone() {
        RegionFaultException fault = Faults.foreseen(8, Direction.READ, 2, "the memory is off", true);
        assertThat(fault)
                .hasMessageContainingAll("the memory is off", "a 2-byte read", "0x8")
                .hasMessageNotContaining("?");
        assertThat(fault.completed()).isZero();
        assertThat(fault.isForeseen()).isTrue();
        assertThat(fault.side()).isEqualTo(Side.REGION);
    }

    @Test
    void aFaultWithinALargerRequestIsTheSameButForItsPlaceAndCount() {
        RegionFaultException fault = new RegionFaultException(0x20, Direction.READ, 4, 1, Side.RAM, "SIGBUS");
        RegionFaultException larger = Faults.within(fault, 0x100, 50);
        assertThat(larger.offset()).isEqualTo(0x120);
        assertThat(larger.completed()).isEqualTo(50);
        assertThat(List.of(larger.width(), larger.side(), larger.direction()))
                .isEqualTo(List.of(4, Side.RAM, Direction.READ));
        assertThat(larger.getStackTrace()).as("where it happened").isEqualTo(fault.getStackTrace());
    }

    @Test
    void aFaultWithoutATraceSaysTheSameWithinALargerRequestToo() {
        RegionFaultException traced = new RegionFaultException(0x20, Direction.READ, 4, 1, Side.RAM, "SIGBUS");
        RegionFaultException fault = new RegionFaultException(0x20, Direction.READ, 4, 1, Side.RAM, "SIGBUS", false);
        assertThat(fault).hasMessage(traced.getMessage());
        assertThat(fault.getStackTrace()).isEmpty();
        assertThat(Faults.within(fault, 0x100, 50))
                .hasMessage(Faults.within(traced, 0x100, 50).getMessage());
        assertThat(Faults.within(fault, 0x100, 50).getStackTrace()).isEmpty();
        assertThat(Faults.foreseen(8, Direction.READ, 2, "the memory is off", false)
                        .getStackTrace())
                .isEmpty();
    }

    @Test
    void optionsKeepThatFaultsHaveNoTraces() {
        AccessOptions options = AccessOptions.DEFAULT
                .withoutFaultTraces()
                .with(ByteOrder.BIG_ENDIAN)
                .with(FaultPolicy.UNSUPPORTED_REQUEST)
                .with(UnalignedPolicy.REJECT);
        assertThat(options.faultTraces()).isFalse();
        assertThat(AccessOptions.DEFAULT.faultTraces()).isTrue();
    }

    @Test
    void optionsChangeOneByOne() {
        AccessOptions options =
                AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST).with(UnalignedPolicy.REJECT);
        assertThat(options)
                .isEqualTo(AccessOptions.DEFAULT
                        .with(AccessOptions.DEFAULT.byteOrder())
                        .with(UnalignedPolicy.REJECT)
                        .with(FaultPolicy.UNSUPPORTED_REQUEST));
    }

    @Test
    void whatLeavesARegionIsSaidWithHexadecimalOffsets() {
        assertThat(Checks.outside(4, 0x1000, 0x1000)).hasMessageContainingAll("4 bytes", "0x1000", "4096");
        assertThat(Checks.outside(4, -4096, 8))
                .hasMessageContaining("0xfffffffffffff000")
                .hasMessageNotContaining("-4096");
        assertThat(Checks.outside(-1, 0, 8)).hasMessageContaining("-1");
    }

    @Test
    void aRangeIsNotNegative() {
        Fake region = new Fake(8);
        assertThatIllegalArgumentException().isThrownBy(() -> new Span(region, -1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Span(region, 0, -1));
        assertThat(new Span(region, 0, 0).length()).isZero();
    }
}
