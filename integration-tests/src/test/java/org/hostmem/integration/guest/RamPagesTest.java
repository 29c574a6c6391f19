package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionClosedException;
import org.hostmem.guest.DirtyLog;
import org.hostmem.guest.GuestRam;
import org.hostmem.guest.HugePages;
import org.hostmem.guest.RamPages;
import org.hostmem.spi.MappedAccessor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** RAM that stays sparse: what was touched, what is given back, and what a copy takes. */
class RamPagesTest {

    private static final long GIB = 1L << 30;
    private static final int HUGE = 2 << 20;

    private final HostMemoryAccessor ram = GuestRam.open(2 * GIB);
    private RamPages pages;
    private long page;

    @BeforeEach
    void findPages() {
        assumeTrue(!ram.rules().isa().equals("generic"), "the fallback's RAM is the JVM's");
        assumeTrue(Files.isReadable(Path.of("/proc/self/pagemap")), "this host does not say what is touched");
        pages = RamPages.of(ram);
        page = pages.pageSize();
    }

    @AfterEach
    void close() {
        ram.close();
    }

    private record Part(long offset, long length) {}

    private List<Part> touched(long offset, long length) {
        List<Part> all = new ArrayList<>();
        pages.forEachTouched(offset, length, (from, n) -> all.add(new Part(from, n)));
        return all;
    }

    private List<Part> touched() {
        return touched(0, ram.size());
    }

    @Test
    void theWalkFindsWhatWasTouched() {
        assertThat(touched()).isEmpty();
        ram.writeByte(0, (byte) 1);
        ram.writeByte(5 * page + 9, (byte) 1);
        ram.writeByte(6 * page, (byte) 1);
        ram.writeByte(2 * GIB - 1, (byte) 1);
        assertThat(touched())
                .containsExactly(new Part(0, page), new Part(5 * page, 2 * page), new Part(2 * GIB - page, page));
        assertThat(touched(5 * page + 100, 50)).containsExactly(new Part(5 * page + 100, 50));
        assertThat(touched(7 * page, GIB)).isEmpty();
        assertThat(touched(0, 0)).isEmpty();
    }

    @Test
    void whatIsDiscardedIsZeroAndGone() {
        ram.fill(0, 4 * page, (byte) 5);
        pages.discard(page, 2 * page);
        assertThat(touched()).containsExactly(new Part(0, page), new Part(3 * page, page));
        assertThat(ram.readLong(page)).isZero();
        assertThat(ram.readLong(3 * page - 8)).isZero();
        assertThat(ram.readByte(page - 1)).isEqualTo((byte) 5);
        assertThat(ram.readByte(3 * page)).isEqualTo((byte) 5);
    }

