package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.guest.GuestRam;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.vfio.DmaException.Refusal;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device can reach, and until when: with a kernel that answers as Linux 7.3 was seen to. */
class DmaSpaceTest {

    private static final String ADDRESS = "0000:03:00.0";
    private static final String SAME_GROUP = "0000:03:00.1";
    private static final String OTHER_GROUP = "0000:04:00.0";
    private static final Set<Direction> BOTH = EnumSet.allOf(Direction.class);

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
    private FakeSysfs fake;

    @BeforeEach
    void functionsBoundToVfioPci() throws IOException {
        fake = new FakeSysfs(root);
        fake.device(ADDRESS, "vfio-pci", "7");
        fake.device(SAME_GROUP, "vfio-pci", "7");
        fake.device(OTHER_GROUP, "vfio-pci", "8");
        fake.cdev(ADDRESS, "vfio0");
        fake.cdev(SAME_GROUP, "vfio1");
        fake.cdev(OTHER_GROUP, "vfio2");
    }

    private Device open(VfioInterface way) {
        return Vfio.open(ADDRESS, VfioOptions.none().through(way), kernel, fake.sys(), fake.dev());
    }

    private static void assertRefused(Refusal reason, Runnable asked, String... words) {
        assertThatThrownBy(asked::run)
                .isInstanceOfSatisfying(
                        DmaException.class,
                        refused -> assertThat(refused.refusal()).isEqualTo(reason))
                .hasMessageContainingAll(words.length == 0 ? new String[] {""} : words);
    }

    private List<String> callsOf(String name) {
        return kernel.calls.stream().filter(call -> call.startsWith(name)).toList();
    }

    @Test
    void aContainerIsToldTheRightsAsItsStructuresHaveThem() {
        try (Device device = open(VfioInterface.GROUP);
                DmaMemory memory = DmaMemory.allocate(0x3000)) {
            device.dma().mapAt(0x10000, memory.ram(), Set.of(Direction.READ)).close();
            device.dma().mapAt(0x10000, memory.ram(), Set.of(Direction.WRITE)).close();
            device.dma().mapAt(0x10000, memory.ram(), BOTH).close();
            assertThat(callsOf("MAP_DMA"))
                    .containsExactly(
                            "MAP_DMA 0x3000 at 0x10000 flags 1",
                            "MAP_DMA 0x3000 at 0x10000 flags 2",
                            "MAP_DMA 0x3000 at 0x10000 flags 3");
            assertThat(callsOf("UNMAP_DMA")).hasSize(3).containsOnly("UNMAP_DMA 0x3000 at 0x10000");
        }
    }

