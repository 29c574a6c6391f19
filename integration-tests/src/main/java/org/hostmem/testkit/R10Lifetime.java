package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Atomics;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.TransferOrder;
import org.hostmem.spi.MappedRegion;
import org.hostmem.testkit.R10Limits.Request;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/**
 * R10: memory that its owner may end, segments of every kind of arena on either side, closes that fail, views of views,
 * and loops that must see a close.
 */
interface R10Lifetime extends Kit {

    /** Bytes of a region of memory that is lent, by test: no two alike. */
    int SERVED = 72;
    /** See {@link #SERVED}. */
    int ENDED = 80;
    /** See {@link #SERVED}. */
    int FOREIGN = 88;
    /** See {@link #SERVED}. */
    int FAILING = 96;
    /** See {@link #SERVED}. */
    int VIEWED = 104;
    /** See {@link #SERVED}. */
    int LOOPED = 112;
    /** See {@link #SERVED}. */
    int RAM = 120;
    /** See {@link #SERVED}. */
    int HELD = 1 << 18;

    private HostMemoryAccessor open(MemorySegment memory, CacheMode mode) {
        return provider()
                .open(MappedRegion.borrowed(
                        memory,
                        RegionCapabilities.whole(memory.byteSize(), mode, CacheModeSource.REPORTED),
                        AccessOptions.DEFAULT));
    }

    /**
     * {@return everything that can be asked of an accessor, aligned, unaligned and of no bytes, and of a view of it}
     */
    private static List<Request> every(HostMemoryAccessor accessor, List<HostMemoryAccessor> views) {
        List<Request> all = new ArrayList<>();
        for (long[] at : new long[][] {{8, 8}, {9, 8}, {0, 0}}) {
            all.addAll(R10Limits.reads(accessor, at[0], at[1]));
            all.addAll(R10Limits.writes(accessor, at[0], at[1]));
        }
        byte[] array = new byte[16];
        all.add(new Request("readBytes into an array", () -> accessor.readBytes(0, array, 0, 16)));
        all.add(new Request("writeBytes from an array", () -> accessor.writeBytes(0, array, 0, 16)));
        all.add(new Request("fill of no bytes", () -> accessor.fill(0, 0, (byte) 0)));
        all.add(new Request("check of a read", () -> accessor.check(Direction.READ, 0, 8)));
        all.add(new Request("check of a write", () -> accessor.check(Direction.WRITE, 0, 0)));
        all.add(new Request("check of a transfer", () -> accessor.check(Direction.READ, 0, 16, TransferOrder.RELAXED)));
        all.add(new Request("planScalar", () -> accessor.planScalar(0, 4)));
        all.add(new Request("planBulk", () -> accessor.planBulk(Direction.WRITE, 0, 16, TransferOrder.ASCENDING)));
        for (HostMemoryAccessor view : views) {
            all.add(new Request("readLong of a view", () -> view.readLong(0)));
            all.add(new Request("writeShort of a view", () -> view.writeShort(1, (short) 0)));
            all.add(new Request("fill of a view", () -> view.fill(0, 3, (byte) 0)));
            all.add(new Request("planScalar of a view", () -> view.planScalar(0, 8)));
        }
        if (accessor.capabilities().cacheMode() == CacheMode.NORMAL) {
            Atomics atomics = accessor.atomics();
            all.add(new Request("getAcquire", () -> atomics.getAcquire(0, 8)));
            all.add(new Request("setRelease", () -> atomics.setRelease(0, 4, 0)));
            all.add(new Request("compareAndExchange", () -> atomics.compareAndExchange(0, 8, 0, 0)));
            all.add(new Request("getAndAdd of 2 bytes", () -> atomics.getAndAdd(8, 2, 1)));
            if (atomics.supports(16)) {
                all.add(new Request("compareAndExchange16", () -> atomics.compareAndExchange16(0, new long[4])));
            }
        }
        return all;
    }

