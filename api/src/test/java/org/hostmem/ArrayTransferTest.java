package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hostmem.Fake.Access;
import org.junit.jupiter.api.Test;

/** Arrays on the RAM side of an accessor that has no way of its own for them. */
class ArrayTransferTest {

    private static final int BLOCK = 4096;
    private static final int SIZE = 20_000;

    private final Random random = new Random(1);
    private final List<Access> log = new ArrayList<>();

    private byte[] randomBytes() {
        byte[] bytes = new byte[SIZE];
        random.nextBytes(bytes);
        return bytes;
    }

    private static List<Access> planned(Fake region, Direction direction, long offset, int length) {
        List<Access> planned = new ArrayList<>();
        region.planBulk(direction, offset, length, TransferOrder.ASCENDING)
                .forEach((at, width) -> planned.add(new Access(region, direction, region.base + at, width)));
        return planned;
    }

    /** Of a mapped region its address counts, of others the offset. */
    @Test
    void theAccessesAreTheBulkPlanWhateverTheLengthAndAlignment() {
        for (int length : new int[] {0, 1, 7, 64, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 77}) {
            for (int offset : new int[] {0, 1, 63, 64, 99}) {
                for (int base : new int[] {0, 3}) {
                    byte[] memory = randomBytes();
                    Fake region = base == 0
                            ? new Fake(memory, 0, SIZE, CacheMode.DEVICE, 64, log)
                            : new Fake.Mapped(memory, base, SIZE - base, CacheMode.DEVICE, 64, log);
                    byte[] ram = new byte[length + 20];
                    byte[] expected = new byte[length + 20];
                    System.arraycopy(memory, base + offset, expected, 11, length);
                    log.clear();
                    region.readBytes(offset, ram, 11, length);
                    assertThat(ram).isEqualTo(expected);
                    assertThat(log).isEqualTo(planned(region, Direction.READ, offset, length));

                    random.nextBytes(ram);
                    expected = memory.clone();
                    System.arraycopy(ram, 5, expected, base + offset, length);
                    log.clear();
                    region.writeBytes(offset, ram, 5, length);
                    assertThat(Arrays.mismatch(memory, expected)).isEqualTo(-1);
                    assertThat(log).isEqualTo(planned(region, Direction.WRITE, offset, length));
                }
            }
        }
    }

    @Test
    void aFaultCountsAndDeliversWhatCameBeforeIt() {
        for (int broken : new int[] {0, 1, BLOCK - 1, BLOCK, BLOCK + 100, 10_000}) {
            Fake region = new Fake(randomBytes(), 0, SIZE, CacheMode.DEVICE, 1, log);
            region.broken = 6 + broken;
            byte[] ram = new byte[12_000];
            RegionFaultException fault =
                    catchThrowableOfType(RegionFaultException.class, () -> region.readBytes(6, ram, 3, 11_900));
            assertThat(fault.completed()).isEqualTo(broken);
            assertThat(fault.offset()).isEqualTo(6 + broken);
            assertThat(Arrays.equals(ram, 3, 3 + broken, region.memory, 6, 6 + broken))
                    .isTrue();
            assertThat(Arrays.copyOfRange(ram, 3 + broken, ram.length)).containsOnly(0);

            byte[] before = region.memory.clone();
            random.nextBytes(ram);
            fault = catchThrowableOfType(RegionFaultException.class, () -> region.writeBytes(6, ram, 3, 11_900));
            assertThat(fault.completed()).isEqualTo(broken);
            assertThat(fault.direction()).isEqualTo(Direction.WRITE);
            assertThat(Arrays.equals(ram, 3, 3 + broken, region.memory, 6, 6 + broken))
                    .isTrue();
            assertThat(Arrays.equals(before, 6 + broken, SIZE, region.memory, 6 + broken, SIZE))
                    .isTrue();
        }
    }

