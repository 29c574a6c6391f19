/**
 * A guest's RAM and its bus: guest-physical addresses that lead to accessors and device models.
 *
 * <p>An emulator's bus:
 *
 * <pre>{@code
 * AddressSpace bus = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
 * bus.map(Mapping.of(0x8000_0000L, GuestRam.open(1L << 30)));
 * bus.map(Mapping.of(0x4000_0000L, bar));            // a HostMemoryAccessor, opened with UnalignedPolicy.forGuest
 * bus.map(Mapping.of(0x1000_0000L, 0x100, uart));    // a DeviceModel
 *
 * CpuBus cpu = bus.cpu();                            // one for each virtual CPU, in its thread
 * long value = cpu.read(address, width);             // the guest's load
 * cpu.write(address, width, value);                  // its store
 * Transfer.DEFAULT.copy(bus.ranges(from, length), bus.ranges(to, length));    // the DMA of a device that you play
 * }</pre>
 *
 * <p>A BAR comes from the module {@code org.hostmem.vfio}:
 * {@code Vfio.open("0000:01:00.0").region(0).open(AccessOptions.DEFAULT.with(UnalignedPolicy.forGuest("riscv64",
 * mode)))}, with the mode of the region's {@code capabilities()}. Use {@link org.hostmem.HostMemoryAccessor#of} for RAM
 * that you own.
 *
 * <p>A refusal, a fault of the host's memory and a bus error of a {@link org.hostmem.guest.DeviceModel} each throw a
 * {@link org.hostmem.HostMemoryException}. In the guest it is an alignment fault if
 * {@link org.hostmem.AccessRejectedException#reason} is {@link org.hostmem.AccessRejectedException.Reason#UNALIGNED},
 * and otherwise an access fault. Its address is {@link org.hostmem.HostMemoryException#guestAddress}.
 */
@NullMarked
package org.hostmem.guest;

import org.jspecify.annotations.NullMarked;
