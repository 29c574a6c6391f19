package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.hostmem.RegionClosedException;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Waiting for a device, and the end of it: with real descriptors, which a kernel that answers as Linux 7.3 signals. */
@Timeout(60)
class InterruptsTest {

    private static final String ADDRESS = "0000:03:00.0";
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
    private Device device;

    @BeforeEach
    void aFunction() throws IOException {
        FakeSysfs fake = new FakeSysfs(root);
        fake.device(ADDRESS, "vfio-pci", "7");
        device = Vfio.open(ADDRESS, VfioOptions.none(), kernel, fake.sys(), fake.dev());
    }

    @AfterEach
    void closed() {
        device.close();
    }

    private Interrupts enabled(InterruptIndex index, int vectors) {
        Interrupts interrupts = device.interrupts(index);
        interrupts.enable(vectors);
        return interrupts;
    }

    @Test
    void allVectorsAreArmedAtOnceAndDisabledAtOnce() {
        Interrupts msix = device.interrupts(InterruptIndex.MSIX);
        assertThat(msix.count()).isEqualTo(65);
        msix.enable(3);
        assertThat(kernel.calls).last().asString().matches("SET_IRQS \\[32, 36, 2, 0, 3, \\d+, \\d+, \\d+]");
        assertThat(msix.enabled()).isEqualTo(3);
        msix.disable();
        assertThat(kernel.calls).endsWith("SET_IRQS [20, 33, 2, 0, 0]");
        assertThat(kernel.interrupts.armed()).isZero();
        assertThat(device.interrupts(InterruptIndex.MSIX)).isSameAs(msix);
        msix.enable(65);
        assertThat(kernel.interrupts.armed()).isEqualTo(65);
    }

    @Test
    void signalsAddUpUntilTheyAreTaken() {
        Interrupts msix = enabled(InterruptIndex.MSIX, 2);
        for (int i = 0; i < 5; i++) {
            kernel.interrupts.raise(2, 1);
        }
        assertThat(msix.await(1, LONG)).isEqualTo(5);
        assertThat(msix.await(1, Duration.ZERO)).isZero();
        assertThat(msix.await(0, Duration.ofSeconds(-1))).isZero();
    }

    @Test
    void aTimeoutLastsAsLongAsItSays() {
        Interrupts msi = enabled(InterruptIndex.MSI, 1);
        long start = System.nanoTime();
        assertThat(msi.await(0, Duration.ofMillis(120))).isZero();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(120_000_000);
        assertThat(msi.await(0, Duration.ofNanos(1))).isZero();
    }

    @Test
    void aWaiterTakesNoProcessorTime() throws IOException {
        Interrupts msi = enabled(InterruptIndex.MSI, 1);
        msi.await(0, Duration.ofMillis(1));
        long start = nanosOfThisThread();
        msi.await(0, Duration.ofMillis(400));
        assertThat(nanosOfThisThread() - start).isLessThan(100_000_000);
    }

    private static long nanosOfThisThread() throws IOException {
        return Long.parseLong(
                Files.readString(Path.of("/proc/thread-self/schedstat")).split(" ")[0]);
    }