    @Test
    void bothSidesAreCheckedBeforeTheFirstAccess() {
        Fake region = new Fake(randomBytes(), 0, SIZE, CacheMode.DEVICE, 8, log);
        byte[] ram = new byte[10_000];
        for (int[] bad : new int[][] {{0, 10_001}, {1, 10_000}, {-1, 5}, {10_000, 1}, {0, Integer.MAX_VALUE}}) {
            assertThatExceptionOfType(RuntimeException.class)
                    .isThrownBy(() -> region.readBytes(0, ram, bad[0], bad[1]))
                    .isInstanceOfAny(IndexOutOfBoundsException.class, RegionBoundsException.class);
            assertThatExceptionOfType(RuntimeException.class)
                    .isThrownBy(() -> region.writeBytes(0, ram, bad[0], bad[1]))
                    .isInstanceOfAny(IndexOutOfBoundsException.class, RegionBoundsException.class);
        }
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> region.readBytes(SIZE - 9_999, ram, 0, 10_000));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> region.writeBytes(SIZE - 9_999, ram, 0, 10_000));
        assertThat(log).isEmpty();
    }

    /** Parts would not know that an earlier one met a fault. */
    @Test
    void whatGoesOnAfterAFaultIsOneRequest() {
        for (FaultPolicy policy : FaultPolicy.values()) {
            for (int length : new int[] {BLOCK, 3 * BLOCK}) {
                List<Long> requests = new ArrayList<>();
                Fake region = new Fake(randomBytes(), 0, SIZE, CacheMode.DEVICE, 8, log) {
                    @Override
                    public AccessOptions options() {
                        return super.options().with(policy);
                    }

                    @Override
                    public void readBytes(long offset, MemorySegment ram, long ramOffset, long n, TransferOrder order) {
                        requests.add(n);
                        super.readBytes(offset, ram, ramOffset, n, order);
                    }

                    @Override
                    public void writeBytes(
                            long offset, MemorySegment ram, long ramOffset, long n, TransferOrder order) {
                        requests.add(n);
                        super.writeBytes(offset, ram, ramOffset, n, order);
                    }
                };
                byte[] ram = new byte[length + 1];
                region.readBytes(0, ram, 1, length);
                assertThat(Arrays.equals(ram, 1, length + 1, region.memory, 0, length))
                        .isTrue();
                random.nextBytes(ram);
                region.writeBytes(0, ram, 1, length);
                assertThat(Arrays.equals(ram, 1, length + 1, region.memory, 0, length))
                        .isTrue();
                Long[] block = {(long) BLOCK, (long) BLOCK, (long) BLOCK};
                Long[] each = length == BLOCK || policy == FaultPolicy.UNSUPPORTED_REQUEST
                        ? new Long[] {(long) length}
                        : block;
                assertThat(requests).hasSize(2 * each.length).startsWith(each).endsWith(each);
            }
        }
    }

    /** As a device model does whose registers move bytes. */
    @Test
    void anAccessorMayTransferArraysInsideATransferOfAnArray() {
        Fake inner = new Fake(randomBytes(), 0, SIZE, CacheMode.DEVICE, 8, log);
        byte[] copy = new byte[500];
        Fake outer = new Fake(randomBytes(), 0, SIZE, CacheMode.DEVICE, 8, log) {
            @Override
            public void readBytes(long offset, MemorySegment ram, long ramOffset, long n, TransferOrder order) {
                super.readBytes(offset, ram, ramOffset, n, order);
                inner.readBytes(7, copy, 0, 500);
            }

            @Override
            public void writeBytes(long offset, MemorySegment ram, long ramOffset, long n, TransferOrder order) {
                inner.writeBytes(7, copy, 0, 500);
                super.writeBytes(offset, ram, ramOffset, n, order);
            }
        };
        byte[] ram = new byte[1000];
        outer.readBytes(0, ram, 0, 1000);
        assertThat(Arrays.equals(ram, 0, 1000, outer.memory, 0, 1000)).isTrue();
        assertThat(Arrays.equals(copy, 0, 500, inner.memory, 7, 507)).isTrue();
        random.nextBytes(ram);
        outer.writeBytes(0, ram, 0, 1000);
        assertThat(Arrays.equals(ram, 0, 1000, outer.memory, 0, 1000)).isTrue();
    }

    /** R12: the block stays with the thread. */
    @Test
    void theBlockIsMadeOnce() {
        List<Object> blocks = new ArrayList<>();
        Fake region = new Fake(randomBytes(), 0, SIZE, CacheMode.DEVICE, 8, log) {
            @Override
            public void readBytes(long offset, MemorySegment ram, long ramOffset, long n, TransferOrder order) {
                blocks.add(ram.heapBase().orElseThrow());
            }

            @Override
            public void writeBytes(long offset, MemorySegment ram, long ramOffset, long n, TransferOrder order) {
                blocks.add(ram.heapBase().orElseThrow());
            }
        };
        byte[] ram = new byte[100];
        region.readBytes(0, ram, 0, 100);
        region.writeBytes(0, ram, 0, 100);
        region.readBytes(0, ram, 0, 100);
        assertThat(blocks)
                .hasSize(3)
                .allSatisfy(
                        block -> assertThat(block).isSameAs(blocks.getFirst()).isNotSameAs(ram));
    }
}
