package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.hostmem.integration.security.AsNobody;
import org.hostmem.integration.security.Unprivileged;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every way into a device, on the lab's own kernel: cdev, group, without an IOMMU, descriptors from another process,
 * sysfs, files. One boot for each ISA with an IOMMU, and one without.
 *
 * <p>What {@link WaysProgram} writes down is asserted here; descriptors are inherited by, and handed over to, a process
 * without any rights.
 */
@Tag("lab")
class WaysGuestTest {

    private static final String JAVA = "java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData";
    private static final String PROGRAM =
            JAVA + " --enable-native-access=ALL-UNNAMED -cp \"$1\" " + WaysProgram.class.getName();
    private static final String HOSTMEM = JAVA
            + " --enable-native-access=org.hostmem.vfio,org.hostmem.arch.generic --module-path \"$2\" -m"
            + " org.hostmem.cli/org.hostmem.cli.Main";

    private static final String AS_NOBODY = PROGRAM.replace(WaysProgram.class.getName(), AsNobody.class.getName());
    /** CAP_SYS_RAWIO alone, and 64 KiB of locked memory. */
    private static final String WITH_RAWIO = AS_NOBODY.replace("-cp ", "-Dhostmem.kept=17 -Dhostmem.locked=65536 -cp ");

    private static final String UNPRIVILEGED =
            PROGRAM.replace("\"$1\"", "\"$copied\"").replace(WaysProgram.class.getName(), Unprivileged.class.getName());

    private static final String DRIVER = PROGRAM.replace("\"$1\"", "\"$1:$PWD/target/readme-driver\"")
            .replace(WaysProgram.class.getName(), "Driver");

    /**
     * A process without rights may not even read the files of a checkout that is private, so that the classes are
     * copied for it.
     */
    private static final String COPY = """
        mkdir /tmp/classes
        IFS=:
        for path in $1; do
          number=$((number + 1))
          cp -r "$path" /tmp/classes/$number
          copied=$copied:/tmp/classes/$number
        done
        unset IFS
        copied=${copied#:}
        chmod -R a+rX /tmp/classes
        pci=/sys/bus/pci/devices
        """;

    /**
     * Such a process inherits one device and is handed another, by each way; then nodes of a third become its own, and
     * files of a fourth.
     */
    private static final String WITH_IOMMU = """
        set -e
        %1$s iommu "$HOSTMEM_LAB_OUT/results"
        %6$s >"$HOSTMEM_LAB_OUT/driver"
        %2$s report "$HOSTMEM_LAB_NVME" >"$HOSTMEM_LAB_OUT/report"
        %2$s config "$HOSTMEM_LAB_EDU" "$HOSTMEM_LAB_TESTDEV" "$HOSTMEM_LAB_IVSHMEM" "$HOSTMEM_LAB_NVME" --json \\
          >"$HOSTMEM_LAB_OUT/config"
        for device in "$HOSTMEM_LAB_EDU" "$HOSTMEM_LAB_TESTDEV" "$HOSTMEM_LAB_IVSHMEM" "$HOSTMEM_LAB_NVME"; do
          cat "/sys/bus/pci/devices/$device/config" >"$HOSTMEM_LAB_OUT/$device"
        done
        %2$s await "$HOSTMEM_LAB_NVME" msix 1 --trigger >"$HOSTMEM_LAB_OUT/await"
        if %2$s await "$HOSTMEM_LAB_NVME" msix 1 --timeout 0.5 2>"$HOSTMEM_LAB_OUT/late"; then exit 9; fi
        %5$s
        for way in cdev group; do
          tries=0
          until %2$s hand-over "$HOSTMEM_LAB_EDU" "/tmp/$way" --way $way --user 65534; do
            tries=$((tries + 1)) # the other process may not have closed it yet
            [ $tries -lt 5 ] || exit 9
          done
        done && {
          chown 65534 /dev/iommu "/dev/vfio/devices/$(ls "$pci/$HOSTMEM_LAB_NVME/vfio-dev")" \\
            "/dev/vfio/$(basename "$(readlink "$pci/$HOSTMEM_LAB_NVME/iommu_group")")"
          chown 65534 "$pci/$HOSTMEM_LAB_IVSHMEM/config" "$pci/$HOSTMEM_LAB_IVSHMEM/resource2"
          touch /tmp/owned
        } &
        exec 7<>"/dev/vfio/devices/$(ls "$pci/$HOSTMEM_LAB_TESTDEV/vfio-dev")" 8<&7
        %3$s %4$s cdev:$HOSTMEM_LAB_EDU group:$HOSTMEM_LAB_EDU fd:7 hand-over:/tmp/cdev hand-over:/tmp/group \\
          await:/tmp/owned \\
          fd:8 cdev:$HOSTMEM_LAB_NVME group:$HOSTMEM_LAB_NVME $pci/$HOSTMEM_LAB_IVSHMEM/resource2 \\
            $pci/$HOSTMEM_LAB_IVSHMEM/resource0 >"$HOSTMEM_LAB_OUT/nobody"
        wait $!
        """.formatted(PROGRAM, HOSTMEM, AS_NOBODY, UNPRIVILEGED, COPY, DRIVER);

