package org.hostmem.spi;

import java.util.Objects;

/**
 * One sign that a machine is a guest of a hypervisor, or is not one. A file of the kernel has the sign.
 *
 * @param path of the file or folder, from the root, without a slash in front: {@code proc/cpuinfo}
 * @param test what is looked for
 * @param value the word, the beginning or the name to look for; empty if the test needs none
 * @param guest whether the sign means that the machine is a guest; otherwise it means that it is not
 * @param means its meaning, for people: {@code KVM}
 * @param source where it is documented, or which other program relies on it
 */
public record GuestSign(String path, Test test, String value, boolean guest, String means, String source) {

    /** How to look for a sign. */
    public enum Test {
        /** The file or the folder is there. */
        EXISTS,
        /** The text has the value as a word: between white space or the zero bytes of a device tree's lists. */
        WORD,
        /** The text begins with the value. */
        BEGINS,
        /** The text ends with the value. */
        ENDS,
        /** The text has the value somewhere. */
        CONTAINS,
        /** The folder has an entry whose name begins with the value. */
        ENTRY,
        /** The file is there and has a byte that is not zero among the eight from this offset, a decimal number. */
        BYTES,
        /** The file is a table of SMBIOS, and a bit of it is set: {@code 19.4} is bit 4 of the byte at 19. */
        SMBIOS_BIT
    }

    /** Checks for {@code null}. */
    public GuestSign {
        Objects.requireNonNull(path);
        Objects.requireNonNull(test);
        Objects.requireNonNull(value);
        Objects.requireNonNull(means);
        Objects.requireNonNull(source);
    }

    /**
     * {@return a sign of a guest}
     *
     * @param path from the root
     * @param test what is looked for
     * @param value of the test
     * @param means what it says
     * @param source where it is documented
     */
    public static GuestSign guest(String path, Test test, String value, String means, String source) {
        return new GuestSign(path, test, value, true, means, source);
    }

    /**
     * {@return a sign of a machine that is not a guest}
     *
     * @param path from the root
     * @param test what is looked for
     * @param value of the test
     * @param means what it says
     * @param source where it is documented
     */
    public static GuestSign none(String path, Test test, String value, String means, String source) {
        return new GuestSign(path, test, value, false, means, source);
    }

    /** {@return for example {@code /proc/cpuinfo lists hypervisor}} */
    public String text() {
        return "/" + path
                + switch (test) {
                    case EXISTS -> " is there";
                    case WORD -> " lists " + value;
                    case BEGINS -> " begins with " + value;
                    case ENDS -> " ends with " + value;
                    case ENTRY -> " has " + value + "*";
                    case CONTAINS -> " contains " + value;
                    case BYTES -> " has bytes at " + value;
                    case SMBIOS_BIT -> " has bit " + value;
                };
    }
}