    @Test
    void anAddressSpaceOfIommufdIsToldTheRightsAsItsStructuresHaveThem() {
        try (Device device = open(VfioInterface.CDEV);
                DmaMemory memory = DmaMemory.allocate(0x3000)) {
            device.dma().mapAt(0x10000, memory.ram(), Set.of(Direction.READ)).close();
            device.dma().mapAt(0x10000, memory.ram(), Set.of(Direction.WRITE)).close();
            assertThat(callsOf("IOAS_MAP"))
                    .containsExactly(
                            "IOAS_MAP of 77 0x3000 at 0x10000 flags 5", "IOAS_MAP of 77 0x3000 at 0x10000 flags 3");
            assertThat(callsOf("IOAS_UNMAP")).hasSize(2).containsOnly("IOAS_UNMAP of 77 0x3000 at 0x10000");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "CDEV"})
    void theRangesAreThoseOfTheKernelWithoutTheWindowOfInterrupts(VfioInterface way) {
        try (Device device = open(way)) {
            assertThat(device.dma().ranges()).isEqualTo(kernel.dma.ranges);
            assertThat(Long.lowestOneBit(device.dma().pageSizes())).isEqualTo(4096);
            assertThat(device.dma().isPhysical()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "CDEV"})
    void aMappingSaysWhereADeviceFindsEachByte(VfioInterface way) {
        try (Device device = open(way);
                DmaMemory memory = DmaMemory.allocate(0x3000);
                DmaMapping mapping = device.dma().map(memory.ram(), BOTH)) {
            assertThat(mapping.address()).isEqualTo(0x1000);
            assertThat(mapping.address(0x2345)).isEqualTo(0x3345);
            assertThat(mapping.contiguous(0x2345)).isEqualTo(0xcbb);
            assertThat(mapping.length()).isEqualTo(0x3000);
            assertThat(mapping.rights()).isEqualTo(BOTH);
            assertThatThrownBy(() -> mapping.address(0x3000)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(device.dma().mappings()).containsExactly(mapping);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "CDEV"})
    void guestRamIsMappedWhereTheGuestHasIt(VfioInterface way) {
        try (Device device = open(way);
                HostMemoryAccessor ram = GuestRam.open(1 << 20)) {
            device.dma().mapAt(0, ram.slice(0, 0xa0000), BOTH);
            device.dma().mapAt(0xc0000, ram.slice(0xc0000, 0x40000), Set.of(Direction.READ));
            assertThat(kernel.dma.mapped).containsOnlyKeys(0L, 0xc0000L);
            long base = ((MappedAccessor) ram).address();
            assertThat(kernel.dma.mapped.get(0xc0000L).address()).isEqualTo(base + 0xc0000);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "CDEV"})
    void memoryIsReleasedAfterTheDeviceIsStoppedAndTheMappingGone(VfioInterface way) {
        try (Device device = open(way)) {
            DmaMemory memory = DmaMemory.allocate(0x1000);
            DmaMapping mapping = device.dma().map(memory.ram(), BOTH);
            device.setBusMaster(true);
            kernel.calls.clear();
            memory.close();
            assertThat(kernel.calls).hasSize(2);
            assertThat(kernel.calls.get(0)).isEqualTo("pwrite 2 at 4");
            assertThat(kernel.calls.get(1)).contains("UNMAP");
            assertThat(device.busMaster()).isFalse();
            assertThat(mapping.isOpen()).isFalse();
            assertThatThrownBy(() -> memory.ram().readInt(0)).isInstanceOf(RegionClosedException.class);
            memory.close();
            mapping.close();
            assertThat(kernel.calls).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "CDEV"})
    void guestRamToo(VfioInterface way) {
        try (Device device = open(way)) {
            HostMemoryAccessor ram = GuestRam.open(0x2000);
            DmaMapping mapping = device.dma().map(ram.slice(0x1000, 0x1000), BOTH);
            ram.close();
            assertThat(mapping.isOpen()).isFalse();
            assertThat(kernel.dma.mapped).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "CDEV"})
    void whileTheKernelDoesNotUnmapTheMemoryStays(VfioInterface way) {
        try (Device device = open(way)) {
            DmaMemory memory = DmaMemory.allocate(0x1000);
            DmaMapping mapping = device.dma().map(memory.ram(), BOTH);
            String unmap =
                    way == VfioInterface.GROUP ? "UNMAP_DMA 0x1000 at 0x1000" : "IOAS_UNMAP of 77 0x1000 at 0x1000";
            kernel.refusals.put(unmap, -Errno.EBUSY);
            assertRefused(Refusal.REFUSED, memory::close, "EBUSY");
            assertRefused(Refusal.REFUSED, mapping::close);
            memory.ram().writeInt(0, 5);
            assertThat(mapping.isOpen()).isTrue();
            kernel.refusals.clear();
            memory.close();
            assertThat(mapping.isOpen()).isFalse();
            assertThatThrownBy(() -> memory.ram().readInt(0)).isInstanceOf(RegionClosedException.class);
        }
    }

    @Test
    void closingTheDeviceStopsUnmapsAndReleasesInThisOrder() {
        Device device = open(VfioInterface.GROUP);
        DmaMemory memory = DmaMemory.allocate(0x1000);
        DmaMapping mapping = device.dma().map(memory.ram(), BOTH);
        DmaSpace space = device.dma();
        device.interrupts(InterruptIndex.MSIX).enable(1);
        device.setBusMaster(true);
        kernel.calls.clear();
        device.close();
        assertThat(kernel.calls)
                .containsExactly(
                        "SET_IRQS [20, 33, 2, 0, 0]",
                        "pwrite 2 at 4",
                        "UNMAP_DMA 0x1000 at 0x1000",
                        "close 102",
                        "close 101",
                        "close 100");
        assertThat(mapping.isOpen()).isFalse();
        assertThatThrownBy(() -> space.map(memory.ram(), BOTH)).isInstanceOf(RegionClosedException.class);
        assertThatThrownBy(space::ranges).isInstanceOf(RegionClosedException.class);
        assertThatThrownBy(device::dma).isInstanceOf(RegionClosedException.class);
        mapping.close();
        memory.ram().writeInt(0, 1);
        memory.close();
        device.close();
        assertThat(kernel.calls).hasSize(6);
    }

    @Test
    void whatTheKernelDoesNotUnmapEndsWithItsDescriptors() {
        Device device = open(VfioInterface.GROUP);
        DmaMemory memory = DmaMemory.allocate(0x1000);
        DmaMapping mapping = device.dma().map(memory.ram(), BOTH);
        kernel.refusals.put("UNMAP_DMA 0x1000 at 0x1000", -Errno.EBUSY);
        device.close();
        assertThat(kernel.calls).endsWith("close 102", "close 101", "close 100");
        assertThat(mapping.isOpen()).isFalse();
        memory.close();
    }

    /** A region that stays mapped keeps the descriptors, and they keep the mapping that was not ended. */
    @Test
    void whatTheKernelDoesNotUnmapIsReachedAsLongAsARegionIsMapped() {
        Device device = open(VfioInterface.GROUP);
        DmaMemory memory = DmaMemory.allocate(0x1000);
        DmaMapping mapping = device.dma().map(memory.ram(), BOTH);
        device.region(0).open(AccessOptions.DEFAULT);
        String reserve = "reserve 0x" + Long.toHexString(device.region(0).info().size());
        kernel.refusals.put("UNMAP_DMA 0x1000 at 0x1000", -Errno.EBUSY);
        kernel.refusals.put(reserve, -Errno.ENOMEM);
        kernel.refusals.put("forbid", -Errno.ENOMEM);
        assertThatThrownBy(device::close)
                .isInstanceOf(HostMemoryException.class)
                .hasMessageContaining("errno " + Errno.ENOMEM);
        assertThat(callsOf("close")).isEmpty();
        assertThat(mapping.isOpen()).isTrue();
        assertRefused(Refusal.REFUSED, memory::close, "EBUSY");
        kernel.refusals.remove(reserve);
        device.close();
        assertThat(callsOf("close")).endsWith("close 102", "close 101", "close 100");
        assertThat(mapping.isOpen()).isFalse();
        memory.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "CDEV"})
    void aDeviceThatWasHandedOverIsNotStoppedByTheOneThatMappedNothing(VfioInterface way) {
        try (Device device = open(way)) {
            device.setBusMaster(true);
        }
        assertThat(kernel.config[4] & 4).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({
        "EINVAL, OUT_OF_RANGE",
        "EOVERFLOW, OUT_OF_RANGE",
        "EEXIST, TAKEN",
        "EFAULT, NOT_ACCESSIBLE",
        "ENOMEM, LOCKED_MEMORY",
        "ENOSPC, TOO_MANY_MAPPINGS",
        "ENOTTY, UNSUPPORTED",
        "EIO, REFUSED"
    })
    void everyRefusalOfTheKernelHasItsReason(String errno, Refusal reason) throws ReflectiveOperationException {
        int number = Errno.class.getDeclaredField(errno).getInt(null);
        for (VfioInterface way : VfioInterface.SAFE) {
            try (Device device = open(way);
                    DmaMemory memory = DmaMemory.allocate(0x1000)) {
                kernel.refusals.put("MAP_DMA 0x1000 at 0x10000 flags 3", -number);
                kernel.refusals.put("IOAS_MAP of 77 0x1000 at 0x10000 flags 7", -number);
                assertRefused(
                        reason, () -> device.dma().mapAt(0x10000, memory.ram(), BOTH), "0x1000 bytes at IOVA 0x10000");
                assertThat(device.dma().mappings()).isEmpty();
                kernel.refusals.clear();
                device.dma().mapAt(0x10000, memory.ram(), BOTH).close();
            }
        }
    }

    @Test
    void tooLittleLockedMemorySaysHowMuchIsNeededAndAllowedAndWhatToDo() {
        kernel.dma.limit = 0x2000;
        try (Device device = open(VfioInterface.GROUP);
                DmaMemory memory = DmaMemory.allocate(0x10000)) {
            assertRefused(
                    Refusal.LOCKED_MEMORY,
                    () -> device.dma().map(memory.ram(), BOTH),
                    "needs 64 KiB more",
                    "RLIMIT_MEMLOCK",
                    "has locked ",
                    "ulimit -l",
                    "LimitMEMLOCK=",
                    "CAP_IPC_LOCK");
        }
    }

    @Test
    void whatCannotBeMappedIsRefusedBeforeTheKernelIsAsked() {
        try (Device device = open(VfioInterface.GROUP);
                DmaMemory memory = DmaMemory.allocate(0x2000)) {
            DmaSpace dma = device.dma();
            HostMemoryAccessor ram = memory.ram();
            dma.mapAt(0x10000, ram, BOTH);
            kernel.calls.clear();
            assertRefused(Refusal.UNALIGNED, () -> dma.map(ram.slice(0x800, 0x1000), BOTH), "0x1000");
            assertRefused(Refusal.UNALIGNED, () -> dma.map(ram.slice(0, 0x1800), BOTH));
            assertRefused(Refusal.UNALIGNED, () -> dma.map(ram.slice(0, 0), BOTH));
            assertRefused(Refusal.UNALIGNED, () -> dma.mapAt(0x10800, ram, BOTH));
            assertRefused(Refusal.TAKEN, () -> dma.mapAt(0x11000, ram, BOTH), "0x10000-0x11fff");
            assertRefused(Refusal.OUT_OF_RANGE, () -> dma.mapAt(0xfee0_0000L, ram, BOTH), "0x0-0xfedfffff");
            assertRefused(Refusal.OUT_OF_RANGE, () -> dma.mapAt(1L << 48, ram, BOTH));
            assertRefused(Refusal.OUT_OF_RANGE, () -> dma.mapAt(-0x1000, ram, BOTH));
            assertRefused(Refusal.NOT_ACCESSIBLE, () -> dma.map(ram.readOnly(), BOTH), "WRITE");
            assertThatThrownBy(() -> dma.map(ram, Set.of())).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> dma.map(ram, BOTH, 0)).isInstanceOf(IllegalArgumentException.class);
            assertThat(kernel.calls).isEmpty();
            dma.map(ram.readOnly(), Set.of(Direction.READ));
        }
    }

    @Test
    void closedMemoryIsNotMapped() {
        try (Device device = open(VfioInterface.GROUP)) {
            DmaMemory memory = DmaMemory.allocate(0x1000);
            memory.close();
            assertThatThrownBy(() -> device.dma().map(memory.ram(), BOTH)).isInstanceOf(RegionClosedException.class);
            assertThat(kernel.dma.mapped).isEmpty();
        }
    }

    @Test
    void lentMemoryCanBeMapped() {
        try (Device device = open(VfioInterface.CDEV);
                Arena arena = Arena.ofShared()) {
            HostMemoryAccessor lent = ProviderSelection.load()
                    .open(MappedRegion.borrowed(
                            arena.allocate(0x1000, 0x1000),
                            RegionCapabilities.whole(0x1000, CacheMode.NORMAL, CacheModeSource.BY_CONSTRUCTION),
                            AccessOptions.DEFAULT));
            try (DmaMapping mapping = device.dma().map(lent, BOTH)) {
                assertThat(mapping.isOpen()).isTrue();
            }
        }
    }

    @Test
    void aContainerTakesTheBarOfAnotherDevice() {
        try (Device device = open(VfioInterface.GROUP)) {
            Device other = device.dma().open(OTHER_GROUP, VfioOptions.none());
            HostMemoryAccessor bar = other.region(0).open(AccessOptions.DEFAULT);
            DmaMapping mapping = device.dma().map(bar, BOTH);
            assertThat(kernel.dma.mapped.get(mapping.address()).size()).isEqualTo(0x10000);
            other.close();
            assertThat(mapping.isOpen()).as("the BAR is gone with its device").isFalse();
        }
    }

    @Test
    void iommufdTakesNoBarAndSaysWhatDoes() {
        try (Device device = open(VfioInterface.CDEV);
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            assertRefused(Refusal.DEVICE_MEMORY, () -> device.dma().map(bar, BOTH), "VfioInterface.GROUP");
        }
    }

    @Test
    void aBarThatDoesNotAnswerIsNamed() {
        try (Device device = open(VfioInterface.GROUP);
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            kernel.refusals.put("MAP_DMA 0x10000 at 0x1000 flags 3", -Errno.EFAULT);
            assertRefused(Refusal.DEVICE_MEMORY, () -> device.dma().map(bar, BOTH), "setMemoryEnabled(true)");
        }
    }

    @Test
    void twoDevicesOfOneGroupShareItAndTheContainer() {
        Device first = open(VfioInterface.GROUP);
        DmaMemory memory = DmaMemory.allocate(0x1000);
        kernel.calls.clear();
        Device second = first.dma().open(SAME_GROUP, VfioOptions.none());
        assertThat(kernel.calls).startsWith("GET_DEVICE_FD " + SAME_GROUP).noneMatch(call -> call.startsWith("open "));
        assertThat(second.dma()).isSameAs(first.dma());
        assertThat(first.dma().devices()).containsExactly(ADDRESS, SAME_GROUP);
        DmaMapping mapping = second.dma().map(memory.ram(), BOTH);
        kernel.calls.clear();
        first.close();
        assertThat(kernel.calls).containsExactly("close 102");
        assertThat(mapping.isOpen()).as("the other device reaches it still").isTrue();
        kernel.calls.clear();
        second.close();
        assertThat(kernel.calls).containsExactly("UNMAP_DMA 0x1000 at 0x1000", "close 200", "close 101", "close 100");
        assertThat(mapping.isOpen()).isFalse();
        memory.close();
    }

    @Test
    void aDeviceOfAnotherGroupComesIntoTheContainer() {
        try (Device first = open(VfioInterface.GROUP)) {
            kernel.calls.clear();
            try (Device second = first.dma().open(OTHER_GROUP, VfioOptions.none())) {
                assertThat(kernel.calls)
                        .startsWith("open vfio/8", "GET_STATUS 8", "SET_CONTAINER 100", "GET_DEVICE_FD " + OTHER_GROUP);
                assertThat(second.way()).isEqualTo("group");
                kernel.calls.clear();
            }
            assertThat(kernel.calls).containsExactly("close 200", "close 101");
        }
    }

    @Test
    void aDeviceByItsOwnNodeIsAttachedToTheSpaceOfTheFirst() {
        try (Device first = open(VfioInterface.CDEV)) {
            kernel.calls.clear();
            try (Device second = first.dma().open(SAME_GROUP, VfioOptions.none())) {
                assertThat(kernel.calls)
                        .startsWith("open vfio/devices/vfio1", "BIND [16, 0, 103, 0]", "ATTACH [12, 0, 77]");
                assertThat(second.dma()).isSameAs(first.dma());
                kernel.calls.clear();
            }
            assertThat(kernel.calls).containsExactly("close 200");
        }
        assertThat(kernel.calls).endsWith("close 102", "close 103");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET_DEVICE_FD " + OTHER_GROUP, "SET_CONTAINER 100", "open vfio/8", "GET_INFO"})
    void aDeviceThatCannotJoinLeavesTheOthersAsTheyWere(String call) {
        try (Device first = open(VfioInterface.GROUP);
                DmaMemory memory = DmaMemory.allocate(0x1000)) {
            kernel.refusals.put(call, -Errno.EINVAL);
            assertThatThrownBy(() -> first.dma().open(OTHER_GROUP, VfioOptions.none()))
                    .isInstanceOf(VfioException.class);
            kernel.refusals.clear();
            assertThat(first.dma().devices()).containsExactly(ADDRESS);
            first.dma().map(memory.ram(), BOTH).close();
            assertThat(kernel.calls).noneMatch(made -> made.equals("close 100") || made.equals("close 102"));
            first.dma().open(OTHER_GROUP, VfioOptions.none()).close();
        }
    }

    @Test
    void addressesThatAJoiningDeviceMayNotHaveAreGivenNoMore() {
        try (Device first = open(VfioInterface.GROUP);
                DmaMemory memory = DmaMemory.allocate(0x1000)) {
            first.dma().ranges();
            kernel.dma.ranges = List.of(new IovaRange(0x100000, 0xfffff_ffffL));
            try (Device second = first.dma().open(SAME_GROUP, VfioOptions.none());
                    DmaMapping mapping = second.dma().map(memory.ram(), BOTH)) {
                assertThat(mapping.address()).isEqualTo(0x100000);
            }
        }
    }

    @Test
    void aDeviceOfFewAddressBitsGetsWhatItReaches() {
        try (Device device = open(VfioInterface.CDEV);
                DmaMemory memory = DmaMemory.allocate(0x1000);
                HostMemoryAccessor ram = GuestRam.open(0x1000_0000)) {
            device.dma().mapAt(0, ram.slice(0, 0xfff_e000), BOTH);
            assertThat(device.dma().map(memory.ram(), BOTH, 28).address()).isEqualTo(0xfff_e000);
        }
    }

    @Test
    void whatIsNoDeviceOfVfiosHasNoSpaceAndSaysSo() {
        try (Device embedded = EmbeddedDevice.open()) {
            assertRefused(Refusal.UNSUPPORTED, embedded::dma, "embedded", "VFIO");
        }
    }

    @Test
    void withoutAnIommuADeviceOfItsOwnNodeIsToldPhysicalAddresses() throws IOException {
        fake.device("0000:05:00.0", "vfio-pci", "9");
        fake.withoutIommu("9");
        fake.cdev("0000:05:00.0", "noiommu-vfio9");
        try (Device device = Vfio.open(
                        "0000:05:00.0", VfioOptions.none().allowingNoIommu(), kernel, fake.sys(), fake.dev());
                DmaMemory memory = DmaMemory.allocate(0x10000);
                DmaMapping mapping = device.dma().map(memory.ram(), BOTH)) {
            assertThat(device.way()).isEqualTo("no-IOMMU cdev");
            assertThat(device.dma().isPhysical()).isTrue();
            assertThat(callsOf("IOAS_MAP of 77")).hasSize(1);
            assertThat(mapping.contiguous(0)).isEqualTo(0x7000);
            assertThat(mapping.address(0x6fff)).isEqualTo(mapping.address() + 0x6fff);
            assertThat(mapping.address(0x7000)).isNotEqualTo(mapping.address() + 0x7000);
            assertThat(mapping.contiguous(0x7001)).isEqualTo(0x7fff);
            assertRefused(
                    Refusal.UNSUPPORTED,
                    () -> device.dma().mapAt(0x10000, memory.ram(), BOTH),
                    "without an IOMMU",
                    "map()");
            assertRefused(Refusal.OUT_OF_RANGE, () -> device.dma().map(memory.ram(), BOTH, 28), "28 address bits");
        }
    }

    @Test
    void withoutAnIommuAndByTheGroupOnlyMemoryOfThisLibraryIsTaken() throws IOException {
        fake.device("0000:05:00.0", "vfio-pci", "9");
        fake.withoutIommu("9");
        try (Device device = Vfio.open(
                        "0000:05:00.0", VfioOptions.none().allowingNoIommu(), kernel, fake.sys(), fake.dev());
                HostMemoryAccessor ram = GuestRam.open(0x1000)) {
            assertThat(device.way()).isEqualTo("no-IOMMU group");
            assertRefused(Refusal.UNSUPPORTED, () -> device.dma().map(ram, BOTH), "DmaMemory", "NO_IOMMU_CDEV");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "CDEV"})
    void tenThousandMappingsLeaveNothingBehind(VfioInterface way) throws IOException {
        try (Device device = open(way);
                DmaMemory memory = DmaMemory.allocate(0x100000)) {
            long descriptors = descriptors();
            for (int i = 0; i < 10_000; i++) {
                long size = (1 + i % 200) * 0x1000L;
                try (DmaMapping first = device.dma().map(memory.ram().slice(0, size), BOTH);
                        DmaMapping second =
                                device.dma().map(memory.ram().slice(0x1000, 0x1000), Set.of(Direction.READ))) {
                    assertThat(first.isOpen() && second.isOpen()).isTrue();
                }
                kernel.calls.clear();
            }
            assertThat(kernel.dma.locked()).isZero();
            assertThat(device.dma().mappings()).isEmpty();
            assertThat(descriptors()).isLessThanOrEqualTo(descriptors + 2);
            device.dma().mapAt(0, GuestRam.open(0x1000), BOTH);
            assertThat(device.dma().map(memory.ram().slice(0, 0x1000), BOTH).address())
                    .isEqualTo(0x1000);
        }
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }
}
