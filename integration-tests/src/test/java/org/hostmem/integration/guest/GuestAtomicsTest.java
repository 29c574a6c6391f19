package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Atomics;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.GuestRam;
import org.hostmem.guest.Mapping;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Atomic accesses by guest-physical address do what those of the memory at that address do. */
class GuestAtomicsTest {

    private static final long START = 0x8000_0000L;
    private static final int SIZE = 64;
    private static final int[] WIDTHS = {1, 2, 4, 8};

    @FunctionalInterface
    private interface Operation {
        long apply(Atomics atomics, long offset, int width, long operand);
    }

    private static final List<Operation> OPERATIONS = List.of(
            (atomics, offset, width, operand) -> atomics.getAcquire(offset, width),
            (atomics, offset, width, operand) -> {
                atomics.setRelease(offset, width, operand);
                return 0;
            },
            Atomics::getAndSet,
            Atomics::getAndAdd,
            Atomics::getAndAnd,
            Atomics::getAndOr,
            Atomics::getAndXor,
            (atomics, offset, width, operand) -> atomics.compareAndExchange(offset, width, operand, ~operand),
            (atomics, offset, width, operand) ->
                    atomics.compareAndExchange(offset, width, atomics.getAcquire(offset, width), operand));

    private final HostMemoryAccessor ram = GuestRam.open(SIZE);
    private final HostMemoryAccessor twin = GuestRam.open(SIZE);
    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ERROR);

    GuestAtomicsTest() {
        space.map(Mapping.of(START, ram));
    }

    @AfterEach
    void close() {
        ram.close();
        twin.close();
    }

    private static byte[] bytes(HostMemoryAccessor memory) {
        byte[] all = new byte[SIZE];
        memory.readBytes(0, all, 0, SIZE);
        return all;
    }

    @Test
    void eachDoesTheSameByAddressAsByOffset() {
        Random random = new Random(2);
        for (int round = 0; round < 5000; round++) {
            Operation operation = OPERATIONS.get(random.nextInt(OPERATIONS.size()));
            int width = WIDTHS[random.nextInt(WIDTHS.length)];
            long offset = (long) random.nextInt(SIZE / width) * width;
            long operand = random.nextLong();
            long byAddress = operation.apply(space.atomics(), START + offset, width, operand);
            assertThat(byAddress).isEqualTo(operation.apply(twin.atomics(), offset, width, operand));
            assertThat(bytes(ram)).isEqualTo(bytes(twin));
        }
    }

    @Test
    void sixteenBytesAreExchangedWhereTheMemoryHasIt() {
        assertThat(space.atomics().supports(16)).isEqualTo(ram.atomics().supports(16));
        assumeThat(ram.atomics().supports(16)).isTrue();
        assertThat(space.atomics().compareAndExchange16(START + 16, new long[] {0, 0, 3, 4}))
                .isTrue();
        assertThat(ram.readLong(24)).isEqualTo(4);
    }

    @Test
    void anUnalignedOneIsRefusedAtItsAddress() {
        AccessRejectedException refused = catchThrowableOfType(
                AccessRejectedException.class, () -> space.atomics().getAndAdd(START + 4, 8, 1));
        assertThat(refused.reason()).isEqualTo(Reason.UNALIGNED);
        assertThat(refused.guestAddress()).hasValue(START + 4);
    }
}
