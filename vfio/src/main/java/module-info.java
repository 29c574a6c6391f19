/**
 * The regions of VFIO devices as host memory: opened, described, mapped, and given the provider that fits them at run
 * time.
 *
 * <p>Never names an ISA; makes native calls, so it needs {@code --enable-native-access=org.hostmem.vfio}. The command
 * line is in here too, and is no API.
 */
module org.hostmem.vfio {
    requires transitive org.hostmem.api;
    requires com.google.gson; // for org.hostmem.vfio.cli
    requires info.picocli; // for org.hostmem.vfio.cli

    exports org.hostmem.vfio;

    opens org.hostmem.vfio.cli to
            info.picocli;
}