    @Test
    void theLongestDurationIsNoOverflow() throws Exception {
        Interrupts msi = enabled(InterruptIndex.MSI, 1);
        CompletableFuture<Long> waiter =
                CompletableFuture.supplyAsync(() -> msi.await(0, Duration.ofSeconds(Long.MAX_VALUE)));
        assertThatThrownBy(() -> waiter.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        msi.trigger(0);
        assertThat(waiter.get()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"disable", "close"})
    void whoeverWaitsIsWokenAtTheEnd(String end) throws Exception {
        Interrupts msix = enabled(InterruptIndex.MSIX, 2);
        List<CompletableFuture<Long>> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int vector = i % 2;
            waiters.add(started(() -> vector == 0 ? msix.await(0) : msix.await(1, LONG)));
        }
        Thread.sleep(100);
        if (end.equals("close")) {
            device.close();
        } else {
            msix.disable();
        }
        for (CompletableFuture<Long> waiter : waiters) {
            assertThatThrownBy(() -> waiter.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(RegionClosedException.class);
        }
    }

    private static CompletableFuture<Long> started(Supplier<Long> wait) {
        CompletableFuture<Long> result = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                result.complete(wait.get());
            } catch (Throwable thrown) {
                result.completeExceptionally(thrown);
            }
        });
        return result;
    }

    @Test
    void afterTheEndNothingWaits() {
        Interrupts msix = enabled(InterruptIndex.MSIX, 1);
        device.close();
        assertThatThrownBy(() -> msix.await(0)).isInstanceOf(RegionClosedException.class);
        assertThatThrownBy(() -> msix.enable(1)).isInstanceOf(RegionClosedException.class);
        assertThatThrownBy(() -> device.interrupts(InterruptIndex.MSIX)).isInstanceOf(RegionClosedException.class);
        msix.disable();
    }

    @Test
    void aHandlerIsCalledOnTheThreadThatServesUntilTheEnd() throws Exception {
        Interrupts msix = enabled(InterruptIndex.MSIX, 3);
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        Thread server = Thread.ofPlatform()
                .name("server")
                .start(() -> msix.serve(
                        (vector, count) -> seen.add(Thread.currentThread().getName() + " " + vector + " " + count)));
        msix.trigger(2);
        msix.trigger(0);
        while (seen.size() < 2) {
            Thread.sleep(5);
        }
        assertThat(seen).containsExactlyInAnyOrder("server 2 1", "server 0 1");
        msix.disable();
        server.join(10_000);
        assertThat(server.isAlive()).isFalse();
    }

    @Test
    void whatAHandlerThrowsEndsItAndLeavesTheInterruptsEnabled() {
        Interrupts msix = enabled(InterruptIndex.MSIX, 1);
        msix.trigger(0);
        assertThatThrownBy(() -> msix.serve((vector, count) -> {
                    throw new IllegalStateException("mine");
                }))
                .hasMessage("mine");
        msix.trigger(0);
        assertThat(msix.await(0, LONG)).isEqualTo(1);
    }

    @Test
    void aLevelIsMaskedByItsSignalUntilItIsUnmasked() {
        Interrupts intx = enabled(InterruptIndex.INTX, 1);
        assertThat(intx.automasked()).isTrue();
        kernel.interrupts.raise(0, 0);
        assertThat(intx.await(0, LONG)).isEqualTo(1);
        kernel.interrupts.raise(0, 0);
        assertThat(intx.await(0, Duration.ofMillis(20))).isZero();
        intx.unmask(0);
        assertThat(intx.await(0, LONG)).as("the level was up still").isEqualTo(1);
        intx.unmask(0);
        intx.mask(0);
        kernel.interrupts.raise(0, 0);
        assertThat(intx.await(0, Duration.ofMillis(20))).isZero();
    }

    @Test
    void aLevelIsResampledByADescriptorOfItsOwn() {
        Interrupts intx = enabled(InterruptIndex.INTX, 1);
        assertThat(kernel.calls).anyMatch(call -> call.matches("SET_IRQS \\[24, 20, 0, 0, 1, \\d+]"));
        kernel.calls.clear();
        intx.resample();
        assertThat(kernel.calls).isEmpty();
    }

    @Test
    void whatCannotBeMaskedSaysSo() {
        kernel.interrupts.flags[2] = 9;
        Interrupts msix = enabled(InterruptIndex.MSIX, 1);
        assertThat(msix.maskable()).isFalse();
        assertThatThrownBy(() -> msix.mask(0))
                .isInstanceOf(VfioException.class)
                .hasMessageContainingAll("ENOTTY", "MSIX");
        assertThatThrownBy(msix::resample).isInstanceOf(VfioException.class);
    }

    @Test
    void oneOfThreeKindsIsEnabledAtATime() {
        Interrupts intx = enabled(InterruptIndex.INTX, 1);
        Interrupts msi = device.interrupts(InterruptIndex.MSI);
        assertThatThrownBy(() -> msi.enable(1))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("EINVAL")
                .hasMessageContaining("MSIX");
        intx.disable();
        msi.enable(4);
        enabled(InterruptIndex.ERR, 1);
        Interrupts request = enabled(InterruptIndex.REQ, 1);
        kernel.interrupts.raise(4, 0);
        assertThat(request.await(0, LONG)).isEqualTo(1);
    }

    @Test
    void wrongNumbersAreRefused() {
        Interrupts msi = device.interrupts(InterruptIndex.MSI);
        assertThatThrownBy(() -> msi.enable(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> msi.enable(5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4");
        assertThatThrownBy(() -> msi.await(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("enable(");
        msi.enable(2);
        assertThatThrownBy(() -> msi.enable(2))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("disable()");
        assertThatThrownBy(() -> msi.await(2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> msi.trigger(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aDeviceWithoutInterruptsHasNone() {
        kernel.interrupts.counts[3] = 0;
        Interrupts none = device.interrupts(InterruptIndex.ERR);
        assertThat(none.count()).isZero();
        assertThatThrownBy(() -> none.enable(1))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("ERR");
        try (Device embedded = EmbeddedDevice.open()) {
            assertThat(embedded.interrupts(InterruptIndex.MSIX).count()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INTX", "MSI", "MSIX"})
    void whatTheHostRefusesLeavesNothingOpen(InterruptIndex index) throws IOException {
        Interrupts interrupts = device.interrupts(index);
        long before = descriptors();
        for (int i = 0; i < 50; i++) {
            kernel.interrupts.counts[index.ordinal()] = 0;
            assertThatThrownBy(() -> interrupts.enable(1)).isInstanceOf(VfioException.class);
        }
        assertThat(descriptors()).isLessThanOrEqualTo(before + 2);
    }

    @Test
    void aHundredThousandInterruptsFromTwoThreadsArriveAndLeaveNothingBehind() throws Exception {
        int each = 50_000;
        long before = descriptors();
        Interrupts msix = enabled(InterruptIndex.MSIX, 2);
        AtomicLong[] taken = {new AtomicLong(), new AtomicLong()};
        Thread server = Thread.ofPlatform().start(() -> msix.serve((vector, count) -> taken[vector].addAndGet(count)));
        List<Thread> raisers = new ArrayList<>();
        for (int vector = 0; vector < 2; vector++) {
            int mine = vector;
            raisers.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < each; i++) {
                    kernel.interrupts.raise(2, mine);
                }
            }));
        }
        for (Thread raiser : raisers) {
            raiser.join();
        }
        while (taken[0].get() < each || taken[1].get() < each) {
            Thread.sleep(2);
        }
        msix.disable();
        server.join();
        assertThat(taken[0]).hasValue(each);
        assertThat(taken[1]).hasValue(each);
        assertThat(descriptors()).isLessThanOrEqualTo(before + 2);
    }

    @Test
    void enablingAndDisablingWhileOthersWaitLeavesNoDescriptor() throws Exception {
        long before = descriptors();
        Interrupts msix = device.interrupts(InterruptIndex.MSIX);
        for (int i = 0; i < 500; i++) {
            msix.enable(2);
            CompletableFuture<Long> waiter = started(() -> msix.await(1, LONG));
            msix.disable();
            assertThatThrownBy(() -> waiter.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(RuntimeException.class);
        }
        assertThat(descriptors()).isLessThanOrEqualTo(before + 2);
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }
}
