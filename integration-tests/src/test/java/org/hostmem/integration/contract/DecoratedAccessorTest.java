package org.hostmem.integration.contract;

import org.hostmem.HostMemoryAccessor;
import org.hostmem.integration.broken.DelegateProvider;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedDecorator;
import org.hostmem.testkit.AccessorContract;

/** A decorator keeps the contract of what it decorates. */
class DecoratedAccessorTest extends AccessorContract {

    private static final class Decorated extends MappedDecorator {
        Decorated(HostMemoryAccessor inner) {
            super(inner);
        }
    }

    @Override
    public HostMemoryProvider provider() {
        return new DelegateProvider(Installed.provider("generic"), (accessor, region) -> new Decorated(accessor));
    }
}
