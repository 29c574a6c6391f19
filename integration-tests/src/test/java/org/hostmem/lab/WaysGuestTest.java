package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every way into a device, on the lab's own kernel: cdev, group, without an IOMMU, descriptors from another process, sysfs, files. One boot for each ISA with an IOMMU, and one without.
 *
 * <p>What {@link WaysProgram} writes down is asserted here; descriptors are inherited by, and handed over to, commands that find no node of VFIO in {@code /dev}.
 */
@Tag("lab")
class WaysGuestTest {

    private static final String JAVA = "java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData";
    private static final String PROGRAM = JAVA + " --enable-native-access=ALL-UNNAMED -cp \"$1\" " + WaysProgram.class.getName();
    private static final String HOSTMEM = JAVA + " --enable-native-access=org.hostmem.vfio,org.hostmem.arch.generic --module-path \"$2\" -m org.hostmem.vfio/org.hostmem.vfio.cli.Main";

    /** The nodes are hidden as soon as the other process, or this shell, has the device. */
    private static final String WITH_IOMMU = """
            set -e
            %1$s iommu "$HOSTMEM_LAB_OUT/results"
            hide() { mv /dev/vfio /dev/hidden; mv /dev/iommu /dev/hidden/; }
            show() { mv /dev/hidden/iommu /dev/; mv /dev/hidden /dev/vfio; }
            name=$(ls "/sys/bus/pci/devices/$HOSTMEM_LAB_EDU/vfio-dev")
            exec 7<>"/dev/vfio/devices/$name"
            mv /dev/iommu /dev/hidden-iommu
            if %2$s read fd:7 0 0 2>"$HOSTMEM_LAB_OUT/unbound"; then exit 9; fi
            mv /dev/hidden-iommu /dev/iommu
            %2$s report fd:7 --json >"$HOSTMEM_LAB_OUT/inherited.json"
            exec 7>&-
            for way in cdev group; do
              %2$s hand-over "$HOSTMEM_LAB_EDU" "/tmp/$way" --way $way &
              tries=0
              while [ ! -S "/tmp/$way" ] && [ $tries -lt 900 ]; do sleep 0.2; tries=$((tries + 1)); done
              hide
              %2$s report "hand-over:/tmp/$way" --json >"$HOSTMEM_LAB_OUT/$way.json"
              show
              wait $!
            done
            """.formatted(PROGRAM, HOSTMEM);

    private static final String WITHOUT_IOMMU = """
            set -e
            %1$s no-iommu "$HOSTMEM_LAB_OUT/results"
            if %2$s read "$HOSTMEM_LAB_EDU" 0 0 2>"$HOSTMEM_LAB_OUT/refused"; then exit 9; fi
            %2$s read "$HOSTMEM_LAB_EDU" 0 0 --no-iommu >"$HOSTMEM_LAB_OUT/read"
            cat /proc/sys/kernel/tainted >"$HOSTMEM_LAB_OUT/tainted"
            """.formatted(PROGRAM, HOSTMEM);

    /** One boot for all tests of a guest. */
    private static final Map<String, Guest> GUESTS = new HashMap<>();

    private static synchronized Guest guest(String isa, boolean iommu) throws Exception {
        Guest guest = GUESTS.get(isa + iommu);
        if (guest == null) {
            guest = iommu ? Guest.run(isa, WITH_IOMMU, "--kernel", "lab") : Guest.run(isa, WITHOUT_IOMMU, "--kernel", "lab", "--no-iommu");
            GUESTS.put(isa + iommu, guest);
        }
        String said = guest.output();
        assertThat(guest.exit()).as(() -> "exit code of the guest, which said:\n" + said).isZero();
        return guest;
    }

    private static Map<String, String> results(String isa, boolean iommu) throws Exception {
        return guest(isa, iommu).results("results");
    }

    private static final String IDENTIFICATION = "10000ed edcba987";
    private static final String REGIONS = "0:1048576:NONCACHED:READ_IN_SOURCE 7:256:UNKNOWN:NONE";

