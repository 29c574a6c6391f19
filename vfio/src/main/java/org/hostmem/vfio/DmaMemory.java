package org.hostmem.vfio;

import java.util.OptionalInt;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.vfio.dma.OwnMemory;
import org.hostmem.vfio.linux.HugePages;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.linux.SharedDescriptor;
import org.hostmem.vfio.linux.Syscalls;
import org.jspecify.annotations.Nullable;

/**
 * Memory for DMA: zeroed, of whole pages that are all present, and of large pages if the host grants them.
 * {@link DmaSpace#map} pins it and lets devices reach it.
 *
 * <pre>{@code
 * DmaMemory queues = DmaMemory.allocate(1 << 20, PageSize.MIB_2);
 * DmaMapping mapping = device.dma().map(queues.ram(), EnumSet.allOf(Direction.class));
 * }</pre>
 *
 * <p>It is {@link CacheMode#NORMAL} memory with a segment and atomics, so it can also be a guest's RAM. Devices can use
 * other memory, too, such as {@link org.hostmem.guest.GuestRam}.
 *
 * <p><b>Its end.</b> {@link #close} first ends every mapping of the memory, which stops the devices that may still
 * reach it. Then it gives the memory back to the host. If a mapping cannot be ended, it throws and releases nothing,
 * and it can be repeated. Safe for use by any number of threads.
 */
public final class DmaMemory implements AutoCloseable {

    private final HugePages.Block block;
    private final PageSize wanted;
    private final Backing backing;
    private final HostMemoryAccessor ram;

    private DmaMemory(HugePages.Block block, PageSize wanted, AccessOptions options) {
        this.block = block;
        this.wanted = wanted;
        backing = new Backing(block);
        RegionCapabilities capabilities =
                RegionCapabilities.whole(block.size(), CacheMode.NORMAL, CacheModeSource.BY_CONSTRUCTION);
        try {
            ram = ProviderSelection.load()
                    .open(MappedRegion.borrowed(backing.mapping.segment(), capabilities, options)
                            .releasedBy(backing.mapping.keeper()));
        } catch (RuntimeException | Error refused) {
            backing.mapping.free();
            throw refused;
        }
        backing.mapping.usedBy(ram);
    }

    /**
     * The memory of the host. It is inaccessible when the accessor is closed, and gone when nobody can use it any more.
     */
    private static final class Backing {
        private final long address;
        private final Mapping mapping;
        /** Null where the memory is of this process alone. */
        private final @Nullable SharedDescriptor descriptor;

        Backing(HugePages.Block block) {
            address = block.address();
            mapping = new Mapping(Linux.INSTANCE, address, block.size(), Syscalls.PROT_READ | Syscalls.PROT_WRITE);
            descriptor = block.descriptor() < 0 ? null : new SharedDescriptor(Linux.INSTANCE, block.descriptor());
            OwnMemory.add(address, block.size());
            mapping.afterRelease(this::released);
        }

        private void released() {
            OwnMemory.remove(address);
            if (descriptor != null) {
                descriptor.release();
            }
        }
    }

    /**
     * {@return memory of this process alone, of base pages, for a little-endian device}
     *
     * @param size in bytes, 1 or more; rounded up to whole pages
     * @throws VfioException if the host has not that much
     */
    public static DmaMemory allocate(long size) {
        return allocate(size, PageSize.BASE, AccessOptions.DEFAULT);
    }

    /**
     * {@return memory of this process alone}
     *
     * @param size in bytes, 1 or more; rounded up to whole pages
     * @param pages the largest wanted; what was {@linkplain #pages granted} may be less
     * @param options of the accessor
     * @throws VfioException if the host has not that much
     */
    public static DmaMemory allocate(long size, PageSize pages, AccessOptions options) {
        return new DmaMemory(HugePages.map(size, pages.log(), false), pages, options);
    }

    /**
     * {@return memory with a {@linkplain #descriptor descriptor} ({@code memfd}), by which another process can map it,
     * too}
     *
     * @param size in bytes, 1 or more; rounded up to whole pages
     * @param pages the largest wanted; what was {@linkplain #pages granted} may be less
     * @param options of the accessor
     * @throws VfioException if the host has not that much
     */
    public static DmaMemory shared(long size, PageSize pages, AccessOptions options) {
        return new DmaMemory(HugePages.map(size, pages.log(), true), pages, options);
    }

    /** {@return the accessor of the memory; its first byte is at offset 0} */
    public HostMemoryAccessor ram() {
        return ram;
    }

    /** {@return the size in bytes, a multiple of the page size} */
    public long size() {
        return block.size();
    }

    /** {@return the pages that the host has granted} */
    public PageSize pages() {
        return PageSize.of(block.log());
    }

    /**
     * {@return the number of its descriptor, which is close-on-exec and ends with the memory; empty if the memory is of
     * this process alone}
     */
    public OptionalInt descriptor() {
        SharedDescriptor descriptor = backing.descriptor;
        return descriptor == null || !descriptor.isOpen() ? OptionalInt.empty() : OptionalInt.of(descriptor.number());
    }

    /**
     * Ends the mappings, then the memory. After a success another call does nothing.
     *
     * @throws DmaException if a mapping cannot be ended: nothing is released then, and the close can be repeated
     * @throws org.hostmem.HostMemoryException if a native call holds the memory: the close can be repeated
     */
    @Override
    public void close() {
        ram.close();
    }

    /** {@return for example {@code 2097152 bytes of MIB_2 pages}} */
    @Override
    public String toString() {
        return size() + " bytes of " + pages() + " pages"
                + (pages() == wanted ? "" : ", where " + wanted + " were wanted")
                + (backing.descriptor == null ? "" : ", shared");
    }
}
