/**
 * The words of Hostmem and the contract R1–R12: what host memory is, what an access to it may look like, and who carries it out.
 *
 * <p>Depends on {@code java.base} only and makes no native call. Providers are found by {@link java.util.ServiceLoader}.
 *
 * @uses org.hostmem.spi.HostMemoryProvider
 */
module org.hostmem.api {
    exports org.hostmem;
    exports org.hostmem.guest;
    exports org.hostmem.spi;

    uses org.hostmem.spi.HostMemoryProvider;
}
