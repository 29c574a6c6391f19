/**
 * Opens VFIO devices, and makes their regions accessible as host memory.
 *
 * <p>It names no ISA: it finds the provider that fits a region at run time. It makes native calls, so it needs
 * {@code --enable-native-access=org.hostmem.vfio}.
 */
module org.hostmem.vfio {
    requires transitive org.hostmem.api;
    requires com.google.gson; // for what a server of vfio-user says of itself
    requires static org.jspecify;

    exports org.hostmem.vfio;
}
