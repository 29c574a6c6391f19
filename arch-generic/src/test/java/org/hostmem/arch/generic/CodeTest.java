package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.hostmem.spi.Host;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The records of the fault guard, with this host's own listing, which its module has beside this one. */
class CodeTest {

    private static final long PAGE = 1 << 16;

    private static Code code;
    /** A page that is there, and one that is not. */
    private static MemorySegment memory;

    @BeforeAll
    static void load() throws Exception {
        String isa = Host.current().isa();
        Path listing = listing(isa);
        assumeTrue(Files.exists(listing), () -> "there is no listing for " + isa);
        try (InputStream text = Files.newInputStream(listing)) {
            code = Code.load(Listing.parse(isa, text), LinuxAbi.GENERIC);
        }
        memory = ended();
    }

    private static Path listing(String isa) {
        return Path.of(
                "..", "arch-" + isa, "src", "main", "resources", "org", "hostmem", "arch", isa, isa + ".listing");
    }

    private static MemorySegment ended() throws IOException {
        Path path = Files.createTempFile("hostmem-code", ".region");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment whole = file.map(MapMode.READ_WRITE, 0, 2 * PAGE, Arena.global());
            file.truncate(PAGE);
            return whole;
        } finally {
            Files.delete(path);
        }
    }

    private static long load8(long offset) {
        return Calls.load(code.routine("load8"), memory.address() + offset);
    }

    /** On ISAs where firmware may emulate a misaligned load. On x86_64 none is slow. */
    @Test
    void theDataWordOfTheHandlersIsAligned() throws IOException {
        for (String isa : List.of("aarch64", "ppc64", "riscv64")) {
            try (InputStream text = Files.newInputStream(listing(isa))) {
                Listing listing = Listing.parse(isa, text);
                assertThat(listing.offset("faults") % 8)
                        .as("faults of %s: add a nop before it, or take the one away", isa)
                        .isZero();
            }
        }
    }

    /** Where other class loaders look for it. */
    @Test
    void theDataWordIsInFrontOfTheHandler() throws IOException {
        for (String isa : List.of("x86_64", "aarch64", "ppc64", "riscv64")) {
            try (InputStream text = Files.newInputStream(listing(isa))) {
                Listing listing = Listing.parse(isa, text);
                assertThat(listing.offset("handler") - listing.offset("faults"))
                        .as(isa)
                        .isEqualTo(8);
                assertThat(listing.offset("finish")).as(isa).isEqualTo(listing.code().length);
            }
        }
    }

    @Test
    void aFaultIsThereOnceAndSaysWhere() {
        assertThat(load8(PAGE + 8)).isEqualTo(-1);
        assertThat(code.takeFault()).isEqualTo(new Fault(memory.address() + PAGE + 8, 7, 2));
        assertThat(code.takeFault()).isNull();
    }

    @Test
    void aValueOfAllOnesIsNoFault() {
        memory.set(ValueLayout.JAVA_LONG, 16, -1);
        assertThat(load8(16)).isEqualTo(-1);
        assertThat(code.takeFault()).isNull();
    }

    /**
     * All have faulted before the first one asks: were there one record less, a thread would find none, and take its
     * fault for a value.
     */
    @Test
    void recordsOfSixHundredThreadsAtOnceAreKeptApart() throws Exception {
        int threads = 600;
        CountDownLatch faulted = new CountDownLatch(threads);
        List<Future<Fault>> faults = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            long offset = PAGE + 8L * i;
            FutureTask<Fault> task = new FutureTask<>(() -> {
                load8(offset);
                faulted.countDown();
                faulted.await();
                return code.takeFault();
            });
            Thread.ofPlatform().stackSize(1 << 18).start(task);
            faults.add(task);
        }
        for (int i = 0; i < threads; i++) {
            assertThat(faults.get(i).get()).isEqualTo(new Fault(memory.address() + PAGE + 8L * i, 7, 2));
        }
    }

    /**
     * A thread that is thrown out between a fault and its question leaves the record behind; its next fault is what the
     * next question is about.
     */
    @Test
    void aRecordThatNobodyTookIsOverwritten() {
        load8(PAGE);
        load8(PAGE + 800);
        assertThat(code.takeFault().address()).isEqualTo(memory.address() + PAGE + 800);
        assertThat(code.takeFault()).isNull();
    }

    @Test
    void aRecordOfAnAccessElsewhereIsNotTakenForThisOne() {
        assertThat(new Fault(0x10000, 7, 2).isNear(0x10000 + 8)).isTrue();
        assertThat(new Fault(0x10000, 7, 2).isNear(0x10000 + 64)).isFalse();
        assertThat(new Fault(0, 7, 3).isNear(0x10000))
                .as("an error of the bus may have no address")
                .isTrue();
    }

    /**
     * Every routine, for every number of bytes before the fault up to more than its widest unit, on the device side and
     * on the RAM side.
     */
    @Test
    void everyBulkRoutineSaysHowFarItCame() {
        Map<String, Integer> bulk = Map.of(
                "toDevice8",
                8,
                "fromDevice8",
                8,
                "toDevice16",
                16,
                "fromDevice16",
                16,
                "toDeviceOrdered8",
                8,
                "fromDeviceOrdered8",
                8,
                "toDeviceBytewise8",
                8,
                "fromDeviceBytewise8",
                8,
                "stream16",
                16);
        MemorySegment ram = Arena.global().allocate(PAGE);
        int checked = 0;
        for (String name : bulk.keySet()) {
            if (code.has(name)) {
                checked++;
                for (int before = 0; before <= 140; before++) {
                    long completed = Calls.bulk(
                            code.routine(name).address(), memory.address() + PAGE - before, ram, 3, before + 100);
                    assertThat(~completed)
                            .as("%s, %d bytes before the end of the device", name, before)
                            .isEqualTo(before);
                    assertThat(code.takeFault().address())
                            .isBetween(memory.address() + PAGE - 15, memory.address() + PAGE + 63);
                    completed = Calls.bulk(
                            code.routine(name).address(), ram.address() + 64, memory, PAGE - before, before + 100);
                    assertThat(~completed)
                            .as("%s, %d bytes before the end of the RAM", name, before)
                            .isBetween(Math.max(0L, before - bulk.get(name)), (long) before);
                    assertThat(code.takeFault()).isNotNull();
                }
            }
        }
        assertThat(checked).isGreaterThan(3);
    }

    @Test
    void theDescendingRoutineSaysHowFarItCame() {
        MemorySegment ram = Arena.global().allocate(PAGE);
        MemorySegment ends = memory.asSlice(PAGE / 2);
        long routine = code.routine("toDeviceDescending8").address();
        for (int length = 1; length < 140; length++) {
            assertThat(Calls.bulk(routine, ends.address() + PAGE / 2, ram, 3, length))
                    .isEqualTo(~0L);
            assertThat(code.takeFault()).isNotNull();
            assertThat(Calls.bulk(routine, ram.address() + 64, ends, PAGE / 2 + 1 - length, length))
                    .as("the last of %d bytes of RAM", length)
                    .isEqualTo(~0L);
            assertThat(code.takeFault()).isNotNull();
        }
    }

    @Test
    void fillsSayHowFarTheyCame() {
        for (String name : List.of("fill8", "fill16", "fill32")) {
            if (code.has(name) && !name.equals("fill32")) { // which needs AVX
                for (int before = 0; before <= 140; before++) {
                    assertThat(~Calls.fill(
                                    code.routine(name),
                                    memory.address() + PAGE - before,
                                    0x0707_0707_0707_0707L,
                                    before + 100))
                            .isEqualTo(before);
                    assertThat(code.takeFault()).isNotNull();
                }
            }
        }
    }

    /** On x86_64 its instruction needs a register that belongs to the caller. */
    @Test
    void theExchangeOfSixteenBytesIsGuardedAndGivesItsCallerBackWhatItBorrowed() {
        assumeTrue(code.has("cas16"), "this ISA has none");
        MemorySegment words = MemorySegment.ofArray(new long[] {0, 0, 5, 6});
        for (int i = 0;
                i < 20_000;
                i++) { // until it is called by compiled code, which keeps something in every register
            assertThat(Calls.exchange16(code.routine("cas16"), memory.address() + PAGE, words))
                    .isEqualTo(-1);
            assertThat(code.takeFault().address()).isEqualTo(memory.address() + PAGE);
        }
        memory.asSlice(32, 16).fill((byte) 0);
        assertThat(Calls.exchange16(code.routine("cas16"), memory.address() + 32, words))
                .isEqualTo(1);
        assertThat(memory.get(ValueLayout.JAVA_LONG, 40)).isEqualTo(6);
    }

    @Test
    void anExchangeIsGuardedAndOnesThatWereThereAreNoFault() {
        for (int width = 1; width <= 8; width *= 2) {
            MemorySegment cas = InstructionAtomics.routine(code, width);
            long ones = -1L >>> 64 - 8 * width;
            for (long expected : new long[] {0, ones, 0x55}) {
                assertThat(Calls.exchange(cas, memory.address() + PAGE + 3 * width, expected, 1))
                        .isEqualTo(-1);
                assertThat(code.takeFault().isNear(memory.address() + PAGE + 3 * width))
                        .isTrue();
            }
            memory.asSlice(64, 32).fill((byte) -1);
            long at = memory.address() + 64 + 3 * width;
            assertThat(Calls.exchange(cas, at, 0, 1))
                    .as("another value was there")
                    .isEqualTo(ones);
            assertThat(Calls.exchange(cas, at, ones, 7)).isEqualTo(ones);
            assertThat(code.takeFault()).isNull();
            assertThat(Calls.exchange(cas, at, 8, 9)).isEqualTo(7);
        }
    }
}
