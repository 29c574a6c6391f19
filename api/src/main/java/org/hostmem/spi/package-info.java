/**
 * The types for authors of architecture modules, of accessors, and of code that chooses a provider. Emulators need none
 * of them.
 *
 * <p>An architecture module has a {@link org.hostmem.spi.HostMemoryProvider}. Name it in {@code module-info}
 * ({@code provides}) and in {@code META-INF/services}, so that it is found on the module path and on the class path.
 * {@link org.hostmem.spi.ProviderSelection} asks all providers, keeps all their answers, and chooses the usable one of
 * the highest priority. A provider opens a {@link org.hostmem.spi.MappedRegion}, and {@link org.hostmem.spi.Host} says
 * what the machine is.
 *
 * <p>To add something to an accessor, for example a log of writes, extend {@link org.hostmem.spi.AccessorDecorator} or
 * {@link org.hostmem.spi.MappedDecorator}. An accessor of your own implements {@link org.hostmem.spi.ScalarsByWidth},
 * or {@link org.hostmem.spi.MappedAccessor} if its memory is mapped as a whole.
 */
@NullMarked
package org.hostmem.spi;

import org.jspecify.annotations.NullMarked;
