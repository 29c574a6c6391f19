package org.hostmem.spi;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Describes a machine and its operating system, by what files and system properties say. A provider decides by it
 * whether it is usable. Immutable.
 */
public final class Host {
    private final String os;
    private final String isa;
    private final ByteOrder byteOrder;
    private final Map<String, String> cpuinfo;
    private final Map<Long, Long> auxv;
    private final Set<String> disabled;

    private Host(
            String os,
            String isa,
            ByteOrder byteOrder,
            Map<String, String> cpuinfo,
            Map<Long, Long> auxv,
            Set<String> disabled) {
        Objects.requireNonNull(os);
        Objects.requireNonNull(isa);
        Objects.requireNonNull(byteOrder);
        cpuinfo = Map.copyOf(cpuinfo);
        auxv = Map.copyOf(auxv);
        disabled = Set.copyOf(disabled);
        this.os = os;
        this.isa = isa;
        this.byteOrder = byteOrder;
        this.cpuinfo = cpuinfo;
        this.auxv = auxv;
        this.disabled = disabled;
    }

    /** {@return the operating system, for example {@code Linux}} */
    public String os() {
        return os;
    }

    /** {@return the ISA, for example {@code x86_64}: the JVM's {@code os.arch} under the kernel's name} */
    public String isa() {
        return isa;
    }

    /** {@return the byte order of the host} */
    public ByteOrder byteOrder() {
        return byteOrder;
    }

    /** {@return the first block of {@code /proc/cpuinfo}: key to value} */
    public Map<String, String> cpuinfo() {
        return cpuinfo;
    }

    /** {@return the auxiliary vector, {@code AT_*} to value; empty if the kernel does not show it} */
    public Map<Long, Long> auxv() {
        return auxv;
    }

    /** {@return the CPU features that the system property {@value #DISABLED_PROPERTY} switches off} */
    public Set<String> disabled() {
        return disabled;
    }

    /** System property: names of CPU features, separated by commas, that providers must not use. For tests. */
    public static final String DISABLED_PROPERTY = "hostmem.features.disabled";

    /**
     * System property: names of CPU features, separated by commas, that providers use only on request, because the
     * device must support them too.
     */
    public static final String REQUESTED_PROPERTY = "hostmem.features.requested";

    /** {@code AT_HWCAP}. */
    public static final long AT_HWCAP = 16;
    /** {@code AT_HWCAP2}. */
    public static final long AT_HWCAP2 = 26;
    /** {@code AT_HWCAP3}. */
    public static final long AT_HWCAP3 = 29;

    private static final Map<String, String> KERNEL_NAMES = Map.of("amd64", "x86_64", "ppc64le", "ppc64");

