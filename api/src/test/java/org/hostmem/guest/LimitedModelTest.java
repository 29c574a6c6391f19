package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.DeviceLimits.Narrower;
import org.hostmem.DeviceLimits.Wider;
import org.hostmem.Direction;
import org.hostmem.Fake;
import org.hostmem.FaultPolicy;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.guest.AddressSpace.Holes;
import org.junit.jupiter.api.Test;

/** Device models of a bus that take some accesses only. */
class LimitedModelTest {

    private static final DeviceLimits FOUR = DeviceLimits.NONE.withUnits(4, 4);

    private final List<String> calls = new ArrayList<>();

    private final DeviceModel model = new DeviceModel() {
        @Override
        public long read(long offset, int width) {
            calls.add("r" + width + "@" + offset);
            if (offset == 0x30) {
                throw RegionFaultException.busError("no register here");
            }
            return 0x0403_0201L + 0x0404_0404L * (offset / 4 % 16);
        }

        @Override
        public void write(long offset, int width, long value) {
            calls.add("w" + width + "@" + offset + "=" + Long.toHexString(value));
        }
    };

    private AddressSpace space(ByteOrder order, AccessOptions options) {
        AddressSpace space = new AddressSpace(order, Holes.ALL_ONES);
        space.map(Mapping.of(0x1000, 0x40, model, options));
        return space;
    }

    private List<String> taken() {
        List<String> taken = List.copyOf(calls);
        calls.clear();
        return taken;
    }