    private static void assertEdu(Map<String, String> results, String name, String way) {
        assertThat(results.get(name + ".way")).isEqualTo(way);
        assertThat(results.get(name + ".regions")).isEqualTo(REGIONS);
        assertThat(results.get(name + ".access")).isEqualTo(IDENTIFICATION);
        assertThat(results.get(name + ".config")).isEqualTo("11e81234");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void theDevicesOwnNodeIsPreferredAndTheGroupLeadsToTheSame(String isa) throws Exception {
        Map<String, String> results = results(isa, true);
        assertEdu(results, "default", "cdev");
        assertEdu(results, "cdev", "cdev");
        assertEdu(results, "group", "group");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aDeviceThatIsOpenIsRefusedByEveryWayWithTheReason(String isa) throws Exception {
        Map<String, String> results = results(isa, true);
        assertThat(results.get("busy.cdev")).startsWith("VfioException: ").contains("VFIO_DEVICE_BIND_IOMMUFD");
        assertThat(results.get("busy.group")).startsWith("VfioException: ");
        assertThat(results.get("busy.both")).contains("no way into 0000:00:03.0", "cdev: ", "group: ");
        assertThat(results.get("busy.afterwards")).isEqualTo("cdev");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aFaultThatWouldComeIsForeseenAndItDoesComeIfTried(String isa) throws Exception {
        Map<String, String> results = results(isa, true);
        assertThat(results.get("memory off.REFUSE")).startsWith("foreseen: ").contains("Device.setMemoryEnabled(true)");
        assertThat(results.get("memory off.TRY")).startsWith("RegionFaultException: SIGBUS");
        assertThat(results.get("memory on.REFUSE")).isEqualTo(results.get("memory on.TRY")).isEqualTo("10000ed");
        assertThat(results.get("power asleep.REFUSE")).isEqualTo("D3HOT");
        assertThat(results.get("asleep.REFUSE")).startsWith("foreseen: ").contains("sleeps in D3HOT");
        assertThat(results.get("asleep.TRY")).startsWith("RegionFaultException: SIGBUS");
        assertThat(results.get("awake.REFUSE")).isEqualTo(results.get("awake.TRY")).isEqualTo("same");
        assertThat(results.get("reset.REFUSE")).isEqualTo("same");
    }

    @ParameterizedTest
    @CsvSource({"x86_64, NONCACHED", "aarch64, DEVICE"})
    void aResourceOfSysfsIsMappedAsItsNameSays(String isa, String mode) throws Exception {
        Map<String, String> results = results(isa, true);
        assertThat(results.get("sysfs.off")).startsWith("foreseen: ");
        assertThat(results.get("sysfs.resource0")).isEqualTo("10000ed f0f0f0f0");
        assertThat(results.get("sysfs.regions")).isEqualTo("0:1048576:" + mode + ":CERTAIN 7:256:UNKNOWN:NONE");
        assertThat(results.get("sysfs.wc absent")).startsWith("VfioException: ").contains("only a prefetchable BAR has one");
        assertThat(results.get("sysfs.resource2_wc")).isEqualTo("2:1048576:WRITE_COMBINING:CERTAIN 7:256:UNKNOWN:NONE SINGLE");
        assertThat(results.get("sysfs.resource2")).isEqualTo("7777777777777777 4030201 2:1048576:" + mode + ":CERTAIN 7:256:UNKNOWN:NONE " + (mode.equals("DEVICE") ? "SPLIT" : "SINGLE"));
    }

    /** Aarch64 has no such list. */
    @ParameterizedTest
    @CsvSource({"x86_64, AGREES", "aarch64, IMPOSSIBLE"})
    void theKernelsListOfMemoryTypesAgrees(String isa, String verdict) throws Exception {
        Map<String, String> results = results(isa, true);
        assertThat(results.get("sysfs.check")).startsWith(verdict).contains(verdict.equals("AGREES") ? "uncached-minus" : "cannot be read");
        assertThat(results.get("sysfs.check wc")).startsWith(verdict).contains(verdict.equals("AGREES") ? "write-combining" : "cannot be read");
        assertThat(results.get("vfio.check")).startsWith(verdict).contains(verdict.equals("AGREES") ? "uncached-minus" : "cannot be read");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aFileIsNormalMemory(String isa) throws Exception {
        assertThat(results(isa, true).get("file")).isEqualTo("0:6000:NORMAL:CERTAIN");
        assertThat(results(isa, true).get("file.bytes")).isEqualTo("6000 [7, 1, 5]");
    }

    /** Bound to an IOMMU by the one who inherits it: the shell has only opened it. */
    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aDescriptorThatIsInheritedIsTheDevice(String isa) throws Exception {
        assertReport(isa, "inherited.json");
        assertThat(String.join("\n", guest(isa, true).lines("unbound"))).contains("fd:7", "VFIO_DEVICE_BIND_IOMMUFD");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void aDescriptorThatIsHandedOverIsTheDeviceWhereThereIsNoNode(String isa) throws Exception {
        assertReport(isa, "cdev.json");
        assertReport(isa, "group.json");
    }

    private static void assertReport(String isa, String file) throws Exception {
        JsonObject device = JsonParser.parseString(String.join("\n", guest(isa, true).lines(file))).getAsJsonObject().getAsJsonArray("devices").get(0).getAsJsonObject();
        assertThat(device.get("address").getAsString()).isEqualTo("0000:00:03.0");
        assertThat(device.get("driver").getAsString()).isEqualTo("vfio-pci");
        assertThat(device.get("way").getAsString()).isEqualTo("descriptor");
        assertThat(device.getAsJsonArray("regions")).hasSize(2);
        assertThat(device.getAsJsonArray("regions").get(0).getAsJsonObject().get("cacheMode").getAsString()).isEqualTo("NONCACHED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void withoutAnIommuNothingIsOpenedUnasked(String isa) throws Exception {
        assertThat(results(isa, false).get("unasked")).startsWith("VfioException: ").contains("allowingNoIommu()");
        assertThat(String.join("\n", guest(isa, false).lines("refused"))).contains("--no-iommu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void withoutAnIommuBothWaysLeadToTheSameAndTaintTheKernel(String isa) throws Exception {
        Map<String, String> results = results(isa, false);
        assertEdu(results, "allowed", "no-IOMMU cdev");
        assertEdu(results, "cdev", "no-IOMMU cdev");
        assertEdu(results, "group", "no-IOMMU group");
        assertThat(guest(isa, false).lines("read")).containsExactly("0x010000ed");
        assertThat(Integer.parseInt(guest(isa, false).lines("tainted").getFirst()) & 0x40).as("TAINT_USER").isEqualTo(0x40);
    }
}