    private static List<HostMemoryAccessor> views(HostMemoryAccessor accessor) {
        return List.of(
                accessor.slice(8, 16),
                accessor.withByteOrder(ByteOrder.BIG_ENDIAN),
                accessor.slice(0, 32).slice(0, 16));
    }

    private static void allRefused(Class<? extends HostMemoryException> type, List<Request> requests, String why) {
        for (Request request : requests) {
            assertThrows(type, request.access(), () -> request.name() + " " + why);
        }
    }

    @TestFactory
    @Tag("R10")
    @DisplayName(
            "R10: memory of every kind of arena is served: global, automatic, shared, and a confined one in its own"
                    + " thread")
    default Stream<DynamicTest> r10_everyKindOfArenaIsServed() {
        return eachMode(mode -> {
            try (Arena shared = Arena.ofShared();
                    Arena confined = Arena.ofConfined()) {
                for (Arena arena : new Arena[] {Arena.global(), Arena.ofAuto(), shared, confined}) {
                    MemorySegment memory = arena.allocate(SERVED, 64);
                    HostMemoryAccessor accessor = open(memory, mode);
                    for (Request request : every(accessor, List.of())) {
                        if (!request.name().startsWith("move") || mode != CacheMode.WRITE_COMBINING) {
                            assertDoesNotThrow(request.access(), () -> request.name() + " of memory of " + arena);
                        }
                    }
                    accessor.writeLong(8, 0x0102_0304_0506_0708L);
                    assertEquals(
                            0x0102_0304_0506_0708L,
                            memory.get(
                                    ValueLayout.JAVA_LONG_UNALIGNED.withOrder(
                                            accessor.options().byteOrder()),
                                    8),
                            "what was written");
                    accessor.writeBytes(33, MemorySegment.ofArray(new byte[] {5, 6, 7}));
                    assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, 35), "the last byte of three that were written");
                    assertEquals(0x0605, accessor.readShort(33), "what is read of it, unaligned");
                }
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName(
            "R10: when the arena of lent memory is closed every request says that the region is closed, of its views"
                    + " too")
    @SuppressWarnings("MustBeClosed") // the test closes them, and looks at what comes then
    default Stream<DynamicTest> r10_aClosedArenaEndsItsRegion() {
        return eachMode(mode -> {
            for (Arena arena : new Arena[] {Arena.ofShared(), Arena.ofConfined()}) {
                HostMemoryAccessor accessor = open(arena.allocate(ENDED, 64), mode);
                List<Request> every = every(accessor, views(accessor));
                arena.close();
                allRefused(RegionClosedException.class, every, "after the arena was closed");
                allRefused(
                        RegionClosedException.class,
                        R10Limits.reads(accessor, ENDED, 8),
                        "outside of the region, after the arena was closed");
                accessor.close();
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: memory of a confined arena is refused to another thread, by one exception for every request")
    default Stream<DynamicTest> r10_memoryOfAnotherThreadIsRefused() {
        return eachMode(mode -> {
            try (ExecutorService owner = Executors.newSingleThreadExecutor()) {
                Arena arena = owner.submit(Arena::ofConfined).get();
                MemorySegment memory = owner.submit(
                                () -> arena.allocate(FOREIGN, 64).fill((byte) 0x55))
                        .get();
                HostMemoryAccessor accessor = open(memory, mode);
                for (Request request :
                        every(accessor, owner.submit(() -> views(accessor)).get())) {
                    AccessRejectedException refusal = assertThrows(
                            AccessRejectedException.class,
                            request.access(),
                            () -> request.name() + " in another thread");
                    assertEquals(Reason.WRONG_THREAD, refusal.reason(), request.name());
                }
                owner.submit(() -> {
                            for (int i = 0; i < FOREIGN; i++) {
                                assertEquals(
                                        0x55,
                                        memory.get(ValueLayout.JAVA_BYTE, i),
                                        "a byte after accesses that were refused");
                            }
                            accessor.writeByte(3, (byte) 4);
                            assertEquals(4, accessor.readByte(3), "in its own thread");
                            arena.close();
                        })
                        .get();
                assertThrows(RegionClosedException.class, () -> accessor.readByte(0), "closed comes first");
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: the arena of lent memory does not end under an access: it completes, or the region is closed; no"
            + " fault, and nothing else")
    @SuppressWarnings("MustBeClosed") // closeInTheEnd closes it
    default Stream<DynamicTest> r10_anArenaDoesNotEndUnderAnAccess() {
        return eachMode(mode -> {
            for (int round = 0; round < 4; round++) {
                Arena arena = Arena.ofShared();
                HostMemoryAccessor accessor = open(RegionUnderTest.mapped(HELD, arena), mode);
                AtomicInteger copies = new AtomicInteger();
                AtomicBoolean over = new AtomicBoolean();
                AtomicReference<Throwable> end = new AtomicReference<>();
                boolean writing = round % 2 == 0;
                Thread copier = Thread.ofPlatform().daemon().start(() -> {
                    MemorySegment ram = MemorySegment.ofArray(new byte[HELD]);
                    try {
                        for (boolean late = false; !late; copies.incrementAndGet()) {
                            late = over.get();
                            if (writing) {
                                accessor.writeBytes(0, ram);
                            } else {
                                accessor.readBytes(0, ram);
                            }
                        }
                    } catch (Throwable thrown) {
                        end.set(thrown);
                    }
                });
                while (copies.get() < 2 && end.get() == null) {
                    Thread.onSpinWait();
                }
                closeInTheEnd(arena);
                over.set(true);
                copier.join(10_000);
                assertTrue(end.get() instanceof RegionClosedException, () -> "the copying thread got " + end.get());
            }
        });
    }

    /** A close is refused while an access runs. */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on the yield but how long it takes
    private static void closeInTheEnd(Arena arena) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (arena.scope().isAlive()) {
            try {
                arena.close();
            } catch (IllegalStateException held) {
                assertTrue(System.nanoTime() < end, "the arena could not be closed for ten seconds");
                Thread.yield(); // to who holds it, if there is one CPU for both
            }
        }
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: a close that failed ends all accesses, and another close releases; after a success nothing is"
            + " released again")
    default Stream<DynamicTest> r10_aCloseThatFailedCanBeRepeated() {
        return eachMode(mode -> {
            AtomicInteger attempts = new AtomicInteger();
            RegionCapabilities capabilities = RegionCapabilities.whole(FAILING, mode, CacheModeSource.REPORTED);
            RegionUnderTest subject = RegionUnderTest.of(provider(), capabilities, AccessOptions.DEFAULT, 0, () -> {
                if (attempts.incrementAndGet() < 3) {
                    throw new HostMemoryException("held");
                }
            });
            List<Request> every = every(subject.accessor(), views(subject.accessor()));
            for (int i = 0; i < 2; i++) {
                assertThrows(HostMemoryException.class, subject::close, "a close that cannot release");
                allRefused(RegionClosedException.class, every, "after a close that failed");
            }
            subject.close();
            subject.close();
            assertEquals(3, attempts.get(), "attempts to release");
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: closing a view ends the views that were made of it, and neither its siblings nor the memory")
    default Stream<DynamicTest> r10_aClosedViewEndsItsViews() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, VIEWED)) {
                HostMemoryAccessor accessor = subject.accessor();
                HostMemoryAccessor view = accessor.slice(8, 64);
                List<HostMemoryAccessor> children = List.of(
                        view.slice(0, 32),
                        view.readOnly(),
                        view.withByteOrder(ByteOrder.BIG_ENDIAN),
                        view.slice(0, 48).slice(8, 16));
                HostMemoryAccessor sibling = accessor.slice(8, 64);
                view.close();
                view.close();
                for (HostMemoryAccessor ended :
                        Stream.concat(Stream.of(view), children.stream()).toList()) {
                    assertThrows(RegionClosedException.class, () -> ended.readByte(0), "read");
                    assertThrows(RegionClosedException.class, () -> ended.check(Direction.READ, 0, 0), "check");
                    assertThrows(RegionClosedException.class, () -> ended.planScalar(0, 1), "plan");
                    assertThrows(
                            RegionClosedException.class, () -> ended.slice(0, 1).readByte(0), "another view");
                }
                sibling.writeByte(0, (byte) 9);
                assertEquals(9, accessor.readByte(8), "through the region, after a sibling wrote");
            }
        });
    }

    @TestFactory
    @Tag("R10")
    @DisplayName("R10: a loop that does nothing else sees a close by another thread: of checks, plans, scalars, and of"
            + " transfers of no bytes")
    default Stream<DynamicTest> r10_aLoopSeesTheClose() {
        return eachMode(mode -> {
            RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, LOOPED);
            HostMemoryAccessor accessor = subject.accessor();
            MemorySegment ram = MemorySegment.ofArray(new byte[1]);
            List<Request> bodies = List.of(
                    new Request("check", () -> accessor.check(Direction.READ, 0, 8)),
                    new Request("fill of no bytes", () -> accessor.fill(0, 0, (byte) 0)),
                    new Request("readBytes of no bytes", () -> accessor.readBytes(0, ram, 0, 0, TransferOrder.RELAXED)),
                    new Request("planScalar", () -> accessor.planScalar(0, 8)),
                    new Request("readInt", () -> accessor.readInt(0)),
                    new Request("writeByte", () -> accessor.writeByte(0, (byte) 0)));
            List<AtomicReference<Throwable>> ends = new ArrayList<>();
            List<Thread> loops = new ArrayList<>();
            for (Request body : bodies) {
                AtomicReference<Throwable> end = new AtomicReference<>();
                ends.add(end);
                loops.add(Thread.ofPlatform().daemon().start(() -> end.set(endOfLoop(body.access()))));
            }
            Thread.sleep(Math.min(
                    300, patience().toMillis())); // time to be compiled, with whatever the compiler takes out of a loop
            subject.close();
            for (int i = 0; i < loops.size(); i++) {
                loops.get(i).join(5_000);
                String name = bodies.get(i).name();
                assertFalse(loops.get(i).isAlive(), () -> "a loop of " + name + " never saw the close");
                assertTrue(ends.get(i).get() instanceof RegionClosedException, () -> "a loop of " + name);
            }
        });
    }

    private static Throwable endOfLoop(Executable body) {
        try {
            while (true) {
                body.execute();
            }
        } catch (Throwable end) {
            return end;
        }
    }

    @TestFactory
    @Tag("R10")
    @DisplayName(
            "R10: RAM of a closed arena, or of another thread's, is refused before any access, a transfer of no bytes"
                    + " too")
    @SuppressWarnings("MustBeClosed") // one is closed at once, the other belongs to a thread that ends
    default Stream<DynamicTest> r10_ramOfNoUseIsRefused() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, RAM);
                    ExecutorService other = Executors.newSingleThreadExecutor()) {
                RegionUnderTest.Expected expected = subject.expected();
                Arena shared = Arena.ofShared();
                MemorySegment closed = shared.allocate(64);
                shared.close();
                Arena confined = other.submit(Arena::ofConfined).get();
                MemorySegment foreign =
                        other.submit(() -> confined.allocate(64)).get();
                for (long length : new long[] {0, 8, 33}) {
                    refused(Reason.RAM_CLOSED, subject.accessor(), closed, length);
                    refused(Reason.WRONG_THREAD, subject.accessor(), foreign, length);
                }
                expected.check("refused transfers");
                other.submit(confined::close).get();
            }
        });
    }

    private static void refused(Reason reason, HostMemoryAccessor accessor, MemorySegment ram, long length) {
        for (TransferOrder order : TransferOrder.values()) {
            for (Executable access : new Executable[] {
                () -> accessor.readBytes(1, ram, 0, length, order), () -> accessor.writeBytes(1, ram, 0, length, order)
            }) {
                assertEquals(
                        reason,
                        assertThrows(AccessRejectedException.class, access, () -> order + " of " + length + " bytes")
                                .reason(),
                        "the reason");
            }
        }
    }
}
