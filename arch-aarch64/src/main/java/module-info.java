/**
 * Access rules and instructions of aarch64.
 *
 * @provides org.hostmem.spi.HostMemoryProvider
 */
@SuppressWarnings("module") // The name ends in a digit because the ISA's does.
module org.hostmem.arch.aarch64 {
    requires org.hostmem.api;
    requires org.hostmem.arch.generic;
    requires static org.jspecify;

    provides org.hostmem.spi.HostMemoryProvider with
            org.hostmem.arch.aarch64.Aarch64Provider;
}
