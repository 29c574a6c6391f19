package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.hostmem.Barrier;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** R12: no allocation per access, once the code is compiled. Counted by the JVM itself, for this thread. */
interface R12Allocation extends Kit {

    /** Accesses of one measurement. */
    int ACCESSES = 20_000;
    /** Tries: code is compiled in the background, and the last compilation may come late. */
    int TRIES = 40;

    /** A move whose ranges lie apart. */
    Transfer APART = Transfer.DEFAULT.with(OverlapPolicy.REJECT);

    @TestFactory
    @Tag("R12")
    @DisplayName("R12: scalars and barriers do not allocate")
    default Stream<DynamicTest> r12_scalarsDoNotAllocate() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 4096)) {
                subject.assumePromised(Guarantee.NO_ALLOCATION);
                HostMemoryAccessor accessor = subject.accessor();
                allocatesNothing("reads", i -> {
                    accessor.readByte(i & 0xff8);
                    accessor.readShort(i & 0xff8);
                    accessor.readInt(i & 0xff8);
                    accessor.readLong(i & 0xff8);
                });
                allocatesNothing("writes", i -> {
                    accessor.writeByte(i & 0xff8, (byte) i);
                    accessor.writeShort(i & 0xff8, (short) i);
                    accessor.writeInt(i & 0xff8, (int) i);
                    accessor.writeLong(i & 0xff8, i);
                });
                allocatesNothing("barriers", i -> accessor.barrier(Barrier.TO_DEVICE));
            }
        });
    }

    @TestFactory
    @Tag("R12")
    @DisplayName("R12: bulk transfers, fills and moves without a buffer do not allocate")
    default Stream<DynamicTest> r12_transfersDoNotAllocate() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 4096)) {
                subject.assumePromised(Guarantee.NO_ALLOCATION);
                HostMemoryAccessor accessor = subject.accessor();
                MemorySegment ram = MemorySegment.ofArray(new byte[64]);
                allocatesNothing("bulk reads", i -> accessor.readBytes(i & 0xff0, ram, 0, 16, TransferOrder.ASCENDING));
                allocatesNothing(
                        "bulk writes", i -> accessor.writeBytes(i & 0xff0, ram, 0, 16, TransferOrder.ASCENDING));
                allocatesNothing(
                        "UNOBSERVED transfers",
                        i -> accessor.writeBytes(i & 0xff0, ram, 0, i & 16, TransferOrder.UNOBSERVED));
                allocatesNothing(
                        "long UNOBSERVED transfers",
                        i -> accessor.readBytes(i & 0x7f0, ram, 0, 64, TransferOrder.UNOBSERVED));
                allocatesNothing("UNOBSERVED fills", i -> accessor.fillUnobserved(i & 0xff0, 16, (byte) i));
                allocatesNothing("fills", i -> accessor.fill(i & 0xff0, 16, (byte) i));
                allocatesNothing("moves", i -> accessor.move(i & 0x7f0, 2048, 16, APART));
            }
        });
    }

    @TestFactory
    @Tag("R12")
    @DisplayName("R12: transfers between a region and an array or a segment do not allocate, whatever kinds of segments"
            + " came before")
    default Stream<DynamicTest> r12_arrayTransfersDoNotAllocate() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 4096)) {
                subject.assumePromised(Guarantee.NO_ALLOCATION);
                HostMemoryAccessor accessor = subject.accessor();
                HostMemoryAccessor view = accessor.slice(64, 2048);
                byte[] array = new byte[512];
                // The JIT keeps a segment off the heap only where it knows its class: one that has seen many kinds does
                // not.
                for (MemorySegment ram : kinds()) {
                    repeat(i -> {
                        accessor.readBytes(i & 0x7f0, ram, 0, 16, TransferOrder.ASCENDING);
                        view.readBytes(i & 0x3f0, ram, 8, 24, TransferOrder.RELAXED);
                    });
                    repeat(i -> {
                        accessor.writeBytes(i & 0x7f0, ram.asReadOnly(), 0, 16, TransferOrder.RELAXED);
                        view.writeBytes(i & 0x3f0, ram, 8, 24, TransferOrder.ASCENDING);
                    });
                }
                for (HostMemoryAccessor one : new HostMemoryAccessor[] {accessor, view}) {
                    allocatesNothing("reads into an array", i -> one.readBytes(i & 0x3f0, array, (int) i & 0xff, 40));
                    allocatesNothing("writes from an array", i -> one.writeBytes(i & 0x3f0, array, (int) i & 0xff, 40));
                    for (MemorySegment ram : kinds()) {
                        allocatesNothing(
                                "reads into one of many segments",
                                i -> one.readBytes(i & 0x3f0, ram, 0, 16, TransferOrder.ASCENDING));
                        allocatesNothing(
                                "writes from one of many segments",
                                i -> one.writeBytes(i & 0x3f0, ram, 0, 16, TransferOrder.ASCENDING));
                    }
                }
            }
        });
    }

    /** {@return RAM of every kind that a caller may have} */
    private static List<MemorySegment> kinds() {
        return List.of(
                MemorySegment.ofArray(new byte[64]),
                MemorySegment.ofArray(new short[32]),
                MemorySegment.ofArray(new int[16]),
                MemorySegment.ofArray(new long[8]),
                Arena.global().allocate(64, 8),
                Arena.ofAuto().allocate(64, 8),
                MemorySegment.ofArray(new byte[128]).asSlice(16, 64),
                RegionUnderTest.mapped(4096, 4096).asSlice(64, 64));
    }

    private static void repeat(LongConsumer access) {
        for (int n = 0; n < ACCESSES; n++) {
            access.accept(n);
        }
    }

    static void allocatesNothing(String what, LongConsumer access) {
        assumeTrue(
                ManagementFactory.getThreadMXBean() instanceof ThreadMXBean counts
                        && counts.isThreadAllocatedMemorySupported(),
                "this JVM does not count the bytes that a thread allocates");
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long fewest = Long.MAX_VALUE;
        for (int i = 0; i < TRIES && fewest >= ACCESSES; i++) {
            long before = bean.getCurrentThreadAllocatedBytes();
            repeat(access);
            fewest = Math.min(fewest, bean.getCurrentThreadAllocatedBytes() - before);
        }
        long bytes = fewest;
        assertTrue(
                bytes < ACCESSES,
                () -> ACCESSES + " times " + what + " allocated " + bytes + " bytes, at best of " + TRIES + " tries");
    }
}
