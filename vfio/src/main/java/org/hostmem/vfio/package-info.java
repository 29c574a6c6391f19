/**
 * VFIO devices: {@link org.hostmem.vfio.Vfio#open} a real one, {@link org.hostmem.vfio.EmbeddedDevice#open} one made of
 * memory, and open their {@link org.hostmem.vfio.Region}s.
 *
 * <pre>{@code
 * try (Device device = Vfio.open("0000:01:00.0");
 *         HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
 *     bar.writeInt(0x10, 1);
 * }
 * }</pre>
 *
 * <p><b>From bytes to access.</b> A {@code DeviceFile} (the kernel's descriptor, a vfio-user server's socket, or
 * memory) answers with the bytes of {@code vfio_region_info}; {@link org.hostmem.vfio.RegionInfoParser} makes a
 * {@link org.hostmem.vfio.RegionInfo} of them, trusting nothing; {@link org.hostmem.vfio.RegionCapabilityDecoder}s, the
 * {@link org.hostmem.vfio.DriverTable} and the user's assertion say how the region is mapped; each area that can be
 * mapped is mapped and given to {@link org.hostmem.spi.ProviderSelection}; everything else (holes, areas that cannot be
 * mapped, and all of it with {@link org.hostmem.vfio.VfioOptions#withoutMapping}) is reached by {@code pread} and
 * {@code pwrite}, or by a server's messages.
 *
 * <p><b>What a device does by itself.</b> {@link org.hostmem.vfio.Device#dma} gives the
 * {@link org.hostmem.vfio.DmaSpace} in which it reaches memory: {@link org.hostmem.vfio.DmaMemory}, a guest's RAM,
 * another device's BAR; each {@link org.hostmem.vfio.DmaMapping} ends before its memory does.
 * {@link org.hostmem.vfio.Device#interrupts} gives its {@link org.hostmem.vfio.Interrupts}, to wait for or to be
 * served.
 *
 * <p>Native access: {@code --enable-native-access=org.hostmem.arch.generic,org.hostmem.vfio} on the module path,
 * {@code ALL-UNNAMED} on the class path.
 */
package org.hostmem.vfio;
