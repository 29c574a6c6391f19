package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.hostmem.Barrier;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * R8: barriers are named by purpose; each is the instruction the ISA needs. Which one it is stands in the rules; what
 * it does to another CPU shows here, what it does to a device does not.
 */
interface R08Barriers extends Kit {

    @TestFactory
    @Tag("R8")
    @DisplayName("R8: every barrier can be had, and the rules name its instruction")
    default Stream<DynamicTest> r8_everyBarrierCanBeHad() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 64)) {
                for (Barrier purpose : Barrier.values()) {
                    assertNotNull(
                            subject.accessor().rules().barriers().get(purpose), () -> purpose + " is not in the rules");
                    assertDoesNotThrow(() -> subject.accessor().barrier(purpose), purpose::toString);
                }
                assertFalse(
                        subject.accessor()
                                .rules()
                                .barriers()
                                .getOrDefault(Barrier.FULL, "")
                                .isBlank(),
                        "a full barrier takes an instruction on every ISA");
            }
        });
    }

    @TestFactory
    @Tag("R8")
    @DisplayName("R8: who sees the doorbell sees what was written before the toDevice barrier")
    default Stream<DynamicTest> r8_dataIsThereBeforeTheDoorbell() {
        final int enough = 60;
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 512)) {
                subject.assumePromised(Guarantee.DEVICE_BARRIERS);
                HostMemoryAccessor accessor = subject.accessor();
                MemorySegment memory = subject.memory().fill((byte) 0);
                long[] number = {0};
                int[] changes = {0};
                Race race = new Race(patience());
                race.run(
                        () -> {
                            number[0]++;
                            accessor.writeLong(0, number[0]);
                            accessor.barrier(Barrier.TO_DEVICE);
                            accessor.writeLong(256, number[0]);
                        },
                        () -> {
                            long last = 0;
                            while (changes[0] < enough && !race.isOver()) {
                                long doorbell = native8(accessor, Seen.get(memory, 256, 8));
                                long data = native8(accessor, Seen.get(memory, 0, 8));
                                assertFalse(
                                        data < doorbell,
                                        () -> "the doorbell had rung for " + doorbell + ", and the data was still "
                                                + data);
                                changes[0] += doorbell == last ? 0 : 1;
                                last = doorbell;
                            }
                        });
                race.assumeEnough(changes[0], enough, "rings were seen");
            }
        });
    }

    private static long native8(HostMemoryAccessor accessor, long value) {
        return accessor.options().byteOrder() == ByteOrder.nativeOrder() ? value : Long.reverseBytes(value);
    }

    /** Store buffering: without a full barrier each CPU may read the other's old value, on x86_64 too. */
    @TestFactory
    @Tag("R8")
    @DisplayName("R8: after a full barrier two CPUs cannot both miss what the other wrote before its own")
    default Stream<DynamicTest> r8_aFullBarrierOrdersAWriteBeforeARead() {
        final int rounds = 300;
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 512)) {
                subject.assumePromised(Guarantee.DEVICE_BARRIERS);
                HostMemoryAccessor accessor = subject.accessor();
                MemorySegment memory = subject.memory().fill((byte) 0);
                AtomicLong here = new AtomicLong();
                AtomicLong there = new AtomicLong();
                long[] thereSaw = {0};
                Race race = new Race(patience());
                race.run(
                        () -> {
                            long round = here.get() + 1;
                            here.set(round);
                            accessor.writeLong(0, round);
                            accessor.barrier(Barrier.FULL);
                            long hereSaw = accessor.readLong(256);
                            if (!race.await(() -> there.get() == round)) {
                                return;
                            }
                            assertFalse(
                                    hereSaw < round && thereSaw[0] < round,
                                    "each CPU wrote, passed a full barrier, and read what was there before the other's"
                                            + " write");
                            if (round == rounds) {
                                race.finish();
                            }
                        },
                        () -> {
                            for (long round = 1; !race.isOver(); round++) {
                                long next = round;
                                if (!race.await(() -> here.get() >= next)) {
                                    return;
                                }
                                Seen.put(memory, 256, 8, native8(accessor, round));
                                VarHandle.fullFence();
                                thereSaw[0] = native8(accessor, Seen.get(memory, 0, 8));
                                there.set(round);
                            }
                        });
                race.assumeEnough(here.get(), rounds, "rounds were run");
            }
        });
    }
}
