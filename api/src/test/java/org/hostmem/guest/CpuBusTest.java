package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.ref.WeakReference;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.hostmem.CacheMode;
import org.hostmem.Fake;
import org.hostmem.RegionBoundsException;
import org.hostmem.guest.AddressSpace.Holes;
import org.junit.jupiter.api.Test;

/** The handle of a virtual CPU finds what the space finds, whatever was changed before. */
class CpuBusTest {

    private static final int PAGE = 4096;

    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ALL_ONES);
    private final CpuBus cpu = space.cpu();

    private static Fake memory(int size, int fill) {
        byte[] bytes = new byte[size];
        java.util.Arrays.fill(bytes, (byte) fill);
        return new Fake(bytes, 0, size, CacheMode.NORMAL, 8, Fake.noLog());
    }

    /** Ranges of less than a page, and addresses whose pages share a slot, among them. */
    @Test
    void afterAnyChangesItReadsWhatIsMapped() {
        Random random = new Random(8);
        List<Mapping> there = new ArrayList<>();
        for (int round = 0; round < 3000; round++) {
            if (there.size() < 12 && random.nextBoolean()) {
                int size = 1 + random.nextInt(3 * PAGE);
                long start = random.nextInt(4) * (1L << 20) + random.nextInt(4 * PAGE);
                Mapping mapping =
                        Mapping.of(start, memory(size, random.nextInt())).withPriority(round);
                space.map(mapping);
                there.add(mapping);
            } else if (!there.isEmpty()) {
                space.unmap(there.remove(random.nextInt(there.size())));
            }
            for (int access = 0; access < 20; access++) {
                long address = random.nextInt(4) * (1L << 20) + random.nextInt(7 * PAGE);
                Mapping seen = there.stream()
                        .filter(one -> address >= one.start() && address < one.end())
                        .max((one, other) -> Integer.compare(one.priority(), other.priority()))
                        .orElse(null);
                long expected = seen == null ? 0xff : seen.accessor().read(0, 1);
                assertThat(cpu.read(address, 1)).isEqualTo(expected);
            }
        }
    }

    @Test
    void aScalarAcrossRangesIsThatOfBoth() {
        space.map(Mapping.of(0, memory(PAGE, 1)));
        space.map(Mapping.of(PAGE, memory(PAGE, 2)));
        assertThat(cpu.readInt(PAGE - 2)).isEqualTo(0x0202_0101);
        cpu.writeLong(PAGE - 4, 0x0807_0605_0403_0201L);
        assertThat(cpu.readLong(PAGE - 4)).isEqualTo(0x0807_0605_0403_0201L);
    }

    @Test
    void byNameIsByWidth() {
        space.map(Mapping.of(0, memory(PAGE, 0)));
        cpu.writeLong(8, -1L);
        cpu.writeInt(8, 0x8000_0001);
        cpu.writeShort(12, (short) 0x8002);
        cpu.writeByte(14, (byte) 0x83);
        assertThat(cpu.readLong(8)).isEqualTo(0xff83_8002_8000_0001L);
        assertThat(cpu.readInt(8)).isEqualTo(0x8000_0001);
        assertThat(cpu.readShort(12)).isEqualTo((short) 0x8002);
        assertThat(cpu.readByte(14)).isEqualTo((byte) 0x83);
        assertThat(space.readLong(8)).isEqualTo(0xff83_8002_8000_0001L);
    }

    @Test
    void anotherWidthIsRefused() {
        space.map(Mapping.of(0, memory(PAGE, 0)));
        assertThatIllegalArgumentException().isThrownBy(() -> cpu.read(0, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> cpu.write(0, 16, 0));
    }

    @Test
    void aHoleIsWhatTheSpaceSays() {
        assertThat(cpu.read(0x10, 4)).isEqualTo(0xffff_ffffL);
        CpuBus strict = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ERROR).cpu();
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> strict.read(0x10, 4))
                .satisfies(refused -> assertThat(refused.guestAddress()).hasValue(0x10));
    }

    /** Each page is mapped again and again, never to what was there before. */
    @Test
    void whatIsUnmappedIsReadNoMoreByAnotherThread() throws InterruptedException {
        AtomicReference<Integer> least = new AtomicReference<>(1);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<String> wrong = new AtomicReference<>();
        Mapping[] now = {Mapping.of(0, memory(PAGE, 1))};
        space.map(now[0]);
        Thread reader = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                int atLeast = least.get();
                long value = cpu.read(64, 1);
                if (value < atLeast) {
                    wrong.set(value + " after " + atLeast);
                }
            }
        });
        for (int value = 2; value < 120; value++) {
            Mapping next = Mapping.of(0, memory(PAGE, value));
            space.update(all -> List.of(next));
            least.set(value);
            Thread.onSpinWait();
        }
        stop.set(true);
        reader.join();
        assertThat(wrong.get()).isNull();
    }

    @Test
    void whatIsUnmappedIsNotKept() throws InterruptedException {
        Fake[] memory = {memory(PAGE, 1)};
        WeakReference<Fake> gone = new WeakReference<>(memory[0]);
        space.map(Mapping.of(0, memory[0]));
        cpu.read(0, 8);
        space.read(0, 8);
        space.unmap(space.mappings().getFirst());
        memory[0] = null;
        for (int i = 0; i < 50 && gone.get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(gone.get()).isNull();
    }
}
