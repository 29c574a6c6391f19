package org.hostmem.spi;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Says whether a machine is a guest of a hypervisor, and how that was found. Immutable.
 *
 * @param answer the answer
 * @param found the sign that was found, and its meaning; or the files that had no sign
 * @param source where the sign is documented; empty if no sign was found
 */
public record Guest(Answer answer, String found, String source) {

    /** Whether the machine is a guest. */
    public enum Answer {
        /** The machine is a guest of a hypervisor. */
        GUEST,
        /** The machine is not a guest: it has its devices for itself. */
        NO_GUEST,
        /** No file that would tell can be read, or no provider knows a sign for this ISA. */
        UNKNOWN
    }

    /**
     * How much of a file is read. All signs are near its beginning, and {@code /proc/cpuinfo} may have hundreds of
     * blocks.
     */
    private static final int MOST = 1 << 14;

    /** Checks for {@code null}. */
    public Guest {
        Objects.requireNonNull(answer);
        Objects.requireNonNull(found);
        Objects.requireNonNull(source);
    }

    /** {@return whether this machine is a guest; it is found out once} */
    public static Guest current() {
        return ThisMachine.GUEST;
    }

    private static final class ThisMachine {
        static final Guest GUEST = of(Host.current(), Path.of("/"));
    }

    /**
     * {@return whether a host is a guest, by the signs that the providers on the class path know of its ISA}
     *
     * @param host whose ISA it is
     * @param root its files, as {@code /} on this machine
     */
    public static Guest of(Host host, Path root) {
        return detect(
                host.isa(),
                ProviderSelection.load().providers().stream()
                        .flatMap(provider -> provider.guestSigns(host.isa()).stream())
                        .toList(),
                root);
    }

    /**
     * {@return whether a host is a guest. The first sign that is found decides. If none is found and a file with signs
     * could be read, the machine is not a guest}
     *
     * @param isa of the host, for people
     * @param signs to look for, in this order
     * @param root its files, as {@code /} on this machine
     */
    public static Guest detect(String isa, List<GuestSign> signs, Path root) {
        Set<String> read = new LinkedHashSet<>();
        for (GuestSign sign : signs) {
            Path file = root.resolve(sign.path());
            if (isThere(sign, file)) {
                return new Guest(
                        sign.guest() ? Answer.GUEST : Answer.NO_GUEST,
                        sign.text() + ": " + sign.means(),
                        sign.source());
            }
            if (Files.isReadable(file)) {
                read.add("/" + sign.path());
            }
        }
        if (signs.isEmpty()) {
            return new Guest(Answer.UNKNOWN, "no provider knows a sign of a guest on " + isa, "");
        }
        return read.isEmpty()
                ? new Guest(Answer.UNKNOWN, "none of the files that would tell can be read", "")
                : new Guest(Answer.NO_GUEST, "no sign of a hypervisor in " + String.join(", ", read), "");
    }

    private static boolean isThere(GuestSign sign, Path file) {
        try {
            return switch (sign.test()) {
                case EXISTS -> Files.exists(file);
                case WORD -> Arrays.asList(text(file).split("[\\s\0]+")).contains(sign.value());
                case BEGINS -> text(file).startsWith(sign.value());
                case ENDS -> text(file).strip().endsWith(sign.value());
                case CONTAINS -> text(file).contains(sign.value());
                case ENTRY -> entries(file).anyMatch(name -> name.startsWith(sign.value()));
                case BYTES -> hasBytes(file, Integer.parseInt(sign.value()));
                case SMBIOS_BIT -> hasBit(beginning(file), sign.value());
            };
        } catch (IOException notThere) {
            return false;
        }
    }

    private static String text(Path file) throws IOException {
        return new String(beginning(file), StandardCharsets.ISO_8859_1);
    }

    private static byte[] beginning(Path file) throws IOException {
        try (FileInputStream bytes = new FileInputStream(file.toFile())) {
            return bytes.readNBytes(MOST);
        }
    }

    private static Stream<String> entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).toList().stream();
        }
    }

    private static boolean hasBytes(Path file, int offset) throws IOException {
        byte[] bytes = beginning(file);
        for (int i = offset; i < Math.min(bytes.length, offset + Long.BYTES); i++) {
            if (bytes[i] != 0) {
                return true;
            }
        }
        return false;
    }

    /** The second byte is the length of the table. Strings follow it, which must not be read as bits. */
    private static boolean hasBit(byte[] table, String place) {
        int dot = place.indexOf('.');
        int at = Integer.parseInt(place.substring(0, dot));
        int bit = Integer.parseInt(place.substring(dot + 1));
        return at < table.length && at < (table[1] & 0xff) && (table[at] >> bit & 1) != 0;
    }
}