    private static final String WITHOUT_IOMMU =
            """
            set -e
            %1$s no-iommu "$HOSTMEM_LAB_OUT/results"
            if %2$s read "$HOSTMEM_LAB_EDU" 0 0 2>"$HOSTMEM_LAB_OUT/refused"; then exit 9; fi
            %2$s read "$HOSTMEM_LAB_EDU" 0 0 --no-iommu >"$HOSTMEM_LAB_OUT/read"
            cat /proc/sys/kernel/tainted >"$HOSTMEM_LAB_OUT/tainted"
            %5$s
            for device in $HOSTMEM_LAB_EDU $HOSTMEM_LAB_TESTDEV; do
              chown 65534 /dev/iommu "/dev/vfio/devices/$(ls "$pci/$device/vfio-dev")" \\
                "/dev/vfio/noiommu-$(basename "$(readlink "$pci/$device/iommu_group")")"
            done
            %3$s %4$s no-iommu-cdev:$HOSTMEM_LAB_EDU no-iommu-group:$HOSTMEM_LAB_EDU >"$HOSTMEM_LAB_OUT/nobody"
            %6$s %4$s no-iommu-cdev:$HOSTMEM_LAB_EDU no-iommu-group:$HOSTMEM_LAB_EDU locked:0 \\
              no-iommu-cdev:$HOSTMEM_LAB_TESTDEV no-iommu-group:$HOSTMEM_LAB_TESTDEV >"$HOSTMEM_LAB_OUT/rawio"
            """.formatted(PROGRAM, HOSTMEM, AS_NOBODY, UNPRIVILEGED, COPY, WITH_RAWIO);

    /** One boot for all tests of a guest. */
    private static final Map<String, Future<Guest>> BOOTS = new HashMap<>();

    @BeforeAll
    static void boot() throws Exception {
        ReadmeDriver.compiled();
        for (String isa : List.of("aarch64", "x86_64")) { // the longer first
            BOOTS.put(
                    isa + true,
                    Guest.start(
                            isa,
                            WITH_IOMMU,
                            "--kernel",
                            "lab",
                            "--device",
                            "edu,bus=pcie.0,addr=1c.0,multifunction=on",
                            "--device",
                            "edu,bus=pcie.0,addr=1c.1"));
            BOOTS.put(isa + false, Guest.start(isa, WITHOUT_IOMMU, "--kernel", "lab", "--no-iommu"));
        }
    }

    private static Guest guest(String isa, boolean iommu) throws Throwable {
        Guest guest = Guest.await(BOOTS.get(isa + iommu));
        String said = guest.output();
        assertThat(guest.exit())
                .as(() -> "exit code of the guest, which said:\n" + said)
                .isZero();
        return guest;
    }

    private static Map<String, String> results(String isa, boolean iommu) throws Throwable {
        return guest(isa, iommu).results("results");
    }

    private static final String IDENTIFICATION = "10000ed edcba987";
    private static final String REGIONS = "0:1048576:NONCACHED:READ_IN_SOURCE 7:256:UNKNOWN:NONE";

