package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.Fake;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionBoundsException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace.Holes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest's addresses are unsigned: it can make each of 2^64. */
class UnsignedAddressesTest {

    private static final long TOP = 1L << 63;
    private static final long END = 0;

    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);

    private static Fake numbered(int size) {
        Fake fake = new Fake(new byte[size], 0, size, CacheMode.NORMAL, 8, Fake.noLog());
        for (int i = 0; i < size; i++) {
            fake.memory[i] = (byte) i;
        }
        return fake;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 8, Long.MAX_VALUE - 3, Long.MAX_VALUE, TOP, TOP + 5, -4096, -8})
    void anAddressWhereNothingIsMappedGivesOnesAndTakesAll(long address) {
        for (int width = 1; width <= 8; width *= 2) {
            assertThat(space.read(address, width)).isEqualTo(-1L >>> 64 - 8 * width);
            space.write(address, width, 1);
            assertThat(space.planScalar(address, width)).isNotEmpty();
        }
        byte[] read = new byte[8];
        space.readBytes(address, MemorySegment.ofArray(read), 0, 8, TransferOrder.ASCENDING);
        assertThat(read).containsOnly(-1);
        space.writeBytes(address, MemorySegment.ofArray(read), 0, 8, TransferOrder.ASCENDING);
        assertThat(space.find(address).isHole()).isTrue();
        assertThat(space.ranges(address, 8).stream()
                        .mapToLong(Transfer.Span::length)
                        .sum())
                .isEqualTo(8);
        assertThat(space.planBulk(Direction.READ, address, 8, TransferOrder.ASCENDING))
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE - 7, TOP - 8, TOP, TOP + 0x1000, -32, -17})
    void memoryIsMappedAtAnyAddress(long start) {
        Fake ram = numbered(16);
        Mapping mapping = Mapping.of(start, ram);
        space.map(mapping);
        for (int i = 0; i < 16; i++) {
            assertThat(space.read(start + i, 1)).isEqualTo(i);
        }
        assertThat(space.read(start + 3, 4)).isEqualTo(0x0605_0403);
        space.write(start + 8, 8, -2);
        assertThat(ram.memory[8]).isEqualTo((byte) -2);
        assertThat(space.read(start - 1, 1)).isEqualTo(0xff);
        assertThat(space.read(start + 16, 1)).isEqualTo(0xff);
        assertThat(space.read(start - 2, 4)).isEqualTo(0x0100_ffffL);
        AddressSpace.Range found = space.find(start + 5);
        assertThat(found.start()).isEqualTo(start);
        assertThat(found.end()).isEqualTo(start + 16);
        assertThat(found.size()).isEqualTo(16);
        assertThat(found.offset(start + 5)).isEqualTo(5);
        assertThat(space.unmap(mapping)).isTrue();
        assertThat(space.read(start, 1)).isEqualTo(0xff);
        assertThat(space.find(start).start())
                .isEqualTo(new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES)
                        .find(start)
                        .start());
    }

    @Test
    void theLastByteOfAllIsMapped() {
        space.map(Mapping.of(-1, 1, numbered(16), 7));
        space.map(Mapping.of(-16, 15, numbered(16), 0));
        assertThat(space.read(-1, 1)).isEqualTo(7);
        assertThat(space.read(-4, 4)).isEqualTo(0x070e_0d0cL);
        assertThat(space.find(-1).end()).isEqualTo(END);
        assertThat(space.find(-1))
                .hasToString("[0xffffffffffffffff, 0x10000000000000000) in "
                        + space.mappings().getFirst());
        assertThat(space.ranges(-16, 16)).hasSize(2);
    }

    /** Holes end and mappings begin there, but nobody needs to know. */
    @Test
    void aRequestGoesAcrossTheMiddle() {
        Fake ram = numbered(16);
        space.map(Mapping.of(TOP - 8, ram));
        assertThat(space.read(TOP - 4, 8)).isEqualTo(0x0b0a_0908_0706_0504L);
        Transfer.DEFAULT.copy(space.ranges(TOP - 8, 4), space.ranges(TOP + 4, 4));
        assertThat(ram.memory).endsWith(0, 1, 2, 3);
        byte[] read = new byte[32];
        space.readBytes(TOP - 16, MemorySegment.ofArray(read), 0, 32, TransferOrder.ASCENDING);
        assertThat(read)
                .startsWith(-1, -1, -1, -1, -1, -1, -1, -1, 0, 1, 2, 3)
                .endsWith(2, 3, -1, -1, -1, -1, -1, -1, -1, -1);
    }

    @Test
    void whatRunsPastTheLastAddressIsRefused() {
        MemorySegment ram = MemorySegment.ofArray(new byte[16]);
        for (Holes holes : Holes.values()) {
            AddressSpace some = new AddressSpace(ByteOrder.LITTLE_ENDIAN, holes);
            assertThatExceptionOfType(RegionBoundsException.class)
                    .isThrownBy(() -> some.read(-4, 8))
                    .withMessageContaining("0xfffffffffffffffc");
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> some.write(-1, 2, 0));
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> some.planScalar(-1, 2));
            assertThatExceptionOfType(RegionBoundsException.class)
                    .isThrownBy(() -> some.readBytes(-8, ram, 0, 9, TransferOrder.ASCENDING));
            assertThatExceptionOfType(RegionBoundsException.class)
                    .isThrownBy(() -> some.writeBytes(-8, ram, 0, 9, TransferOrder.ASCENDING));
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> some.ranges(-8, Long.MAX_VALUE));
            assertThatExceptionOfType(RegionBoundsException.class)
                    .isThrownBy(() -> some.planBulk(Direction.READ, -8, 9, TransferOrder.RELAXED));
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> some.ranges(0, -1));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mapping.of(-15, numbered(16)))
                .withMessageContaining("0xfffffffffffffff1");
        assertThat(space.ranges(-8, 8).stream().mapToLong(Transfer.Span::length).sum())
                .isEqualTo(8);
        assertThat(space.ranges(-1, 0)).isEmpty();
    }

    @Test
    void aHoleOfErrorsNamesAHighAddress() {
        AddressSpace strict = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ERROR);
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> strict.read(-4096, 4))
                .withMessageContaining("0xfffffffffffff000")
                .satisfies(fault -> assertThat(fault.guestAddress()).hasValue(-4096));
    }

    @Test
    void priorityCountsAtHighAddresses() {
        space.map(Mapping.of(-0x2000, numbered(0x2000)));
        space.map(Mapping.of(-0x1004, 8, numbered(16), 8).withPriority(1));
        assertThat(space.read(-0x1004, 8)).isEqualTo(0x0f0e_0d0c_0b0a_0908L);
        assertThat(space.find(-0x1005).accessor())
                .isSameAs(space.find(-1).accessor())
                .isNotSameAs(space.find(-0x1004).accessor());
        assertThatIllegalArgumentException().isThrownBy(() -> space.map(Mapping.of(-0x1000, numbered(16))));
    }

    /** Overlaps are found wherever the addresses lie. */
    @Test
    void aRequestOntoItselfIsRefusedUnderReject() {
        space.map(Mapping.of(TOP - 8, numbered(16)));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> Transfer.DEFAULT
                        .with(OverlapPolicy.REJECT)
                        .copy(space.ranges(TOP - 8, 8), space.ranges(TOP - 4, 8)));
        assertThat(space.planScalar(TOP - 8, 8))
                .singleElement()
                .satisfies(step -> assertThat(step.plan().verdict()).isEqualTo(AccessPlan.Verdict.SINGLE));
        assertThat(List.copyOf(space.mappings())).hasSize(1);
    }
}
