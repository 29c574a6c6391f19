package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Regions of a TiB whose bytes are not there: what counts are offsets and lengths. */
class HugeTransferTest {

    private static final long GIB = 1L << 30;

    /** Expects to be read or written from one offset on, without a gap. */
    private static final class Huge extends Fake.Mapped {
        private final long address;
        private long next;

        Huge(long address, long next) {
            super(new byte[1], 0, 1, CacheMode.DEVICE, 8, List.of());
            this.address = address;
            this.next = next;
        }

        @Override
        public long address() {
            return address;
        }

        @Override
        public long size() {
            return 1L << 40;
        }

        private void access(long offset, long length) {
            if (offset != next) {
                throw new AssertionError(offset + " after " + next);
            }
            next += length;
        }

        @Override
        public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
            access(offset, length);
        }

        @Override
        public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
            access(offset, length);
        }
    }

    @Test
    void copiesMoreThan128GiB() {
        Huge source = new Huge(0, 5);
        Huge target = new Huge(1L << 50, 300 * GIB + 3);
        long length = 129 * GIB + 1;
        long[] last = {0};
        Transfer how = Transfer.DEFAULT.with((completed, total) -> {
            assertThat(completed - last[0]).isBetween(1L, 70_000L);
            last[0] = completed;
            return true;
        });
        assertThat(how.copy(source, 5, target, 300 * GIB + 3, length)).isEqualTo(new Transfer.Result(length, length));
        assertThat(source.next).isEqualTo(5 + length);
        assertThat(target.next).isEqualTo(300 * GIB + 3 + length);
        assertThat(last[0]).isEqualTo(length);
    }

    @Test
    void anOverlapOfMoreThan2GiBIsAQuestionOfBudget() {
        Huge region = new Huge(0, 0);
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> region.move(0, 5 * GIB, 100 * GIB, Transfer.DEFAULT.withBudget(5 * GIB - 1)))
                .withMessageContaining(Long.toString(5 * GIB));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> region.move(0, 130 * GIB, 132 * GIB, Transfer.DEFAULT.withBudget(0)))
                .withMessageContaining(Long.toString(2 * GIB));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(
                        () -> region.move(0, 1020 * GIB, 5 * GIB, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
    }
}
