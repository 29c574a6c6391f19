/**
 * VFIO devices. {@link org.hostmem.vfio.Vfio#open} opens a real device, and
 * {@link org.hostmem.vfio.EmbeddedDevice#open} opens one that is made of memory. Then open their
 * {@link org.hostmem.vfio.Region}s.
 *
 * <pre>{@code
 * try (Device device = Vfio.open("0000:01:00.0");
 *         HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
 *     bar.writeInt(0x10, 1);
 * }
 * }</pre>
 *
 * <p><b>From bytes to access.</b> A {@code DeviceFile} (the kernel's descriptor, a vfio-user server's socket, or
 * memory) returns the bytes of {@code vfio_region_info}. {@link org.hostmem.vfio.RegionInfoParser} makes a
 * {@link org.hostmem.vfio.RegionInfo} of them, and trusts nothing. {@link org.hostmem.vfio.RegionCapabilityDecoder}s,
 * the {@link org.hostmem.vfio.DriverTable} and the user's assertion say how the region is mapped. Each area that can be
 * mapped is mapped, and opened by the provider that fits it. All other bytes are reached by {@code pread} and
 * {@code pwrite}, or by a server's messages. These are holes, areas that cannot be mapped, and all bytes under
 * {@link org.hostmem.vfio.VfioOptions#withoutMapping}.
 *
 * <p><b>DMA and interrupts.</b> {@link org.hostmem.vfio.Device#dma} gives the {@link org.hostmem.vfio.DmaSpace} of the
 * device. It maps memory for the device: {@link org.hostmem.vfio.DmaMemory}, a guest's RAM, or another device's BAR.
 * Each {@link org.hostmem.vfio.DmaMapping} ends before its memory does. {@link org.hostmem.vfio.Device#interrupts}
 * gives the {@link org.hostmem.vfio.Interrupts} of the device: wait for them, or serve them.
 *
 * <p>Native access: {@code --enable-native-access=org.hostmem.arch.generic,org.hostmem.vfio} on the module path,
 * {@code ALL-UNNAMED} on the class path.
 */
@NullMarked
package org.hostmem.vfio;

import org.jspecify.annotations.NullMarked;
