package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A function that gives no answer: its configuration space reads as ones, from the start or from some moment on. */
class NoAnswerTest {

    private static final String ADDRESS = "0000:03:00.0";
    private static final int POWER = 0x50;

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
    private FakeSysfs fake;

    @BeforeEach
    void aFunctionWithPowerManagement() throws IOException {
        fake = new FakeSysfs(root);
        fake.device(ADDRESS, "vfio-pci", "7");
        kernel.config[0] = 0x34;
        kernel.config[1] = 0x12;
        kernel.config[6] = 0x10;
        kernel.config[0x34] = POWER;
        kernel.config[POWER] = 1;
        kernel.config[POWER + 4] = 8;
    }

    private Device open() {
        return Vfio.open(ADDRESS, VfioOptions.none(), kernel, fake.sys(), fake.dev());
    }

    private void gone() {
        Arrays.fill(kernel.config, (byte) -1);
    }

    private void assertNoAnswer(ThrowingCallable question) {
        assertThatThrownBy(question)
                .isInstanceOf(NoAnswerException.class)
                .hasMessageContaining(ADDRESS)
                .hasMessageContaining("vendor");
    }

    private void assertNothingIsKnownAndNothingWritten(Device device) {
        kernel.calls.clear();
        assertNoAnswer(device::memoryEnabled);
        assertNoAnswer(device::busMaster);
        assertNoAnswer(device::powerState);
        assertNoAnswer(() -> device.setMemoryEnabled(true));
        assertNoAnswer(() -> device.setMemoryEnabled(false));
        assertNoAnswer(() -> device.setBusMaster(true));
        assertNoAnswer(() -> device.setBusMaster(false));
        assertNoAnswer(() -> device.setPowerState(PowerState.D0));
        assertThat(kernel.calls).as("writes").noneMatch(call -> call.startsWith("pwrite"));
    }

    @Test
    void whatIsOpenedWithoutAnAnswerSaysSoToEveryQuestion() {
        gone();
        try (Device device = open()) {
            assertNothingIsKnownAndNothingWritten(device);
        }
    }

    @Test
    void whatIsTakenAwayLaterSaysSoToo() {
        try (Device device = open()) {
            assertThat(device.powerState()).isEqualTo(PowerState.D0);
            gone();
            assertNothingIsKnownAndNothingWritten(device);
        }
    }

    @Test
    void aVendorOfOnesIsEnough() {
        try (Device device = open()) {
            kernel.config[0] = -1;
            kernel.config[1] = -1;
            assertNothingIsKnownAndNothingWritten(device);
        }
    }

    /** As vfio-pci has it, which makes up the vendor, and one bit of the command register. */
    @Test
    void aCommandRegisterWithReservedBitsIsEnough() {
        try (Device device = open()) {
            kernel.config[4] = -1;
            kernel.config[5] = (byte) 0xfb;
            assertNothingIsKnownAndNothingWritten(device);
        }
    }

    @Test
    void aPowerRegisterOfOnesIsNoState() {
        try (Device device = open()) {
            kernel.config[POWER + 4] = -1;
            kernel.config[POWER + 5] = -1;
            assertThatThrownBy(device::powerState)
                    .isInstanceOf(NoAnswerException.class)
                    .hasMessageContaining("power register");
            kernel.calls.clear();
            assertThatThrownBy(() -> device.setPowerState(PowerState.D0)).isInstanceOf(NoAnswerException.class);
            assertThat(kernel.calls).isEmpty();
        }
    }

    @Test
    void accessesAreForeseenToFailUntilItAnswersAgain() {
        byte[] answering = kernel.config.clone();
        gone();
        try (Device device = open();
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThatThrownBy(() -> bar.readInt(0))
                    .isInstanceOfSatisfying(
                            RegionFaultException.class,
                            fault -> assertThat(fault.isForeseen()).isTrue())
                    .hasMessageContaining(ADDRESS);
            System.arraycopy(answering, 0, kernel.config, 0, answering.length);
            assertThat(device.memoryEnabled()).isTrue();
            assertThat(bar.readInt(0)).isZero();
            assertThat(device.powerState()).isEqualTo(PowerState.D0);
            gone();
            assertNoAnswer(device::memoryEnabled);
            assertThatThrownBy(() -> bar.readInt(0))
                    .isInstanceOf(RegionFaultException.class)
                    .hasMessageContaining(ADDRESS);
        }
    }

    @Test
    void aResetAfterWhichNobodyAnswersIsAnError() {
        try (Device device = open()) {
            gone();
            assertThatThrownBy(device::reset)
                    .isInstanceOf(NoAnswerException.class)
                    .hasMessageContainingAll(ADDRESS, "reset");
        }
    }

    @Test
    void aWriteThatChangesNothingIsAnError() {
        kernel.readOnly = true;
        try (Device device = open()) {
            assertThatThrownBy(() -> device.setMemoryEnabled(false))
                    .isInstanceOf(VfioException.class)
                    .isNotInstanceOf(NoAnswerException.class)
                    .hasMessageContaining("command register")
                    .hasMessageContaining("0x0103")
                    .hasMessageContaining("0x0101");
            assertThat(device.memoryEnabled()).isTrue();
            assertThatThrownBy(() -> device.setBusMaster(true))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("0x0107");
            assertThatThrownBy(() -> device.setPowerState(PowerState.D3HOT))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("D3HOT")
                    .hasMessageContaining("0x0008");
            assertThat(device.powerState()).isEqualTo(PowerState.D0);
            device.setMemoryEnabled(true);
        }
    }

    @Test
    void aRegisterThatCannotBeReadIsNoAnswerMadeUp() {
        try (Device device = open()) {
            kernel.refusals.put("pread", -Errno.EIO);
            assertThatThrownBy(device::powerState)
                    .isInstanceOf(VfioException.class)
                    .isNotInstanceOf(NoAnswerException.class)
                    .hasMessageContaining("EIO");
            kernel.refusals.put("pread", 1);
            assertThatThrownBy(device::memoryEnabled)
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("1 of 2 bytes");
        }
    }
}
