package org.hostmem.arch.generic;

import org.hostmem.spi.HostPages;

/** Pages that nothing but the CPU may reach while they are discarded: a device would go on with the old ones. */
record UnsharedPages(HostPages pages, MemoryUsers users) implements HostPages {

    @Override
    public long pageSize() {
        return pages.pageSize();
    }

    @Override
    public long discard(long address, long length) {
        return users.whileNone(() -> pages.discard(address, length));
    }

    @Override
    public long requestHuge(long address, long length) {
        return pages.requestHuge(address, length);
    }
}
