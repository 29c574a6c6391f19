package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.hostmem.AccessRules.Unaligned;
import org.junit.jupiter.api.Test;

class AccessRulesTest {

    private static final Map<Barrier, String> BARRIERS = Map.of(
            Barrier.TO_DEVICE,
            "",
            Barrier.FROM_DEVICE,
            "",
            Barrier.FLUSH_WRITE_COMBINING,
            "",
            Barrier.END_COMBINING,
            "",
            Barrier.ORDER_DEVICE,
            "",
            Barrier.FULL,
            "sync");
    private static final Map<Integer, Unaligned> UNALIGNED =
            Map.of(2, Unaligned.SINGLE, 4, Unaligned.SPLIT, 8, Unaligned.ILLEGAL);

    private static AccessRules rules(
            Map<Integer, Unaligned> unaligned, int read, int write, int ascending, Map<Barrier, String> barriers) {
        return AccessRules.strictest("test", CacheMode.DEVICE, barriers, "test")
                .withUnaligned(unaligned)
                .withWidest(read, write, ascending);
    }

    @Test
    void widthsArePositivePowersOfTwo() {
        for (int width : new int[] {0, -1, 3, 24, Integer.MIN_VALUE}) {
            assertThatIllegalArgumentException()
                    .as("%d", width)
                    .isThrownBy(() -> rules(UNALIGNED, width, 8, 8, BARRIERS));
            assertThatIllegalArgumentException()
                    .as("%d", width)
                    .isThrownBy(() -> rules(UNALIGNED, 8, width, 8, BARRIERS));
            assertThatIllegalArgumentException()
                    .as("%d", width)
                    .isThrownBy(() -> rules(UNALIGNED, 8, 8, width, BARRIERS));
        }
    }

    @Test
    void everyWidthAndBarrierHasARule() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rules(Map.of(2, Unaligned.SINGLE), 8, 8, 8, BARRIERS))
                .withMessageContaining("4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rules(UNALIGNED, 8, 8, 8, Map.of()))
                .withMessageContaining("barrier");
    }

    @Test
    void aByteIsAlwaysAligned() {
        AccessRules rules = rules(UNALIGNED, 8, 8, 8, BARRIERS);
        assertThat(rules.unaligned(1)).isEqualTo(Unaligned.SINGLE);
        assertThat(rules.unaligned(4)).isEqualTo(Unaligned.SPLIT);
    }

    @Test
    void ascendingTransfersAreNeverWiderThanOthers() {
        AccessRules rules = rules(UNALIGNED, 8, 16, 32, BARRIERS);
        assertThat(rules.widest(Direction.READ, TransferOrder.ASCENDING)).isEqualTo(8);
        assertThat(rules.widest(Direction.WRITE, TransferOrder.ASCENDING)).isEqualTo(16);
    }
}