    @Test
    void scalarsAndTransfersAndPlansObey() {
        AddressSpace space = space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(FOUR));
        assertThat(space.read(0x1000, 8)).isEqualTo(0x0807_0605_0403_0201L);
        assertThat(taken()).containsExactly("r4@0", "r4@4");
        assertThat(space.planScalar(0x1000, 8).getFirst().plan()).hasToString("SPLIT 4@0 4@4");
        byte[] ram = new byte[16];
        space.readBytes(0x1008, MemorySegment.ofArray(ram), 0, 16, TransferOrder.ASCENDING);
        assertThat(taken()).containsExactly("r4@8", "r4@12", "r4@16", "r4@20");
        assertThat(ram).startsWith(9, 10, 11, 12, 13);
        assertThat(space.planBulk(Direction.READ, 0x1008, 16, TransferOrder.ASCENDING)
                        .getFirst()
                        .plan())
                .hasToString("BULK 4x4@8");
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> space.write(0x1004, 2, 1))
                .withMessageContaining("units of 4 bytes");
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> space.writeBytes(0x1002, MemorySegment.ofArray(ram), 0, 8, TransferOrder.RELAXED));
        assertThat(space.planScalar(0x1004, 2).getFirst().plan().verdict()).isEqualTo(Verdict.REJECTED);
        assertThat(taken()).isEmpty();
    }

    @Test
    void dmaToAModelAndFromItObeys() {
        AddressSpace space = space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(FOUR.with(Wider.REFUSE)));
        space.map(Mapping.of(0, new Fake(64)));
        Transfer.DEFAULT.copy(space.ranges(0, 12), space.ranges(0x1004, 12));
        assertThat(taken()).containsExactly("w4@4=0", "w4@8=0", "w4@12=0");
        Transfer.DEFAULT.copy(space.ranges(0x1004, 12), space.ranges(3, 12));
        assertThat(taken()).containsExactly("r4@4", "r4@8", "r4@12");
        assertThat(space.read(3, 4)).isEqualTo(0x0807_0605L);
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(space.ranges(0, 6), space.ranges(0x1004, 6)));
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> space.read(0x1000, 8));
        assertThat(taken()).isEmpty();
    }

    @Test
    void halvesComeInTheModelsOrder() {
        AddressSpace space =
                space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(DeviceLimits.NONE.with(Eight.HIGH_FIRST)));
        space.write(0x1008, 8, 0x1111_2222_3333_4444L);
        assertThat(taken()).containsExactly("w4@12=11112222", "w4@8=33334444");
        space.writeBytes(0x1010, MemorySegment.ofArray(new byte[16]), 0, 16, TransferOrder.ASCENDING);
        assertThat(taken()).containsExactly("w4@20=0", "w4@16=0", "w4@28=0", "w4@24=0");
    }

    @Test
    void aModelHasAByteOrderOfItsOwn() {
        AddressSpace space = space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(ByteOrder.BIG_ENDIAN));
        assertThat(space.read(0x1000, 4)).isEqualTo(0x0102_0304L);
        space.write(0x1004, 2, 0x1234);
        assertThat(taken()).containsExactly("r4@0", "w2@4=3412");
        byte[] ram = new byte[4];
        space.readBytes(0x1000, MemorySegment.ofArray(ram), 0, 4, TransferOrder.ASCENDING);
        assertThat(ram)
                .as("the model's value 0x04030201, as a big-endian device has it in memory")
                .containsExactly(4, 3, 2, 1);
    }

    @Test
    void anAccessAcrossTheEndOfAModelIsRefusedBeforeItIsAsked() {
        AddressSpace strict = space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> strict.read(0x103e, 4))
                .withMessageContaining("0x103e");
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> strict.write(0xffe, 4, 1));
        assertThat(strict.planScalar(0x103e, 4)).allMatch(step -> step.plan().verdict() == Verdict.REJECTED);
        assertThat(taken()).isEmpty();
        assertThat(strict.read(0x1002, 4))
                .as("unaligned, but the model's alone")
                .isNotZero();
        assertThat(taken()).containsExactly("r4@2");
        AddressSpace lenient = space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT);
        lenient.read(0x103e, 4);
        assertThat(taken()).containsExactly("r2@62");
        AddressSpace limited = space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(FOUR));
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> limited.read(0x103e, 4));
        assertThat(limited.planScalar(0x103e, 4)).allMatch(step -> step.plan().verdict() == Verdict.REJECTED);
        AddressSpace high =
                space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(DeviceLimits.NONE.with(Eight.HIGH_FIRST)));
        assertThatExceptionOfType(AccessRejectedException.class)
                .as("the half behind the end comes first, and is not the model's")
                .isThrownBy(() -> high.read(0x103c, 8));
        assertThat(taken()).isEmpty();
    }

    @Test
    void aScalarAcrossTheEndOfAModelIsRefusedIfTheModelTakesNoneThatWide() {
        AddressSpace space = space(
                ByteOrder.LITTLE_ENDIAN,
                AccessOptions.DEFAULT.with(DeviceLimits.NONE.withUnits(1, 4).with(Wider.REFUSE)));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> space.read(0x103c, 8))
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.DEVICE_LIMITS));
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> space.write(0xffc, 8, 1));
        assertThat(space.planScalar(0x103c, 8)).allMatch(step -> step.plan().verdict() == Verdict.REJECTED);
        assertThat(taken()).isEmpty();
        space.read(0x103e, 4);
        assertThat(taken()).containsExactly("r2@62");
    }

    @Test
    void aScalarAcrossTheEndOfAModelMayBeWidenedAndItsPlanSaysSo() {
        AddressSpace space =
                space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(FOUR.with(Narrower.READ_MODIFY_WRITE)));
        assertThat(space.planScalar(0x103e, 4).getFirst().plan()).hasToString("WIDENED ~4@60");
        space.write(0x103e, 4, 0x4433_2211);
        assertThat(taken()).hasSize(2).startsWith("r4@60");
    }

    /** What one range refuses is refused as a whole. */
    @Test
    void aTransferThatOneRangeRefusesHasNoAccessesInItsPlan() {
        AddressSpace space = space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(FOUR));
        assertThat(space.planBulk(Direction.WRITE, 0xff0, 0x12, TransferOrder.ASCENDING))
                .hasSize(2)
                .allMatch(step -> step.plan().verdict() == Verdict.REJECTED)
                .allMatch(step -> step.plan().accesses() == 0);
    }

    @Test
    void anAlignedModelIsNeverGivenAnUnalignedAccess() {
        AddressSpace space =
                space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(DeviceLimits.NONE.withAlignment()));
        space.write(0x1001, 4, 0x4433_2211);
        assertThat(taken()).containsExactly("w1@1=11", "w2@2=3322", "w1@4=44");
        AddressSpace strict = space(
                ByteOrder.LITTLE_ENDIAN,
                AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT).with(DeviceLimits.NONE.withAlignment()));
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> strict.write(0x1001, 4, 1));
        assertThat(taken()).isEmpty();
    }

    @Test
    void aBusErrorCountsWholeUnits() {
        AddressSpace space = space(ByteOrder.LITTLE_ENDIAN, AccessOptions.DEFAULT.with(FOUR));
        assertThatExceptionOfType(RegionFaultException.class)
                .isThrownBy(() -> space.read(0x102c, 8))
                .satisfies(fault -> {
                    assertThat(fault.offset()).isEqualTo(0x30);
                    assertThat(fault.completed()).isEqualTo(4);
                });
        assertThatExceptionOfType(RegionFaultException.class)
                .isThrownBy(() ->
                        space.readBytes(0x1020, MemorySegment.ofArray(new byte[32]), 0, 32, TransferOrder.RELAXED))
                .satisfies(fault -> assertThat(fault.completed()).isEqualTo(16));
    }

    @Test
    void optionsAreForModels() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mapping.of(0, 8, model, AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Mapping(0, 8, new Fake(8), 0, null, 0, AccessOptions.DEFAULT));
        Mapping mapping = Mapping.of(0, 8, model, AccessOptions.DEFAULT.with(FOUR));
        assertThat(mapping.withPriority(2).options().limits()).isEqualTo(FOUR);
        assertThat(mapping.toString()).contains("units of 4 bytes");
    }
}
