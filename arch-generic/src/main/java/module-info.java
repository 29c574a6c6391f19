/**
 * What every ISA shares: the instruction loader, the fault guard, transfers, and the fallback provider for any host.
 *
 * @provides org.hostmem.spi.HostMemoryProvider
 */
module org.hostmem.arch.generic {
    requires transitive org.hostmem.api;
    requires static org.jspecify;

    exports org.hostmem.arch.generic;

    provides org.hostmem.spi.HostMemoryProvider with
            org.hostmem.arch.generic.GenericProvider;
}
