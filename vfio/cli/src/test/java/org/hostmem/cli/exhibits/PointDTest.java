package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRejectedException;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.UnalignedPolicy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A cast to uint32_t * of an unaligned address is undefined in C. Java defines it, and defines it away. */
@Tag("R5")
class PointDTest extends PointTest {

    private final MemorySegment memory = Hosts.memory(64);

    PointDTest() {
        super("D");
    }

    @Test
    void javaHasNoUnalignedAccessThatIsAlsoWhole() {
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> {
            int _ = (int) JAVA_INT.varHandle().getOpaque(memory, 3L);
        });
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> {
            int _ = (int) JAVA_INT_UNALIGNED.varHandle().getOpaque(memory, 3L);
        });
        memory.set(JAVA_INT_UNALIGNED, 3, 42);
        assertThat(memory.get(JAVA_INT_UNALIGNED, 3))
                .as("plain access works, and may tear")
                .isEqualTo(42);
    }

    @Test
    void everyUnalignedAccessIsDefinedAndExact() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int width : WIDTHS) {
                for (int offset = 8; offset < 24; offset++) {
                    memory.fill((byte) 0);
                    long value = 0x8877_6655_4433_2211L & -1L >>> 64 - 8 * width;
                    region.write(offset, width, value);
                    assertThat(region.read(offset, width))
                            .as("%s, %s at %s", region, width, offset)
                            .isEqualTo(value);
                    assertThat(region.readByte(offset - 1)).isZero();
                    assertThat(region.readByte(offset + width)).isZero();
                }
            }
        }
    }

    @Test
    void orItIsATypedErrorAsThePlanSaid() {
        int refused = 0;
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT))) {
            boolean planned = region.planScalar(3, 4).verdict() == Verdict.REJECTED;
            refused += planned ? 1 : 0;
            if (planned) {
                assertThatExceptionOfType(AccessRejectedException.class)
                        .as(region.toString())
                        .isThrownBy(() -> region.readInt(3));
            } else {
                assertThat(region.readInt(3)).isZero();
            }
        }
        assertThat(refused).isPositive();
    }
}
