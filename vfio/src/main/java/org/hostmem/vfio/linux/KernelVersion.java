package org.hostmem.vfio.linux;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of Linux: the two numbers that decide what its drivers do. */
public record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {

    private static final Pattern FORM = Pattern.compile("([0-9]{1,6})\\.([0-9]{1,6})(?:[^0-9].*)?");

    /** Reads for example {@code 6.12.48+deb13-amd64}; 0.0 if it is not a version. */
    public static KernelVersion parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches()
                ? new KernelVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
                : new KernelVersion(0, 0);
    }

    /** Of this host. */
    public static KernelVersion current() {
        return parse(System.getProperty("os.version", ""));
    }

    /** Whether it is one of these versions, or between two of them. */
    public boolean isAmong(List<String> versions) {
        return isWithin(versions.stream().map(KernelVersion::parse).toList());
    }

    /** Whether it is one of these, or between two of them. */
    public boolean isWithin(List<KernelVersion> versions) {
        return versions.stream().anyMatch(version -> version.compareTo(this) <= 0)
                && versions.stream().anyMatch(version -> version.compareTo(this) >= 0);
    }

    @Override
    public int compareTo(KernelVersion other) {
        return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
    }
}