    /** {@return a host of which nothing is known; every ISA has its baseline features there} */
    public static Host none() {
        return of("none", "none", ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * {@return a host of which nothing more is known}
     *
     * @param os for example {@code Linux}
     * @param isa by the kernel's name, for example {@code x86_64}
     * @param byteOrder of the host
     */
    public static Host of(String os, String isa, ByteOrder byteOrder) {
        return new Host(os, isa, byteOrder, Map.of(), Map.of(), Set.of());
    }

    /**
     * {@return the same host, with other lines in the first block of {@code /proc/cpuinfo}}
     *
     * @param cpuinfo key to value
     */
    public Host withCpuinfo(Map<String, String> cpuinfo) {
        return new Host(os, isa, byteOrder, cpuinfo, auxv, disabled);
    }

    /**
     * {@return the same host, with another auxiliary vector}
     *
     * @param auxv {@code AT_*} to value
     */
    public Host withAuxv(Map<Long, Long> auxv) {
        return new Host(os, isa, byteOrder, cpuinfo, auxv, disabled);
    }

    /**
     * {@return the same host, with other CPU features disabled}
     *
     * @param disabled their names
     */
    public Host withDisabled(Set<String> disabled) {
        return new Host(os, isa, byteOrder, cpuinfo, auxv, disabled);
    }

    /** {@return this machine; its files are read once, the system properties each time} */
    public static Host current() {
        return new Host(
                System.getProperty("os.name"),
                currentIsa(),
                ByteOrder.nativeOrder(),
                ThisMachine.CPUINFO,
                ThisMachine.AUXV,
                disabledFeatures());
    }

    /** Every opening of a region needs this. It uses the plainest streams, because a start waits for it. */
    private static final class ThisMachine {
        static final Map<String, String> CPUINFO = Map.copyOf(readCpuinfo());
        static final Map<Long, Long> AUXV = Map.copyOf(readAuxv());
    }

    /**
     * {@return whether this is the machine that the JVM runs on: made by {@link #current}, possibly with other features
     * disabled}
     */
    public boolean isThisMachine() {
        return auxv == ThisMachine.AUXV && cpuinfo == ThisMachine.CPUINFO && isa.equals(currentIsa());
    }

    private static String currentIsa() {
        String arch = System.getProperty("os.arch");
        return KERNEL_NAMES.getOrDefault(arch, arch);
    }

    /** {@return the CPU features named by the system property {@value #DISABLED_PROPERTY}} */
    public static Set<String> disabledFeatures() {
        return names(DISABLED_PROPERTY);
    }

    /** {@return the CPU features named by the system property {@value #REQUESTED_PROPERTY}} */
    public static Set<String> requestedFeatures() {
        return names(REQUESTED_PROPERTY);
    }

    private static Set<String> names(String property) {
        Set<String> names =
                new HashSet<>(Arrays.asList(System.getProperty(property, "").split(",")));
        names.remove("");
        return names;
    }

    /**
     * {@return the value of an entry of the auxiliary vector, 0 if there is none}
     *
     * @param type for example {@link #AT_HWCAP}
     */
    public long auxv(long type) {
        return auxv.getOrDefault(type, 0L);
    }

    /**
     * {@return whether a line of {@code /proc/cpuinfo} lists a word, for example {@code flags} and {@code avx}}
     *
     * @param key of the line
     * @param word to look for
     */
    public boolean cpuinfoLists(String key, String word) {
        return Arrays.asList(cpuinfo.getOrDefault(key, "").split("\\s+")).contains(word);
    }

    private static Map<String, String> readCpuinfo() {
        Map<String, String> first = new HashMap<>();
        // Read the first block only: the kernel generates one for each CPU, and there may be hundreds.
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new FileInputStream("/proc/cpuinfo"), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && !line.isBlank(); line = lines.readLine()) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    first.put(
                            line.substring(0, colon).strip(),
                            line.substring(colon + 1).strip());
                }
            }
        } catch (IOException notLinux) {
            // Nothing is known then, and the baseline is used.
        }
        return first;
    }

    private static Map<Long, Long> readAuxv() {
        Map<Long, Long> all = new HashMap<>();
        try (FileInputStream vector = new FileInputStream("/proc/self/auxv")) {
            ByteBuffer words = ByteBuffer.wrap(vector.readAllBytes()).order(ByteOrder.nativeOrder());
            while (words.remaining() >= 16) {
                all.put(words.getLong(), words.getLong());
            }
        } catch (IOException notShown) {
            // Nothing is known then, and the baseline is used.
        }
        return all;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Host that
                && os.equals(that.os)
                && isa.equals(that.isa)
                && byteOrder.equals(that.byteOrder)
                && cpuinfo.equals(that.cpuinfo)
                && auxv.equals(that.auxv)
                && disabled.equals(that.disabled);
    }

    @Override
    public int hashCode() {
        return Objects.hash(os, isa, byteOrder, cpuinfo, auxv, disabled);
    }

    @Override
    public String toString() {
        return "Host[os=" + os + ", isa=" + isa + ", byteOrder=" + byteOrder + ", cpuinfo=" + cpuinfo + ", auxv=" + auxv
                + ", disabled=" + disabled + "]";
    }
}
