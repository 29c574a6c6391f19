package org.hostmem.example.rv64;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.Candidate;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Guests that do MMIO, DMA, atomics and unaligned accesses, on every provider that this host can use and on the
 * fallback.
 */
class GuestProgramsTest {

    private static final long LIMIT = 20_000_000;

    static List<HostMemoryProvider> providers() {
        RegionCapabilities ram =
                RegionCapabilities.whole(Machine.RAM_SIZE, CacheMode.NORMAL, CacheModeSource.BY_CONSTRUCTION);
        return ProviderSelection.load().explain(Host.current(), ram).candidates().stream()
                .filter(Candidate::isUsable)
                .map(Candidate::provider)
                .toList();
    }

    static Stream<Arguments> providersAndPolicies() {
        return providers().stream()
                .flatMap(provider -> Stream.of(UnalignedPolicy.values()).map(policy -> Arguments.of(provider, policy)));
    }

    @Test
    void theFallbackIsAmongThem() {
        assertThat(providers()).extracting(HostMemoryProvider::name).contains("generic");
    }

    @ParameterizedTest
    @MethodSource("providers")
    void everyInstruction(HostMemoryProvider provider) {
        assertExitsWithZero(provider, "isa");
    }

    @ParameterizedTest
    @MethodSource("providers")
    void hello(HostMemoryProvider provider) {
        try (Machine machine = new Machine(provider.name(), AccessOptions.DEFAULT, Programs.get("hello"))) {
            machine.board.hart().run(LIMIT);
            assertThat(machine.board.output()).isEqualTo("Hello from a guest\n");
            assertThat(machine.board.exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void registersOfTheBarAtEachWidth(HostMemoryProvider provider) {
        try (Machine machine = new Machine(provider.name(), AccessOptions.DEFAULT, Programs.get("mmio"))) {
            machine.board.hart().run(LIMIT);
            assertThat(machine.board.exitCode())
                    .as("number of the step that failed")
                    .isZero();
            assertThat(machine.bar.readLong(0x100)).isEqualTo(0x8877665544332291L);
            assertThat(machine.bar.readLong(0x108)).isEqualTo(1);
            assertThat(machine.bar.readLong(0x110)).isEqualTo(-1);
        }
    }

    /**
     * The width that the guest asked for is the width that the accessor is asked for: nothing is widened, cut or
     * repeated on the way.
     */
    @ParameterizedTest
    @MethodSource("providers")
    void eachGuestAccessToTheBarIsOneCall(HostMemoryProvider provider) {
        try (Machine machine = new Machine(provider.name(), AccessOptions.DEFAULT, Programs.get("mmio"))) {
            List<String> calls = new ArrayList<>();
            HostmemBus bus = new HostmemBus(Board.RAM, machine.ram);
            bus.map(Board.BAR, recorded(machine.bar, calls));
            Board board = new Board(bus, bus::map);
            board.hart().run(LIMIT);
            assertThat(board.exitCode()).isZero();
            assertThat(calls)
                    .containsExactly(
                            "write 8@100",
                            "write 1@100",
                            "read 8@100",
                            "write 2@102",
                            "read 8@100",
                            "write 4@104",
                            "read 8@100",
                            "write 1@107",
                            "read 8@100",
                            "write 8@100",
                            "read 1@107",
                            "read 1@107",
                            "read 1@105",
                            "read 2@106",
                            "read 2@102",
                            "read 4@104",
                            "read 4@100",
                            "read 4@104",
                            "read 8@100",
                            "read 4@100",
                            "write 4@100",
                            "write 4@108",
                            "read 4@108",
                            "read 4@100",
                            "write 8@110",
                            "read 8@110",
                            "read 4@110",
                            "read 1@117");
        }
    }

    private static HostMemoryAccessor recorded(HostMemoryAccessor accessor, List<String> calls) {
        return (HostMemoryAccessor) Proxy.newProxyInstance(
                HostMemoryAccessor.class.getClassLoader(),
                new Class<?>[] {HostMemoryAccessor.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("read") || method.getName().equals("write")) {
                        calls.add("%s %d@%x".formatted(method.getName(), arguments[1], arguments[0]));
                    }
                    try {
                        return method.invoke(accessor, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("providers")
    void dmaBetweenRamAndTheBar(HostMemoryProvider provider) {
        assertExitsWithZero(provider, "dma");
    }

    /** With an accessor that refuses unaligned scalars too: bulk transfers have no such thing. */
    @ParameterizedTest
    @MethodSource("providers")
    void dmaDoesNotDependOnThePolicyForScalars(HostMemoryProvider provider) {
        try (Machine machine =
                new Machine(provider.name(), AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT), Programs.get("dma"))) {
            machine.board.hart().run(LIMIT);
            assertThat(machine.board.exitCode())
                    .as("number of the step that failed")
                    .isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void atomicsOfTwoHarts(HostMemoryProvider provider) throws Exception {
        try (Machine machine = new Machine(provider.name(), AccessOptions.DEFAULT, Programs.get("atomics"));
                var executor = Executors.newSingleThreadExecutor()) {
            Hart first = machine.board.hart();
            Hart second = new Hart(machine.bus.forAnotherCore(), Board.RAM);
            second.setRegister(10, 1);
            Future<?> other = executor.submit(() -> {
                while (!Thread.interrupted()) {
                    second.run(1000);
                }
            });
            first.run(5 * LIMIT);
            executor.shutdownNow();
            other.get();
            assertThat(machine.board.exitCode())
                    .as("number of the step that failed")
                    .isZero();
        }
    }

    /** A misaligned access is carried out or trapped, as the plan of the accessor says before it is made. */
    @ParameterizedTest
    @MethodSource("providersAndPolicies")
    void unalignedAccesses(HostMemoryProvider provider, UnalignedPolicy policy) {
        try (Machine machine =
                new Machine(provider.name(), AccessOptions.DEFAULT.with(policy), Programs.get("unaligned"))) {
            machine.board.hart().run(LIMIT);
            assertThat(machine.board.exitCode()).isZero();
            long at = 0x2_0000;
            at = checkUnaligned(machine, machine.ram, 0x1_0000, Board.RAM, at);
            checkUnaligned(machine, machine.bar, 0x200, Board.BAR, at);
        }
    }

    private static long checkUnaligned(
            Machine machine, HostMemoryAccessor accessor, long buffer, long base, long results) {
        long at = results;
        for (int width = 2; width <= 8; width *= 2) {
            for (int offset = 0; offset <= 8; offset++) {
                boolean trapped = accessor.planScalar(buffer + offset, width).verdict() == AccessPlan.Verdict.REJECTED;
                long address = base + buffer + offset;
                long[] got = new long[7];
                for (int i = 0; i < got.length; i++) {
                    got[i] = machine.ram.readLong(at + 8 * i);
                }
                at += 8 * got.length;
                byte[] after = pattern(0x80);
                long loaded = -1;
                if (!trapped) {
                    loaded = 0;
                    for (int i = 0; i < width; i++) {
                        loaded |= (after[offset + i] & 0xffL) << 8 * i;
                        after[offset + i] = (byte) (0x10 + i);
                    }
                }
                assertThat(got)
                        .as(
                                "%d bytes at +%d of 0x%x: %s",
                                width, offset, base, accessor.planScalar(buffer + offset, width))
                        .containsExactly(
                                loaded,
                                trapped ? Trap.LOAD_MISALIGNED : 0,
                                trapped ? address : 0,
                                word(after, 0),
                                word(after, 8),
                                trapped ? Trap.STORE_MISALIGNED : 0,
                                trapped ? address : 0);
            }
        }
        return at;
    }

    private static byte[] pattern(int first) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return bytes;
    }

    private static long word(byte[] bytes, int offset) {
        long word = 0;
        for (int i = 7; i >= 0; i--) {
            word = word << 8 | bytes[offset + i] & 0xff;
        }
        return word;
    }

    /** The guest says over the UART when the device goes away and comes back. */
    @ParameterizedTest
    @MethodSource("providers")
    void aFaultOfTheBarIsAnAccessFaultOfTheGuest(HostMemoryProvider provider) {
        try (Machine machine = new Machine(provider.name(), AccessOptions.DEFAULT, Programs.get("fault"))) {
            Hart hart = machine.board.hart();
            for (int heard = 0; !hart.halted() && hart.instructions() < LIMIT; ) {
                hart.run(1);
                if (machine.board.output().length() > heard) {
                    machine.device().setMemoryEnabled(machine.board.output().charAt(heard++) == '+');
                }
            }
            assertThat(machine.board.output()).isEqualTo("-+");
            assertThat(machine.board.exitCode())
                    .as("number of the step that failed")
                    .isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aCopyToABarThatDoesNotAnswerFails(HostMemoryProvider provider) {
        try (Machine machine = new Machine(provider.name(), AccessOptions.DEFAULT, new byte[] {1, 2, 3, 4, 5, 6, 7})) {
            machine.device().setMemoryEnabled(false);
            assertThatThrownBy(() -> machine.bus.copy(Board.RAM, Board.BAR + 1, 7))
                    .isInstanceOf(BusFault.class);
            assertThatThrownBy(() -> machine.bus.copy(Board.BAR + 1, Board.RAM, 7))
                    .isInstanceOf(BusFault.class);
            machine.device().setMemoryEnabled(true);
            machine.bus.copy(Board.RAM, Board.BAR + 1, 7);
            assertThat(machine.bar.readLong(0)).isEqualTo(0x0706050403020100L);
        }
    }

    /** The other policy is PCI Express's: the guest reads ones, and there is no trap. */
    @ParameterizedTest
    @MethodSource("providers")
    void aFaultOfTheBarReadsAsOnesIfTheEmulatorWantsThat(HostMemoryProvider provider) {
        try (Machine machine = new Machine(
                provider.name(), AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST), Programs.get("mmio"))) {
            machine.device().setMemoryEnabled(false);
            machine.board.hart().run(LIMIT);
            assertThat(machine.board.exitCode()).as("the first comparison").isEqualTo(1);
            assertThat(machine.board.hart().register(11)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void computing(HostMemoryProvider provider) {
        try (Machine machine = new Machine(provider.name(), AccessOptions.DEFAULT, Programs.get("compute"))) {
            Hart hart = machine.board.hart();
            while (hart.register(27) < 1 && hart.instructions() < LIMIT) {
                hart.run(1000);
            }
            byte[] ram = new byte[Machine.RAM_SIZE];
            machine.ram.readBytes(0, ram, 0, ram.length);
            assertThat(results(ram, Programs.get("compute").length)).isEqualTo(expectedResults());
        }
    }

    /** The program's data begins with its results; they lie after its code, at a multiple of 8. */
    private static List<Long> results(byte[] ram, int programLength) {
        List<Long> expected = expectedResults();
        for (int at = 0; at < programLength; at += 8) {
            if (word(ram, at) == expected.getFirst()) {
                List<Long> found = new ArrayList<>();
                for (int i = 0; i < expected.size(); i++) {
                    found.add(word(ram, at + 8 * i));
                }
                return found;
            }
        }
        return List.of();
    }

    private static List<Long> expectedResults() {
        byte[] message = new byte[4096];
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) (7 * i);
        }
        CRC32 crc = new CRC32();
        crc.update(message);
        long primes = 0;
        for (int n = 2; n < 8192; n++) {
            int candidate = n;
            if (IntStream.rangeClosed(2, (int) Math.sqrt(n)).noneMatch(d -> candidate % d == 0)) {
                primes++;
            }
        }
        int n = 24;
        long sum = 0;
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < n; column++) {
                for (int i = 0; i < n; i++) {
                    sum += (1 + 3L * (row * n + i)) * (1 + 3L * (n * n + i * n + column));
                }
            }
        }
        long smallest = Long.MAX_VALUE;
        long largest = Long.MIN_VALUE;
        long number = 12345;
        for (int i = 0; i < 256; i++) {
            number = (int) (number * 1103515245 + 1013);
            smallest = Math.min(smallest, number);
            largest = Math.max(largest, number);
        }
        return List.of(crc.getValue(), primes, sum, smallest, largest);
    }

    private static void assertExitsWithZero(HostMemoryProvider provider, String program) {
        try (Machine machine = new Machine(provider.name(), AccessOptions.DEFAULT, Programs.get(program))) {
            machine.board.hart().run(LIMIT);
            assertThat(machine.board.exitCode())
                    .as("number of the step that failed")
                    .isZero();
        }
    }
}
