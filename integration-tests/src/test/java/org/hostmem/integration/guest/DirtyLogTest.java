package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Permanence;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.DirtyLog;
import org.hostmem.guest.GuestRam;
import org.hostmem.guest.Mapping;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The marks of a dirty log are the pages that were written, whatever wrote them. */
class DirtyLogTest {

    private static final int PAGE = 4096;
    private static final int PAGES = 64;

    private final HostMemoryAccessor plain = GuestRam.open(PAGES * PAGE);
    private final DirtyLog log = new DirtyLog(plain, PAGE);
    private final HostMemoryAccessor ram = log.accessor();

    private List<Integer> marked() {
        return IntStream.range(0, PAGES)
                .filter(page -> log.testAndClear((long) page * PAGE))
                .boxed()
                .toList();
    }

    @Test
    void aReadMarksNothing() {
        ram.readLong(0);
        ram.readBytes(0, new byte[PAGE], 0, PAGE);
        ram.atomics().getAcquire(8, 8);
        assertThat(marked()).isEmpty();
    }

    @Test
    void aMarkIsThereUntilItIsAskedFor() {
        ram.writeByte(5 * PAGE, (byte) 1);
        assertThat(marked()).containsExactly(5);
        assertThat(marked()).isEmpty();
    }

    @Test
    void aScalarAcrossTwoPagesMarksBoth() {
        ram.writeLong(2 * PAGE - 4, -1);
        assertThat(marked()).containsExactly(1, 2);
    }

    @Test
    void aTransferMarksEachPageThatItWrites() {
        ram.writeBytes(PAGE - 1, new byte[PAGE + 2], 0, PAGE + 2);
        assertThat(marked()).containsExactly(0, 1, 2);
    }

    @Test
    void aFillMarks() {
        ram.fill(7 * PAGE, PAGE, (byte) 1);
        assertThat(marked()).containsExactly(7);
    }

    @Test
    void anAtomicAccessMarks() {
        ram.atomics().getAndAdd(9 * PAGE, 8, 1);
        assertThat(marked()).containsExactly(9);
    }

    @Test
    void aMoveMarksItsTarget() {
        ram.move(0, 20 * PAGE, 2 * PAGE, Transfer.DEFAULT.with(OverlapPolicy.REJECT));
        assertThat(marked()).containsExactly(20, 21);
    }

    @Test
    void anOverlappingMoveMarksAndIsExact() {
        for (int i = 0; i < 16 * PAGE; i += 8) {
            plain.writeLong(i, i);
        }
        ram.move(0, PAGE, 16 * PAGE, Transfer.DEFAULT.withBudget(16 * PAGE));
        assertThat(plain.readLong(PAGE + 8 * PAGE)).isEqualTo(8 * PAGE);
        assertThat(marked())
                .containsExactlyElementsOf(IntStream.range(1, 17).boxed().toList());
    }

    @Test
    void aCopyToItThatGoesStraightMarks() {
        HostMemoryAccessor source = GuestRam.open(4 * PAGE);
        source.writeLong(PAGE, 42);
        Transfer.DEFAULT.copy(source, 0, ram, 30 * PAGE, 2 * PAGE);
        assertThat(plain.readLong(31 * PAGE)).isEqualTo(42);
        assertThat(marked()).containsExactly(30, 31);
    }

    @Test
    void aDescendingCopyMarks() {
        ram.move(0, 8, 3 * PAGE - 8, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
        assertThat(marked()).containsExactly(0, 1, 2);
    }

    @Test
    void whatIsRefusedMarksNothing() {
        assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> ram.writeLong(PAGES * PAGE - 4, 0));
        assertThat(marked()).isEmpty();
    }

    /** Both ways: from a segment, and straight from another memory. */
    @Test
    void aFaultMidwayMarksWhatWasWritten(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("ram"));
        try (RandomAccessFile sized = new RandomAccessFile(file.toFile(), "rw");
                Arena arena = Arena.ofShared()) {
            sized.setLength(4 * PAGE);
            MemorySegment mapped = sized.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, 4 * PAGE, arena);
            HostMemoryAccessor shrinking =
                    HostMemoryAccessor.of(mapped, CacheMode.NORMAL, Permanence.MAY_VANISH, AccessOptions.DEFAULT);
            assumeTrue(shrinking.guarantees().contains(Guarantee.PRECISE_FAULTS));
            DirtyLog faulting = new DirtyLog(shrinking, PAGE);
            sized.setLength(2 * PAGE);
            assertThatExceptionOfType(RegionFaultException.class)
                    .isThrownBy(() -> faulting.accessor().writeBytes(PAGE, new byte[2 * PAGE], 0, 2 * PAGE));
            assertThat(faulting.testAndClear(PAGE)).isTrue();
            assertThatExceptionOfType(RegionFaultException.class)
                    .isThrownBy(() -> Transfer.DEFAULT.copy(plain, 0, faulting.accessor(), PAGE, 2 * PAGE));
            assertThat(faulting.testAndClear(PAGE)).isTrue();
        }
    }

    @Test
    void aViewMarksWhereItLies() {
        HostMemoryAccessor view = ram.slice(4 * PAGE, 2 * PAGE).withByteOrder(ByteOrder.BIG_ENDIAN);
        view.writeInt(PAGE, 1);
        assertThat(plain.readInt(5 * PAGE)).isEqualTo(0x0100_0000);
        view.atomics().getAndAdd(0, 4, 1);
        assertThat(marked()).containsExactly(4, 5);
    }

    @Test
    void theBusUsesItAsAnyAccessor() {
        AddressSpace bus = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ERROR);
        bus.map(Mapping.of(0x8000_0000L, ram));
        bus.write(0x8000_0000L + 3 * PAGE, 4, 1);
        assertThat(bus.read(0x8000_0000L + 3 * PAGE, 4)).isOne();
        assertThat(marked()).containsExactly(3);
    }
}
