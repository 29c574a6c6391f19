package org.hostmem.testkit;

import org.hostmem.spi.HostMemoryProvider;

/** The contract. */
public abstract class AccessorContract {
    /** For subclasses. */
    protected AccessorContract() {
    }

    /** {@return the provider} */
    protected abstract HostMemoryProvider provider();
}
