package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hostmem.spi.fakes.Fakes;
import org.junit.jupiter.api.Test;

/** A failure is of the kind that the description of the package says. */
class FailuresTest {

    private final Fake memory = new Fake(64);
    private final HostMemoryAccessor region = memory.slice(0, 64);

    @Test
    void aMistakeOfTheProgramIsNoHostMemoryException() {
        Map<ThrowingCallable, Class<? extends RuntimeException>> mistakes = Map.of(
                () -> region.move(0, 8, 4, null), NullPointerException.class,
                () -> region.check(null, 0, 4), NullPointerException.class,
                () -> region.read(0, 3), IllegalArgumentException.class,
                () -> region.write(0, 16, 1), IllegalArgumentException.class,
                () -> region.planScalar(0, 0), IllegalArgumentException.class,
                () -> new Transfer.Span(region, -1, 4), IllegalArgumentException.class,
                () -> region.readBytes(0, new byte[3], 0, 4), IndexOutOfBoundsException.class,
                () -> region.writeBytes(0, new byte[8], 7, 2), IndexOutOfBoundsException.class);
        mistakes.forEach((mistake, kind) -> assertThatThrownBy(mistake).isExactlyInstanceOf(kind));
        assertThat(memory.log).isEmpty();
    }

    @Test
    void whatAGuestCanCauseIsAHostMemoryExceptionBeforeTheFirstAccess() {
        for (ThrowingCallable outside : List.<ThrowingCallable>of(
                () -> region.readByte(64),
                () -> region.writeLong(57, 1),
                () -> region.readInt(-4),
                () -> region.fill(60, 5, (byte) 1),
                () -> region.move(0, 60, 5, Transfer.DEFAULT),
                () -> region.planBulk(Direction.READ, Long.MAX_VALUE, 1, TransferOrder.RELAXED))) {
            assertThatThrownBy(outside).isExactlyInstanceOf(RegionBoundsException.class);
        }
        for (ThrowingCallable refused : List.<ThrowingCallable>of(
                () -> region.readOnly().writeByte(0, (byte) 1),
                () -> region.move(0, 8, 32, Transfer.DEFAULT.withBudget(0)),
                () -> region.move(0, 8, 32, Transfer.DEFAULT.with(OverlapPolicy.REJECT)),
                region::asSegment,
                region::atomics)) {
            assertThatThrownBy(refused).isExactlyInstanceOf(AccessRejectedException.class);
        }
        region.close();
        for (ThrowingCallable late : List.<ThrowingCallable>of(
                () -> region.readByte(0), () -> region.readByte(64), () -> region.fill(0, 1, (byte) 1))) {
            assertThatThrownBy(late).isExactlyInstanceOf(RegionClosedException.class);
        }
        assertThat(memory.log).isEmpty();
    }

    @Test
    void aFaultSaysWhatWasCompleted() {
        memory.broken = 9;
        RegionFaultException fault =
                catchThrowableOfType(RegionFaultException.class, () -> region.readBytes(0, new byte[64], 0, 64));
        assertThat(fault.completed()).isEqualTo(8);
        assertThat(fault).isInstanceOf(HostMemoryException.class);
    }

    /** More memory than there are addresses. */
    @Test
    void whatTheHostLacksKeepsItsCause() {
        assertThatThrownBy(() -> new Fakes.Low().openRam(1L << 60, AccessOptions.DEFAULT))
                .isExactlyInstanceOf(HostMemoryException.class)
                .hasCauseInstanceOf(OutOfMemoryError.class);
    }
}
