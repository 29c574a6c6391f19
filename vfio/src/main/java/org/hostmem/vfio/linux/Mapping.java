package org.hostmem.vfio.linux;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.time.Duration;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.MappedRegion.Keeper;
import org.hostmem.spi.MemoryLifetime;
import org.jspecify.annotations.Nullable;

/**
 * Mapped memory of a device: its {@linkplain MemoryLifetime lifetime}, the accessor that uses it, and the file under
 * it.
 */
public final class Mapping implements MemoryLifetime.Pages {

    /**
     * How long closing waits for calls that hold the mapping. A thread that closes a whole device first goes on to the
     * next mapping.
     */
    private static final ScopedValue<Duration> PATIENCE = ScopedValue.newInstance();

    private final Syscalls syscalls;
    /** Of the first page. */
    private final long address;
    /** From there to the end of the memory. */
    private final long size;

    private final int protection;
    private final MemoryLifetime lifetime;
    private volatile WeakReference<HostMemoryAccessor> user = new WeakReference<>(null);
    private volatile Runnable afterRelease = () -> {};

    /**
     * Takes over a mapping.
     *
     * @param address of the first page
     * @param size that is wanted; the mapping has it rounded up to whole pages
     * @param protection it was mapped with
     */
    public Mapping(Syscalls syscalls, long address, long size, int protection) {
        this(syscalls, address, 0, size, protection);
    }

    /**
     * Takes over a mapping whose first page begins before the memory that is wanted.
     *
     * @param address of the first page
     * @param lead bytes before the memory
     * @param size of the memory
     * @param protection it was mapped with
     */
    public Mapping(Syscalls syscalls, long address, long lead, long size, int protection) {
        this.syscalls = syscalls;
        this.address = address;
        this.size = lead + size;
        this.protection = protection;
        lifetime = new MemoryLifetime(arena -> syscalls.segment(address + lead, size, arena), this);
    }

    public MemorySegment segment() {
        return lifetime.memory();
    }

    /** The action that ends the memory of a region. */
    public Keeper keeper() {
        return this::release;
    }

    /** Names the accessor that uses this mapping. The mapping then lives as long as the accessor. */
    public void usedBy(HostMemoryAccessor accessor) {
        user = new WeakReference<>(accessor);
        lifetime.endWith(accessor);
    }

    /** Sets an action that runs once, after the memory is released. */
    public void afterRelease(Runnable action) {
        afterRelease = action;
    }

    /** Tells the accessor that uses this mapping why its accesses would fault; null if they would not. */
    public void expectFaults(@Nullable String cause) {
        if (user.get() instanceof MappedAccessor accessor) {
            accessor.expectFaults(cause);
        }
    }

    /** Closes the accessor that uses this mapping, and releases the mapping. */
    public void closeUser(Duration patience) {
        ScopedValue.where(PATIENCE, patience).run(() -> {
            HostMemoryAccessor accessor = user.get();
            if (accessor != null) {
                accessor.close();
            }
            release();
        });
    }

    /** Whether it has not been released yet. */
    public boolean isLive() {
        return lifetime.isMapped();
    }

    /** Puts another file under a live mapping, at the same addresses, in one step. */
    public void remap(int fd, long offset) {
        lifetime.whileMapped(() -> {
            if (syscalls.mapOver(address, fd, offset, size, protection) < 0) {
                throw new HostMemoryException("0x" + Long.toHexString(size) + " bytes could not be mapped anew");
            }
        });
    }

    /**
     * Makes the memory inaccessible and keeps its addresses. Can be repeated if it fails; after a success it does
     * nothing.
     */
    public void release() {
        lifetime.release(PATIENCE.orElse(MemoryLifetime.PATIENCE));
    }

    /** Unmaps the addresses, once nobody can use them. */
    public void free() {
        lifetime.free();
    }

    @Override
    public long reserve() {
        return syscalls.reserve(address, size);
    }

    @Override
    public long forbid() {
        return syscalls.forbid(address, size);
    }

    @Override
    public long unmap() {
        return syscalls.unmap(address, size);
    }

    @Override
    public void released() {
        afterRelease.run();
    }
}
