/**
 * The regions of VFIO devices as host memory: opened, described, mapped, and given the provider that fits them at run
 * time.
 *
 * <p>Never names an ISA; makes native calls, so it needs {@code --enable-native-access=org.hostmem.vfio}.
 */
module org.hostmem.vfio {
    requires transitive org.hostmem.api;
    requires com.google.gson; // for what a server of vfio-user says of itself
    requires static org.jspecify;

    exports org.hostmem.vfio;
}
