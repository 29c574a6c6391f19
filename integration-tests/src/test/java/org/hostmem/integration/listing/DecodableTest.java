package org.hostmem.integration.listing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.hostmem.arch.generic.Decoding;
import org.hostmem.arch.generic.IsaProvider;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.ProviderSelection;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Where a hypervisor may answer (R14), each access to the device is an instruction that hypervisors decode: read from
 * the disassembled bytes of every routine that such memory is accessed by.
 */
class DecodableTest {

    /** Both halves of a copy are the device's; of other routines the loads or the stores. */
    private enum Side {
        LOADS,
        STORES,
        BOTH
    }

    /** A head, a loop and a tail have at least so many accesses; a scalar has one. */
    private static final int FEWEST_OF_BULK = 7;

    private static IsaProvider provider(ListedIsa isa) {
        HostMemoryProvider provider = ProviderSelection.load().providers().stream()
                .filter(one -> one.name().equals(isa.hostmemName))
                .findFirst()
                .orElseThrow();
        DecodableTest.class
                .getModule()
                .addReads(provider.getClass().getSuperclass().getModule()); // the module of the tests is the testkit's
        return (IsaProvider) provider;
    }

    @TestFactory
    Stream<DynamicTest> everyAccessToTheDeviceIsDecoded() {
        return Stream.of(ListedIsa.values()).flatMap(isa -> {
            Set<String> there = Set.copyOf(Disassembled.routines(isa.lines()));
            return provider(isa).decodedRoutines().stream()
                    .filter(name -> there.contains(name) || !name.startsWith("exchange"))
                    .sorted()
                    .map(routine -> dynamicTest(
                            isa.hostmemName + " " + routine,
                            () -> assertThat(undecoded(isa, routine)).isEmpty()));
        });
    }

    /** The check bites: these are for hardware alone. */
    @TestFactory
    Stream<DynamicTest> oneThatIsNotDecodedIsFound() {
        return Stream.of(
                found(ListedIsa.X86_64, "toDevice32", "vmovdqa"),
                found(ListedIsa.X86_64, "fill32", "vmovdqa"),
                found(ListedIsa.X86_64, "streamFrom16", "movntdqa"),
                found(ListedIsa.X86_64, "direct64", "movdir64b"),
                found(ListedIsa.X86_64, "cas4", "lock cmpxchg"),
                found(ListedIsa.AARCH64, "toDevice16", "str q0"),
                found(ListedIsa.AARCH64, "fromDevice16", "ldr q0"),
                found(ListedIsa.AARCH64, "cas8", "ldaxr"),
                found(ListedIsa.PPC64, "toDevice16", "stxv"),
                found(ListedIsa.RISCV64, "cas4", "lr.w"));
    }

    private static DynamicTest found(ListedIsa isa, String routine, String instruction) {
        return dynamicTest(
                isa.hostmemName + " " + routine,
                () -> assertThat(undecoded(isa, routine)).isNotEmpty().anyMatch(one -> one.startsWith(instruction)));
    }

    private static List<String> undecoded(ListedIsa isa, String routine) throws IOException, InterruptedException {
        Decoding decoding = provider(isa).decoding();
        Side side = side(routine);
        int accesses = 0;
        List<String> wrong = new ArrayList<>();
        for (String instruction : Disassembled.of(isa, isa.lines(), routine).instructions()) {
            MachineAccess access = MachineAccess.of(isa, instruction);
            if (access != null && (side == Side.BOTH || access.isStore() == (side == Side.STORES))) {
                accesses++;
                if (!decoding.instructions().contains(access.mnemonic()) || !access.isPlain()) {
                    wrong.add(instruction);
                }
            }
        }
        boolean isBulk = !routine.matches("(load|store|cas).*");
        assertThat(accesses)
                .as("accesses to the device in %s", routine)
                .isGreaterThanOrEqualTo(isBulk ? FEWEST_OF_BULK : 1);
        return wrong;
    }

    private static Side side(String routine) {
        if (routine.matches("(from|load|streamFrom).*")) {
            return Side.LOADS;
        }
        return routine.matches("(copy|exchange|cas).*") ? Side.BOTH : Side.STORES;
    }
}
