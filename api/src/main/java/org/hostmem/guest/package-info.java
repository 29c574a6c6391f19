/**
 * A small convenience on top of {@link org.hostmem.HostMemoryAccessor}: the physical {@link org.hostmem.guest.AddressSpace} of a guest, of RAM, device regions and device models.
 */
package org.hostmem.guest;