    private static void assertNothingIsInherited(Map<String, String> results, String name, String... opened) {
        assertThat(results.get(name + ".descriptors")).contains(opened);
        assertThat(results.get(name + ".inheritable")).isEqualTo("[]");
        assertThat(results.get(name + ".inherited")).isEqualTo("[]");
        assertThat(results.get(name + ".control"))
                .as("a descriptor that is meant to be inherited")
                .isEqualTo("true");
    }

    private static void assertEdu(Map<String, String> results, String name, String way) {
        assertThat(results.get(name + ".way")).isEqualTo(way);
        assertThat(results.get(name + ".regions")).isEqualTo(REGIONS);
        assertThat(results.get(name + ".access")).isEqualTo(IDENTIFICATION);
        assertThat(results.get(name + ".config")).isEqualTo("11e81234");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void theDevicesOwnNodeIsPreferredAndTheGroupLeadsToTheSame(String isa) throws Throwable {
        Map<String, String> results = results(isa, true);
        assertEdu(results, "default", "cdev");
        assertEdu(results, "cdev", "cdev");
        assertEdu(results, "group", "group");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aDeviceThatIsOpenIsRefusedByEveryWayWithTheReason(String isa) throws Throwable {
        Map<String, String> results = results(isa, true);
        assertThat(results.get("busy.cdev")).startsWith("VfioException: ").contains("VFIO_DEVICE_BIND_IOMMUFD");
        assertThat(results.get("busy.group")).startsWith("VfioException: ");
        assertThat(results.get("busy.both")).contains("no way into 0000:00:03.0", "cdev: ", "group: ");
        assertThat(results.get("busy.afterwards")).isEqualTo("cdev");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void noProgramThatIsStartedGetsADescriptorOfADevice(String isa) throws Throwable {
        assertNothingIsInherited(results(isa, true), "cdev", "/dev/iommu", "/dev/vfio/devices/vfio");
        assertNothingIsInherited(results(isa, true), "group", "/dev/vfio/vfio", "anon_inode:[vfio-device]");
        assertNothingIsInherited(results(isa, false), "cdev", "/dev/iommu", "/dev/vfio/devices/noiommu-vfio");
        assertNothingIsInherited(
                results(isa, false), "group", "/dev/vfio/vfio", "/dev/vfio/noiommu-", "anon_inode:[vfio-device]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aFaultThatWouldComeIsForeseenAndItDoesComeIfTried(String isa) throws Throwable {
        Map<String, String> results = results(isa, true);
        assertThat(results.get("memory off.REFUSE")).startsWith("foreseen: ").contains("Device.setMemoryEnabled(true)");
        assertThat(results.get("memory off.TRY"))
                .startsWith("RegionFaultException: ")
                .contains("SIGBUS");
        assertThat(results.get("memory on.REFUSE"))
                .isEqualTo(results.get("memory on.TRY"))
                .isEqualTo("10000ed");
        assertThat(results.get("power asleep.REFUSE")).isEqualTo("D3HOT");
        assertThat(results.get("asleep.REFUSE")).startsWith("foreseen: ").contains("sleeps in D3HOT");
        assertThat(results.get("asleep.TRY"))
                .startsWith("RegionFaultException: ")
                .contains("SIGBUS");
        assertThat(results.get("awake.REFUSE"))
                .isEqualTo(results.get("awake.TRY"))
                .isEqualTo("same");
        assertThat(results.get("reset.REFUSE")).isEqualTo("same");
        assertThat(results.get("registers.REFUSE")).isEqualTo("foreseen, foreseen, after a reset the same");
        assertThat(results.get("registers.TRY")).isEqualTo("taken, taken, after a reset the same");
    }

    @ParameterizedTest
    @CsvSource({"x86_64, NONCACHED", "aarch64, DEVICE"})
    void aResourceOfSysfsIsMappedAsItsNameSays(String isa, String mode) throws Throwable {
        Map<String, String> results = results(isa, true);
        assertThat(results.get("sysfs.off")).startsWith("foreseen: ");
        assertThat(results.get("sysfs.resource0")).isEqualTo("10000ed f0f0f0f0");
        assertThat(results.get("sysfs.regions")).isEqualTo("0:1048576:" + mode + ":CERTAIN 7:256:UNKNOWN:NONE");
        assertThat(results.get("sysfs.wc absent"))
                .startsWith("VfioException: ")
                .contains("only a prefetchable BAR has one");
        assertThat(results.get("sysfs.resource2_wc"))
                .isEqualTo("2:1048576:WRITE_COMBINING:CERTAIN 7:256:UNKNOWN:NONE SINGLE");
        assertThat(results.get("sysfs.resource2"))
                .isEqualTo("7777777777777777 4030201 2:1048576:" + mode + ":CERTAIN 7:256:UNKNOWN:NONE "
                        + (mode.equals("DEVICE") ? "SPLIT" : "SINGLE"));
    }

    /** Aarch64 has no such list. */
    @ParameterizedTest
    @CsvSource({"x86_64, AGREES", "aarch64, IMPOSSIBLE"})
    void theKernelsListOfMemoryTypesAgrees(String isa, String verdict) throws Throwable {
        Map<String, String> results = results(isa, true);
        assertThat(results.get("sysfs.check"))
                .startsWith(verdict)
                .contains(verdict.equals("AGREES") ? "uncached-minus" : "cannot be read");
        assertThat(results.get("sysfs.check wc"))
                .startsWith(verdict)
                .contains(verdict.equals("AGREES") ? "write-combining" : "cannot be read");
        assertThat(results.get("vfio.check"))
                .startsWith(verdict)
                .contains(verdict.equals("AGREES") ? "uncached-minus" : "cannot be read");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aFileIsNormalMemory(String isa) throws Throwable {
        assertThat(results(isa, true).get("file")).isEqualTo("0:6000:NORMAL:CERTAIN");
        assertThat(results(isa, true).get("file.bytes")).isEqualTo("6000 [7, 1, 5]");
    }

    @ParameterizedTest
    @CsvSource({"x86_64, cdev", "x86_64, group", "aarch64, cdev", "aarch64, group"})
    void theDeviceReadsAndWritesWhatIsMappedAndNoMoreOnceItsMemoryEnds(String isa, String way) throws Throwable {
        assertThat(results(isa, true).get(way + ".transfers"))
                .isEqualTo("equal, equal, stopped and unmapped with its memory");
    }

    @ParameterizedTest
    @CsvSource({"x86_64, cdev", "x86_64, group", "aarch64, cdev", "aarch64, group"})
    void interruptsOfTheDeviceArrive(String isa, String way) throws Throwable {
        assertThat(results(isa, true).get(way + ".messages"))
                .isEqualTo("2 raised, 0 without the bus master, 1 at the end of a transfer, status 0x100");
        assertThat(results(isa, true).get(way + ".level"))
                .isEqualTo("1, masked 0, up still 1, acknowledged 0, raised 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void theDriverOfTheReadmeWorksAsItStands(String isa) throws Throwable {
        assertThat(guest(isa, true).lines("driver")).containsExactly("the driver of the README works");
    }

    @ParameterizedTest
    @CsvSource({"x86_64, 0x0-0xfedfffff 0xfef00000-0xffffffffffff", "aarch64, 0x0-0x7ffffff 0x8100000-0xffffffffffff"})
    void theCommandLineTellsOfAddressesAndWaitsForInterrupts(String isa, String ranges) throws Throwable {
        assertThat(String.join("\n", guest(isa, true).lines("report")))
                .contains("reaches memory through: address space of iommufd, addresses " + ranges
                        + ", pages of 4096 bytes")
                .contains("1 INTX (level-triggered)", "65 MSIX", "1 REQ");
        assertThat(guest(isa, true).lines("await").getLast())
                .matches("MSIX 1 of 0000:00:06.0: 1 signal after \\d+\\.\\d+ s");
        assertThat(guest(isa, true).lines("late").getLast())
                .matches("hostmem: MSIX 1 of 0000:00:06.0 did not come in 0\\.\\d+ s");
    }

    /** Which reads the guest's own file of each device. */
    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void theConfigurationSpaceOfEveryDeviceIsWhatLspciSays(String isa) throws Throwable {
        Guest guest = guest(isa, true);
        JsonArray devices = JsonParser.parseString(String.join("\n", guest.lines("config")))
                .getAsJsonObject()
                .getAsJsonArray("devices");
        assertThat(devices).hasSize(4);
        for (JsonElement device : devices) {
            String address = device.getAsJsonObject().get("address").getAsString();
            Lspci.assertSaysTheSame(device.getAsJsonObject(), guest.folder().resolve(address));
        }
    }

    @ParameterizedTest
    @CsvSource({"x86_64, cdev", "x86_64, group", "aarch64, cdev", "aarch64, group"})
    void devicesShareAnAddressSpaceThoseOfOneGroupToo(String isa, String way) throws Throwable {
        assertThat(results(isa, true).get(way + ".shared")).isEqualTo("equal, equal after the first is closed");
        assertThat(results(isa, true).get(way + ".one group")).isEqualTo("equal, equal after the first is closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void theBarOfAnotherDeviceIsReachedByTheGroupAndRefusedByTheNode(String isa) throws Throwable {
        assertThat(results(isa, true).get("group.peer")).isEqualTo("equal, unmapped with the BAR");
        assertThat(results(isa, true).get("cdev.peer"))
                .startsWith("DmaException: ")
                .contains("VfioInterface.GROUP");
    }

    /** Edu has 28 address bits, and nobody can choose where memory lies. */
    @ParameterizedTest
    @CsvSource({"x86_64, cdev", "x86_64, group", "aarch64, cdev", "aarch64, group"})
    void withoutAnIommuADeviceIsToldPhysicalAddressesAndInterrupts(String isa, String way) throws Throwable {
        assertThat(results(isa, false).get(way + ".transfers")).matches("equal|DmaException: .* 0x[0-9a-f]+,.* 28 .*");
        assertThat(results(isa, false).get(way + ".messages")).isEqualTo("2 raised, 0 without the bus master");
    }

    /** Its IOMMU takes {@code /dev/iommu}: the shell has only opened the device. */
    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aDescriptorThatIsInheritedIsTheDevice(String isa) throws Throwable {
        Map<String, String> nobody = guest(isa, true).results("nobody");
        assertThat(nobody.get("fd:7"))
                .startsWith("refused: fd:7 ")
                .contains("/dev/iommu", "EACCES", "VFIO_DEVICE_BIND_IOMMUFD");
        assertThat(nobody.get("fd:8"))
                .matches("descriptor 0000:00:04.0 vfio-pci NONCACHED [0-9a-f]+, inheritable: \\[] of 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aDescriptorThatIsHandedOverIsTheDeviceForAProcessThatMayOpenNoNode(String isa) throws Throwable {
        Map<String, String> nobody = guest(isa, true).results("nobody");
        assertThat(nobody.get("cdev:0000:00:03.0")).startsWith("refused: ").contains("/dev/iommu");
        assertThat(nobody.get("group:0000:00:03.0")).startsWith("refused: ").contains("/dev/vfio/");
        assertThat(nobody.get("hand-over:/tmp/cdev"))
                .isEqualTo("descriptor 0000:00:03.0 vfio-pci NONCACHED 10000ed, inheritable: [] of 2");
        assertThat(nobody.get("hand-over:/tmp/group"))
                .isEqualTo("descriptor 0000:00:03.0 vfio-pci NONCACHED 10000ed, inheritable: [] of 3");
    }

    /** No capability, no locked memory. */
    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aProcessWithoutRightsUsesTheNodesThatAreItsOwn(String isa) throws Throwable {
        Map<String, String> nobody = guest(isa, true).results("nobody");
        assertThat(nobody)
                .containsEntry("Uid", "65534\t65534\t65534\t65534")
                .containsEntry("capabilities", "0".repeat(32))
                .containsEntry("locked memory", "0");
        assertThat(nobody.get("cdev:0000:00:06.0"))
                .matches("cdev 0000:00:06.0 vfio-pci NONCACHED [0-9a-f]+, inheritable: \\[] of 2");
        assertThat(nobody.get("group:0000:00:06.0"))
                .matches("group 0000:00:06.0 vfio-pci NONCACHED [0-9a-f]+, inheritable: \\[] of 3");
        assertThat(nobody.get("/sys/bus/pci/devices/0000:00:05.0/resource2"))
                .matches("sysfs 0000:00:05.0 vfio-pci (NONCACHED|DEVICE) [0-9a-f]+, inheritable: \\[] of 2");
        assertThat(nobody.get("/sys/bus/pci/devices/0000:00:05.0/resource0"))
                .startsWith("refused: ")
                .contains("/sys/bus/pci/devices/0000:00:05.0/resource0");
    }

    /** It has no locked memory: what that would take is in the refusal. */
    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aProcessWithoutLockedMemoryMapsNothingAndIsToldWhatItTakes(String isa) throws Throwable {
        Map<String, String> nobody = guest(isa, true).results("nobody");
        for (String opened : List.of("cdev:0000:00:06.0", "group:0000:00:06.0", "fd:8")) {
            assertThat(nobody.get(opened + " dma"))
                    .startsWith("LOCKED_MEMORY: ")
                    .contains("needs 4 KiB more", "may lock 0 KiB", "LimitMEMLOCK=", "CAP_IPC_LOCK");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void withoutAnIommuNothingIsOpenedUnasked(String isa) throws Throwable {
        assertThat(results(isa, false).get("unasked"))
                .startsWith("VfioException: ")
                .contains("allowingNoIommu()");
        assertThat(String.join("\n", guest(isa, false).lines("refused"))).contains("--no-iommu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void withoutAnIommuANodeOfOnesOwnIsNotEnough(String isa) throws Throwable {
        Map<String, String> nobody = guest(isa, false).results("nobody");
        assertThat(nobody.get("no-iommu-cdev:0000:00:03.0"))
                .startsWith("refused: /dev/vfio/devices/noiommu-vfio")
                .contains("EPERM", "CAP_SYS_RAWIO");
        assertThat(nobody.get("no-iommu-group:0000:00:03.0"))
                .startsWith("refused: /dev/vfio/noiommu-")
                .contains("EPERM", "CAP_SYS_RAWIO");
    }

    /** The group's physical addresses are the kernel's secret, but not those of its own node. */
    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void withoutAnIommuOneCapabilityOpensAndByTheGroupAnotherOneMaps(String isa) throws Throwable {
        Map<String, String> rawio = guest(isa, false).results("rawio");
        assertThat(rawio)
                .containsEntry("capabilities", "0000000000020000".repeat(2))
                .containsEntry("locked memory", "65536");
        assertThat(rawio.get("no-iommu-cdev:0000:00:03.0")).startsWith("no-IOMMU cdev 0000:00:03.0");
        assertThat(rawio.get("no-iommu-group:0000:00:03.0")).startsWith("no-IOMMU group 0000:00:03.0");
        assertThat(rawio.get("no-iommu-cdev:0000:00:03.0 dma")).isEqualTo("mapped 4096");
        assertThat(rawio.get("no-iommu-group:0000:00:03.0 dma"))
                .startsWith("UNSUPPORTED: ")
                .contains("CAP_SYS_ADMIN is needed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void withoutAnIommuMappedMemoryIsLockedToo(String isa) throws Throwable {
        Map<String, String> rawio = guest(isa, false).results("rawio");
        for (String opened : List.of("no-iommu-cdev:0000:00:04.0", "no-iommu-group:0000:00:04.0")) {
            assertThat(rawio.get(opened + " dma"))
                    .startsWith("LOCKED_MEMORY: ")
                    .contains("needs 4 KiB more", "may lock 0 KiB");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void withoutAnIommuBothWaysLeadToTheSameAndTaintTheKernel(String isa) throws Throwable {
        Map<String, String> results = results(isa, false);
        assertEdu(results, "allowed", "no-IOMMU cdev");
        assertEdu(results, "cdev", "no-IOMMU cdev");
        assertEdu(results, "group", "no-IOMMU group");
        assertThat(guest(isa, false).lines("read")).containsExactly("0x010000ed");
        assertThat(Integer.parseInt(guest(isa, false).lines("tainted").getFirst()) & 0x40)
                .as("TAINT_USER")
                .isEqualTo(0x40);
    }
}