    @Test
    void onlyWholePagesInTheRamAreDiscarded() {
        ram.fill(0, 2 * page, (byte) 5);
        for (long[] wrong : new long[][] {{1, page}, {0, page + 1}, {page, 8}}) {
            AccessRejectedException refused =
                    catchThrowableOfType(AccessRejectedException.class, () -> pages.discard(wrong[0], wrong[1]));
            assertThat(refused.reason()).isEqualTo(Reason.UNALIGNED);
        }
        for (long[] wrong :
                new long[][] {{2 * GIB, page}, {-page, page}, {0, -page}, {page, Long.MAX_VALUE - page + 1}}) {
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> pages.discard(wrong[0], wrong[1]));
            assertThatExceptionOfType(RegionBoundsException.class)
                    .isThrownBy(() -> pages.forEachTouched(wrong[0], wrong[1], (offset, length) -> {}));
        }
        assertThat(touched()).containsExactly(new Part(0, 2 * page));
        pages.discard(2 * GIB, 0);
    }

    @Test
    void whatMayNotBeWrittenIsNotDiscarded() {
        ram.writeByte(0, (byte) 5);
        AccessRejectedException refused = catchThrowableOfType(
                AccessRejectedException.class, () -> RamPages.of(ram.readOnly()).discard(0, page));
        assertThat(refused.reason()).isEqualTo(Reason.NOT_WRITABLE);
        assertThat(ram.readByte(0)).isEqualTo((byte) 5);
    }

    @Test
    void aViewHasItsOwnOffsets() {
        ram.writeByte(8 * page, (byte) 5);
        RamPages view = RamPages.of(ram.slice(6 * page, 4 * page));
        List<Part> seen = new ArrayList<>();
        view.forEachTouched(0, 4 * page, (offset, length) -> seen.add(new Part(offset, length)));
        assertThat(seen).containsExactly(new Part(2 * page, page));
        view.discard(2 * page, page);
        assertThat(ram.readByte(8 * page)).isZero();
    }

    @Test
    void afterTheCloseNothingIsDiscarded() {
        ram.close();
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> pages.discard(0, page));
        assertThatExceptionOfType(RegionClosedException.class)
                .isThrownBy(() -> pages.forEachTouched(0, page, (offset, length) -> {}));
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(pages::requestHugePages);
    }

    /** It would write to the pages that it knows, and the guest would read others. */
    @Test
    void whatADeviceMayReachIsNotDiscarded() {
        ram.writeByte(0, (byte) 5);
        Runnable end = () -> {};
        ((MappedAccessor) ram).addUser(end);
        AccessRejectedException refused =
                catchThrowableOfType(AccessRejectedException.class, () -> pages.discard(0, page));
        assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED);
        assertThat(ram.readByte(0)).isEqualTo((byte) 5);
        ((MappedAccessor) ram).removeUser(end);
        pages.discard(0, page);
        assertThat(ram.readByte(0)).isZero();
    }

    @Test
    void aDirtyLogNotesWhatIsDiscarded() {
        DirtyLog log = new DirtyLog(ram, (int) page);
        RamPages.of(log.accessor()).discard(3 * page, page);
        assertThat(log.testAndClear(3 * page)).isTrue();
        assertThat(log.testAndClear(2 * page)).isFalse();
        assertThat(log.testAndClear(4 * page)).isFalse();
    }

    @Test
    void otherMemoryHasNoPages() {
        try (Arena arena = Arena.ofConfined()) {
            HostMemoryAccessor borrowed = HostMemoryAccessor.of(
                    arena.allocate(page, page), CacheMode.NORMAL, Permanence.PERMANENT, AccessOptions.DEFAULT);
            AccessRejectedException refused =
                    catchThrowableOfType(AccessRejectedException.class, () -> RamPages.of(borrowed));
            assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED);
        }
    }

    @Test
    void aCopyOfTwoGigabytesTakesWhatWasTouched() {
        try (HostMemoryAccessor copy = GuestRam.open(2 * GIB)) {
            RamPages copied = RamPages.of(copy);
            for (int i = 0; i < 100; i++) {
                ram.writeLong(i * 37L * HUGE / 4, i + 1L);
                copy.writeLong(i * 31L * HUGE / 4 + page, -1L);
            }
            long least = Long.MAX_VALUE;
            for (int i = 0; i < 5; i++) {
                long start = System.nanoTime();
                assertThat(pages.copyTouched(0, copied, 0, 2 * GIB)).isEqualTo(100 * page);
                least = Math.min(least, System.nanoTime() - start);
            }
            List<Part> there = new ArrayList<>();
            copied.forEachTouched(0, copy.size(), (offset, length) -> there.add(new Part(offset, length)));
            assertThat(there).isEqualTo(touched());
            for (Part part : there) {
                assertThat(copy.asSegment()
                                .asSlice(part.offset, part.length)
                                .mismatch(ram.asSegment().asSlice(part.offset, part.length)))
                        .isEqualTo(-1);
            }
            assertThat(TimeUnit.NANOSECONDS.toMillis(least)).isLessThan(500);
        }
    }

    @Test
    void pagesAreNotCopiedOntoThemselves() {
        ram.writeByte(0, (byte) 5);
        AccessRejectedException refused =
                catchThrowableOfType(AccessRejectedException.class, () -> pages.copyTouched(0, pages, page, 2 * page));
        assertThat(refused.reason()).isEqualTo(Reason.OVERLAP);
        assertThat(pages.copyTouched(0, pages, page, page)).isEqualTo(page);
        assertThat(ram.readByte(page)).isEqualTo((byte) 5);
    }

    @Test
    void hugePagesAreCountedAsTheHostGrantsThem() {
        assertThat(pages.hugePages().bytes()).isZero();
        HugePages asked = pages.requestHugePages();
        assertThat(asked.bytes()).isZero();
        ram.writeByte(4L * HUGE + 1, (byte) 1);
        HugePages granted = pages.hugePages();
        boolean mayGrant = asked.refusal() == 0 && !asked.policy().equals("never") && asked.pageSize() > 0;
        if (mayGrant && asked.pageSize() == HUGE && touched().getFirst().length > page) {
            assertThat(granted.bytes()).isEqualTo(HUGE);
            assertThat(touched()).containsExactly(new Part(4L * HUGE, HUGE));
        } else {
            assertThat(granted.bytes()).isZero();
            assertThat(touched().getFirst().length).isEqualTo(page);
        }
        assertThat(((MappedAccessor) ram).address() % HUGE).isZero();
    }
}
