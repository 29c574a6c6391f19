package org.hostmem.vfio.dma;

import java.util.Objects;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.linux.PhysicalPages;
import org.jspecify.annotations.Nullable;

/** A mapping in a {@link SharedSpace}. */
public final class SpaceMapping implements DmaMapping {

    private final SharedSpace space;
    private final HostMemoryAccessor memory;
    private final long length;
    private final long iova;
    private final Set<Direction> rights;

    /** Runs before the memory ends. It is always the same object. */
    private final Runnable end = this::close;

    /** Null where an IOMMU translates. */
    private @Nullable PhysicalPages physical;

    private volatile boolean open = true;

    public SpaceMapping(SharedSpace space, HostMemoryAccessor memory, long iova, Set<Direction> rights) {
        this.space = space;
        this.memory = memory;
        this.length = memory.size();
        this.iova = iova;
        this.rights = Set.copyOf(rights);
    }

    @Override
    public HostMemoryAccessor memory() {
        return memory;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public Set<Direction> rights() {
        return rights;
    }

    @Override
    public long address() {
        return address(0);
    }

    @Override
    public long address(long offset) {
        Objects.checkIndex(offset, length);
        return physical == null ? iova + offset : physical.address(offset);
    }

    @Override
    public long contiguous(long offset) {
        Objects.checkIndex(offset, length);
        return physical == null ? length - offset : physical.contiguous(offset);
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    public long iova() {
        return iova;
    }

    public Runnable end() {
        return end;
    }

    public void setPhysical(PhysicalPages pages) {
        physical = pages;
    }

    public void markClosed() {
        open = false;
    }

    @Override
    public void close() {
        space.end(this);
    }

    /** {@return for example {@code 0x100000 bytes at 0x1000, [READ, WRITE]}} */
    @Override
    public String toString() {
        return "0x" + Long.toHexString(length) + " bytes at 0x" + Long.toHexString(address()) + ", " + rights
                + (open ? "" : ", closed");
    }
}
