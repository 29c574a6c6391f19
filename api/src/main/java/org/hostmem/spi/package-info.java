/**
 * For authors of architecture modules, and for whoever chooses between them.
 *
 * <p>A provider is a {@link org.hostmem.spi.HostMemoryProvider}, named in {@code module-info} ({@code provides}) and in
 * {@code META-INF/services}, so that it is found on the module path and on the class path.
 * {@link org.hostmem.spi.ProviderSelection} asks every one of them, keeps every answer, and never takes the first
 * found.
 */
@NullMarked
package org.hostmem.spi;

import org.jspecify.annotations.NullMarked;
