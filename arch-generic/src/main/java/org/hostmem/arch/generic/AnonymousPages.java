package org.hostmem.arch.generic;

import org.hostmem.RegionClosedException;
import org.hostmem.spi.HostPages;
import org.hostmem.spi.MemoryLifetime;

/** The pages of {@link AnonymousMemory}, which change only while it is mapped. */
record AnonymousPages(MemoryLifetime lifetime) implements HostPages {

    @Override
    public long pageSize() {
        return Libc.pageSize();
    }

    @Override
    public long discard(long address, long length) {
        return whileMapped(() -> Libc.discard(address, length));
    }

    @Override
    public long requestHuge(long address, long length) {
        return whileMapped(() -> Libc.requestHuge(address, length));
    }

    private interface Call {
        long make();
    }

    private long whileMapped(Call call) {
        long[] result = new long[1];
        boolean[] isMade = new boolean[1];
        lifetime.whileMapped(() -> {
            result[0] = call.make();
            isMade[0] = true;
        });
        if (!isMade[0]) {
            throw new RegionClosedException("the RAM is closed, and its pages went back to the host");
        }
        return result[0];
    }
}
