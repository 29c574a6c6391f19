/**
 * The types that users of Hostmem name, and the contract R1–R14: what host memory is, which accesses to it are allowed,
 * and who carries them out.
 *
 * <p>The module depends on {@code java.base} only, and makes no native call. Providers are found by
 * {@link java.util.ServiceLoader}.
 *
 * <p><b>To begin</b>, {@code requires org.hostmem.api} is enough, and {@link org.hostmem.guest} shows an emulator's
 * bus. To run, the module path has {@code org.hostmem.arch.generic} and the {@code org.hostmem.arch} module of the
 * host's ISA as well, and Java is started with {@code --enable-native-access=org.hostmem.arch.generic}. Without this
 * flag regions are opened all the same, with the promises of pure Java. Devices are in the module
 * {@code org.hostmem.vfio}, which needs the same flag in its own name.
 *
 * @uses org.hostmem.spi.HostMemoryProvider
 */
@SuppressWarnings("module") // The engine is exported to modules that are compiled later.
module org.hostmem.api {
    requires static org.jspecify;

    exports org.hostmem;
    exports org.hostmem.engine to
            org.hostmem.arch.generic,
            org.hostmem.vfio;
    exports org.hostmem.guest;
    exports org.hostmem.spi;

    uses org.hostmem.spi.HostMemoryProvider;
}
