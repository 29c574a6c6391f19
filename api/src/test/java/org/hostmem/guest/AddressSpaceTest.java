package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.Fake;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.guest.AddressSpace.Holes;
import org.junit.jupiter.api.Test;

class AddressSpaceTest {

    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
    private final Random random = new Random(1);
    private final List<Fake.Access> log = new ArrayList<>();

    /** Remembers what it was told, and answers with offset and width. */
    private static class Model implements DeviceModel {
        private final List<String> calls = new ArrayList<>();

        @Override
        public long read(long offset, int width) {
            calls.add("r" + width + "@" + offset);
            return 0xfedc_ba98_0000_0000L | offset << 8 | width;
        }

        @Override
        public void write(long offset, int width, long value) {
            calls.add("w" + width + "@" + offset + "=" + Long.toHexString(value));
        }
    }

    private Fake fake(int size) {
        return new Fake(new byte[size], 0, size, CacheMode.DEVICE, 8, log);
    }

    private Fake random(int size) {
        Fake fake = fake(size);
        random.nextBytes(fake.memory);
        return fake;
    }

    /** Random mappings, and for every address the one that a walk over all of them finds. */
    @Test
    void eachAddressIsAnsweredByTheHighestPriorityThere() {
        for (int round = 0; round < 300; round++) {
            AddressSpace some = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
            List<Mapping> mappings = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Fake region = random(64);
                int offset = random.nextInt(32);
                Mapping mapping = Mapping.of(random.nextInt(100), 1 + random.nextInt(32), region, offset)
                        .withPriority(random.nextInt(4));
                boolean collides = mappings.stream()
                        .anyMatch(m -> m.priority() == mapping.priority()
                                && m.start() < mapping.end()
                                && mapping.start() < m.end());
                if (collides) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> some.map(mapping))
                            .withMessageContaining("overlap");
                } else {
                    some.map(mapping);
                    mappings.add(mapping);
                }
            }
            assertThat(some.mappings()).isEqualTo(mappings);
            byte[] model = new byte[140];
            for (int address = 0; address < model.length; address++) {
                Mapping top = null;
                for (Mapping m : mappings) {
                    if (m.start() <= address && address < m.end() && (top == null || m.priority() > top.priority())) {
                        top = m;
                    }
                }
                model[address] =
                        top == null ? -1 : ((Fake) top.accessor()).memory[(int) (top.offset() + address - top.start())];
                assertThat(some.read(address, 1)).isEqualTo(model[address] & 0xffL);
                assertThat(some.find(address).isHole()).isEqualTo(top == null);
            }
            byte[] all = new byte[140];
            some.readBytes(0, MemorySegment.ofArray(all), 0, 140, TransferOrder.ASCENDING);
            assertThat(all).isEqualTo(model);
            for (int i = 0; i < 200; i++) {
                int width = 1 << random.nextInt(4);
                int address = random.nextInt(140 - width);
                long expected = 0;
                for (int b = width - 1; b >= 0; b--) {
                    expected = expected << 8 | model[address + b] & 0xff;
                }
                assertThat(some.read(address, width)).isEqualTo(expected);
            }
            for (Mapping m : mappings) {
                assertThat(some.unmap(m)).isTrue();
                assertThat(some.unmap(m)).isFalse();
            }
            assertThat(some.find(50).isHole()).isTrue();
        }
    }

    @Test
    void writesGoWhereReadsComeFrom() {
        Fake low = fake(16);
        Fake high = fake(16);
        space.map(Mapping.of(100, low));
        space.map(Mapping.of(116, high));
        for (int address = 98; address < 134; address++) {
            for (int width = 1; width <= 8; width *= 2) {
                long value = random.nextLong() & -1L >>> 64 - 8 * width;
                space.write(address, width, value);
                for (int i = 0; i < width; i++) {
                    int at = address + i;
                    if (at >= 100 && at < 132) {
                        assertThat(at < 116 ? low.memory[at - 100] : high.memory[at - 116])
                                .isEqualTo((byte) (value >>> 8 * i));
                    }
                }
            }
        }
    }

    @Test
    void aDeviceModelIsToldWidthAndOffset() {
        Model model = new Model();
        space.map(Mapping.of(0x1000, 0x100, model));
        assertThat(space.read(0x1003, 1)).isEqualTo(1);
        assertThat(space.read(0x1001, 4)).isEqualTo(0x104);
        assertThat(space.read(0x1008, 8)).isEqualTo(0xfedc_ba98_0000_0808L);
        space.write(0x10fe, 2, -1);
        assertThat(model.calls).containsExactly("r1@3", "r4@1", "r8@8", "w2@254=ffff");
    }

    /** A transfer becomes aligned accesses, the plan is what happens, and bytes are in the guest's order. */
    @Test
    void aTransferToADeviceModelIsItsPlan() {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            AddressSpace some = new AddressSpace(order, Holes.ALL_ONES);
            Model model = new Model();
            some.map(Mapping.of(0x1000, 0x100, model));
            some.writeBytes(
                    0x1003, MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5, 6, 7}), 0, 7, TransferOrder.ASCENDING);
            assertThat(model.calls)
                    .containsExactlyElementsOf(
                            order == ByteOrder.LITTLE_ENDIAN
                                    ? List.of("w1@3=1", "w4@4=5040302", "w2@8=706")
                                    : List.of("w1@3=1", "w4@4=2030405", "w2@8=607"));
            assertThat(some.planBulk(Direction.WRITE, 0x1003, 7, TransferOrder.ASCENDING))
                    .singleElement()
                    .satisfies(step -> assertThat(step.plan()).hasToString("BULK 1@3 4@4 2@8"));
            byte[] read = new byte[4];
            some.readBytes(0x1004, MemorySegment.ofArray(read), 0, 4, TransferOrder.ASCENDING);
            assertThat(read)
                    .containsExactly(
                            order == ByteOrder.LITTLE_ENDIAN ? new int[] {4, 4, 0, 0} : new int[] {0, 0, 4, 4});
        }
    }

    @Test
    void aScalarAcrossRangesIsItsPlan() {
        Fake low = fake(16);
        Fake high = fake(16);
        space.map(Mapping.of(0, low));
        space.map(Mapping.of(16, high));
        space.write(13, 8, 0x0807_0605_0403_0201L);
        assertThat(log)
                .containsExactly(
                        new Fake.Access(low, Direction.WRITE, 13, 1),
                        new Fake.Access(low, Direction.WRITE, 14, 2),
                        new Fake.Access(high, Direction.WRITE, 0, 4),
                        new Fake.Access(high, Direction.WRITE, 4, 1));
        assertThat(space.planScalar(13, 8))
                .extracting(step -> step.plan().toString())
                .containsExactly("SPLIT 1@13 2@14", "SPLIT 4@0 1@4");
        assertThat(space.planScalar(12, 4))
                .extracting(step -> step.plan().toString())
                .containsExactly("SINGLE 4@12");
        assertThat(space.read(13, 8)).isEqualTo(0x0807_0605_0403_0201L);
    }

    @Test
    void theSpacesByteOrderIsTheGuests() {
        AddressSpace big = new AddressSpace(ByteOrder.BIG_ENDIAN, Holes.ALL_ONES);
        Fake low = fake(16);
        big.map(Mapping.of(0, low));
        big.map(Mapping.of(16, fake(16)));
        big.write(4, 4, 0x0102_0304);
        assertThat(low.memory).startsWith(0, 0, 0, 0, 1, 2, 3, 4);
        big.write(14, 4, 0x0102_0304);
        assertThat(low.memory).endsWith(1, 2);
        assertThat(big.read(14, 4)).isEqualTo(0x0102_0304);
    }

    @Test
    void holesOfOnesTakeAndGive() {
        space.map(Mapping.of(16, random(16)));
        assertThat(space.read(0, 8)).isEqualTo(-1);
        assertThat(space.read(Long.MAX_VALUE - 8, 4)).isEqualTo(0xffff_ffffL);
        space.write(40, 4, 5);
        assertThat(space.read(14, 4) & 0xffff).isEqualTo(0xffff);
    }

    @Test
    void holesOfErrorsRefuseTheWholeRequestFirst() {
        AddressSpace strict = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ERROR);
        Fake region = random(16);
        strict.map(Mapping.of(16, region));
        byte[] ram = new byte[32];
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> strict.read(0, 4))
                .withMessageContaining("0x0");
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> strict.write(30, 4, 1))
                .withMessageContaining("0x20");
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> strict.readBytes(20, MemorySegment.ofArray(ram), 0, 32, TransferOrder.ASCENDING));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> strict.writeBytes(20, MemorySegment.ofArray(ram), 0, 32, TransferOrder.RELAXED));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(strict.ranges(16, 16), strict.ranges(40, 16)));
        assertThat(log).isEmpty();
    }

    @Test
    void whatIsNoAddressIsRefused() {
        assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> space.ranges(5, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> space.read(0, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> space.read(0, 16));
        assertThatIllegalArgumentException().isThrownBy(() -> Mapping.of(-1, 5, new Model()));
        assertThatIllegalArgumentException().isThrownBy(() -> Mapping.of(0, 0, new Model()));
        assertThatIllegalArgumentException().isThrownBy(() -> Mapping.of(0, -1, new Model()));
        assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> Mapping.of(0, 17, fake(16), 0));
        assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> Mapping.of(0, 16, fake(16), 1));
    }

    @Test
    void aPolicyOfRejectRefusesToCross() {
        Fake strict = strict(16);
        space.map(Mapping.of(0, random(16)));
        space.map(Mapping.of(16, strict));
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> space.read(14, 4));
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> space.write(14, 4, 1));
        assertThat(log).isEmpty();
        assertThat(space.planScalar(14, 4))
                .extracting(step -> step.plan().verdict())
                .containsExactly(AccessPlan.Verdict.REJECTED, AccessPlan.Verdict.REJECTED);
        assertThat(space.planScalar(12, 4))
                .extracting(step -> step.plan().verdict())
                .containsExactly(AccessPlan.Verdict.SINGLE);
    }

    /** Two ranges of four in 8 bytes: the third one's policy counts, too, and every byte comes from where it lies. */
    @Test
    void aScalarMayCrossManyRanges() {
        for (int i = 0; i < 4; i++) {
            space.map(Mapping.of(100 + 2 * i, random(2)));
        }
        long expected = 0;
        for (int i = 7; i >= 0; i--) {
            expected = expected << 8 | ((Fake) space.find(100 + i).accessor()).memory[i % 2] & 0xff;
        }
        assertThat(space.read(100, 8)).isEqualTo(expected);
        space.write(100, 8, 0x0807_0605_0403_0201L);
        assertThat(space.read(100, 8)).isEqualTo(0x0807_0605_0403_0201L);
        assertThat(space.planScalar(101, 4))
                .extracting(step -> step.range().start() + " " + step.plan())
                .containsExactly("100 SPLIT 1@1", "102 SPLIT 2@0", "104 SPLIT 1@0");
        space.map(Mapping.of(104, strict(2)).withPriority(1));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> space.read(100, 8))
                .withMessageContaining("0x64");
        assertThat(space.planScalar(100, 8))
                .hasSize(4)
                .allSatisfy(step -> assertThat(step.plan().verdict()).isEqualTo(AccessPlan.Verdict.REJECTED));
        space.read(100, 4);
        assertThatIllegalArgumentException().isThrownBy(() -> space.read(101, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> space.write(101, 3, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> space.planScalar(101, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> space.planScalar(100, 1000));
    }

    private Fake strict(int size) {
        return new Fake(new byte[size], 0, size, CacheMode.DEVICE, 8, log) {
            @Override
            public AccessOptions options() {
                return super.options().with(UnalignedPolicy.REJECT);
            }
        };
    }

    /** Where they would be refused if they were taken to cross. */
    @Test
    void theLastBytesOfARangeAreOneAccess() {
        Fake strict = strict(16);
        space.map(Mapping.of(64, strict));
        for (int width : new int[] {1, 2, 4, 8}) {
            log.clear();
            int last = 16 - width;
            space.write(64 + last, width, width);
            assertThat(space.read(64 + last, width)).isEqualTo(width);
            assertThat(log)
                    .containsExactly(
                            new Fake.Access(strict, Direction.WRITE, last, width),
                            new Fake.Access(strict, Direction.READ, last, width));
            assertThat(space.planScalar(64 + last, width))
                    .singleElement()
                    .satisfies(step -> assertThat(step.plan()).hasToString("SINGLE " + width + "@" + last));
        }
    }

    /** Whatever was looked up before. */
    @Test
    void theRangeThatWasFoundLastIsNotMistakenForAnother() {
        Fake low = random(16);
        Fake high = random(16);
        space.map(Mapping.of(64, low));
        space.map(Mapping.of(80, high));
        for (int before : new int[] {0, 64, 79, 80, 95, 96}) {
            for (int address = 60; address < 100; address++) {
                space.find(before);
                int expected = address < 64 || address >= 96
                        ? 0xff
                        : (address < 80 ? low.memory[address - 64] : high.memory[address - 80]) & 0xff;
                assertThat(space.read(address, 1))
                        .as("%d after %d", address, before)
                        .isEqualTo(expected);
            }
        }
    }

    /** R3: only a barrier keeps memory of different kinds in order. */
    @Test
    void anAscendingTransferHasABarrierWhereItCrosses() {
        for (TransferOrder order : TransferOrder.values()) {
            Fake low = fake(16);
            Fake middle = fake(16);
            Fake high = fake(16);
            space.update(all -> List.of(Mapping.of(0, low), Mapping.of(16, middle), Mapping.of(32, high)));
            log.clear();
            space.writeBytes(8, MemorySegment.ofArray(new byte[32]), 0, 32, order);
            space.readBytes(8, MemorySegment.ofArray(new byte[32]), 0, 32, order);
            assertThat(log).hasSize(8);
            assertThat(low.barriers).isEmpty();
            assertThat(middle.barriers)
                    .isEqualTo(order == TransferOrder.ASCENDING ? List.of("FULL after 1", "FULL after 5") : List.of());
            assertThat(high.barriers)
                    .isEqualTo(order == TransferOrder.ASCENDING ? List.of("FULL after 3", "FULL after 7") : List.of());
        }
    }

    @Test
    void aTransferAcrossManyRangesIsItsPlan() {
        for (int i = 0; i < 10; i++) {
            space.map(Mapping.of(50 + 7 * i, random(7)));
        }
        byte[] bytes = new byte[60];
        random.nextBytes(bytes);
        log.clear();
        space.writeBytes(53, MemorySegment.ofArray(bytes), 5, 55, TransferOrder.ASCENDING);
        List<Fake.Access> planned = new ArrayList<>();
        space.planBulk(Direction.WRITE, 53, 55, TransferOrder.ASCENDING)
                .forEach(step -> step.plan()
                        .forEach((offset, width) -> planned.add(
                                new Fake.Access((Fake) step.range().accessor(), Direction.WRITE, offset, width))));
        assertThat(log).isEqualTo(planned);
        byte[] read = new byte[60];
        space.readBytes(53, MemorySegment.ofArray(read), 5, 55, TransferOrder.RELAXED);
        System.arraycopy(new byte[5], 0, bytes, 0, 5);
        assertThat(read).isEqualTo(bytes);
    }

    /** As a device model does that follows a guest's pointer. */
    @Test
    void aModelMayAccessTheSpaceWithinAnAccess() {
        DeviceModel indirect = new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                return space.read(1014, 4) & 0xff;
            }

            @Override
            public void write(long offset, int width, long value) {
                space.write(1014, 4, 0x0403_0201);
            }
        };
        Fake low = fake(16);
        space.update(all -> List.of(
                Mapping.of(0, 16, indirect),
                Mapping.of(16, low),
                Mapping.of(1000, random(16)),
                Mapping.of(1016, random(16))));
        space.write(15, 8, 0x1817_1615_1413_1211L);
        assertThat(low.memory).startsWith(0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18);
        assertThat(space.read(15, 8)).isEqualTo(0x1817_1615_1413_1201L);
    }

    @Test
    void aMappingSaysWhatLiesWhere() {
        Model model = new Model() {
            @Override
            public String toString() {
                return "uart";
            }
        };
        assertThat(Mapping.of(0x100, 16, model)).hasToString("[0x100, 0x110) of uart");
        Fake ram = new Fake(64) {
            @Override
            public String toString() {
                return "ram";
            }
        };
        assertThat(Mapping.of(0, 16, ram, 32).withPriority(3))
                .hasToString("[0x0, 0x10) of ram at offset 0x20, priority 3");
        space.map(Mapping.of(0x100, 16, model));
        assertThat(space.find(0x104)).hasToString("[0x100, 0x110) in [0x100, 0x110) of uart");
        assertThat(space.find(0)).hasToString("[0x0, 0x100) hole");
    }

    @Test
    void aFaultCountsTheWholeRequest() {
        Fake high = fake(16);
        space.map(Mapping.of(0, fake(16)));
        space.map(Mapping.of(16, high));
        high.broken = 8;
        RegionFaultException fault = catchThrowableOfType(
                RegionFaultException.class,
                () -> space.writeBytes(4, MemorySegment.ofArray(new byte[28]), 0, 28, TransferOrder.ASCENDING));
        assertThat(fault.completed()).isEqualTo(20);
        assertThat(fault.offset()).isEqualTo(8);
    }

    @Test
    void dmaFromOneGuestAddressToAnother() {
        Fake ram = random(64);
        Fake bar = fake(32);
        space.map(Mapping.of(0, 32, ram, 0));
        space.map(Mapping.of(32, bar));
        space.map(Mapping.of(64, 32, ram, 32));
        byte[] expected = new byte[32];
        System.arraycopy(ram.memory, 3, expected, 0, 32 - 3);
        Transfer.Result result = Transfer.DEFAULT.copy(space.ranges(3, 29), space.ranges(32, 29));
        assertThat(result.isComplete()).isTrue();
        assertThat(bar.memory).isEqualTo(expected);
    }

    @Test
    void aRangeTellsWhatATlbNeeds() {
        Fake ram = fake(64);
        space.map(Mapping.of(100, 32, ram, 16));
        space.map(Mapping.of(110, 4, new Model()).withPriority(1));
        AddressSpace.Range range = space.find(120);
        assertThat(range.start()).isEqualTo(114);
        assertThat(range.end()).isEqualTo(132);
        assertThat(range.accessor()).isSameAs(ram);
        assertThat(range.offset(120)).isEqualTo(36);
        assertThat(space.find(0).toString()).contains("hole");
    }

    /** Whatever a change is doing, a reader sees all of one state: two adjacent ranges that always change together. */
    @Test
    void aChangeIsSeenAsAWhole() throws InterruptedException {
        AddressSpace some = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ERROR);
        List<Mapping> zeros = List.of(
                Mapping.of(0, new Fake.Mapped(new byte[8], 0, 8, CacheMode.NORMAL, 8, Fake.noLog())),
                Mapping.of(8, new Fake.Mapped(new byte[8], 0, 8, CacheMode.NORMAL, 8, Fake.noLog())));
        byte[] ones = {1, 1, 1, 1, 1, 1, 1, 1};
        List<Mapping> others = List.of(
                Mapping.of(0, 4, new Fake.Mapped(ones, 0, 8, CacheMode.NORMAL, 8, Fake.noLog()), 0),
                Mapping.of(4, 8, new Fake.Mapped(ones, 0, 8, CacheMode.NORMAL, 8, Fake.noLog()), 0),
                Mapping.of(12, 4, new Fake.Mapped(ones, 0, 8, CacheMode.NORMAL, 8, Fake.noLog()), 0));
        some.update(all -> zeros);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> readers = new ArrayList<>();
        for (int r = 0; r < 3; r++) {
            readers.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; !stop.get(); i++) {
                        long value = some.read(i & 7, 8);
                        if (value != 0 && value != 0x0101_0101_0101_0101L) {
                            throw new AssertionError(Long.toHexString(value));
                        }
                    }
                } catch (Throwable t) {
                    failure.set(t);
                }
            }));
        }
        for (int i = 0; i < 20_000; i++) {
            List<Mapping> next = i % 2 == 0 ? others : zeros;
            some.update(all -> next);
        }
        stop.set(true);
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void aRegionThatIsClosedWhileMappedIsTold() {
        Fake region = fake(16);
        space.map(Mapping.of(0, region));
        space.read(0, 4);
        region.close();
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> space.read(0, 4));
        assertThatExceptionOfType(RegionClosedException.class)
                .isThrownBy(
                        () -> space.readBytes(0, MemorySegment.ofArray(new byte[8]), 0, 8, TransferOrder.ASCENDING));
    }

    @Test
    void aRefusedChangeChangesNothing() {
        space.map(Mapping.of(0, random(16)));
        List<Mapping> before = space.mappings();
        assertThatIllegalArgumentException().isThrownBy(() -> space.map(Mapping.of(15, random(16))));
        assertThat(space.mappings()).isEqualTo(before);
        assertThat(space.find(20).isHole()).isTrue();
    }
}
