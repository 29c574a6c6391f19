/**
 * The types for authors of architecture modules. A module has three parts: rules as a table of
 * {@link org.hostmem.arch.generic.IsaRow}s, instructions as a {@link org.hostmem.arch.generic.Listing} (its format is
 * described in {@code LISTING.md} of this module), and a provider that extends
 * {@link org.hostmem.arch.generic.IsaProvider}.
 *
 * <p>All native access of the architecture modules happens here: run with
 * {@code --enable-native-access=org.hostmem.arch.generic} on the module path, {@code ALL-UNNAMED} on the class path.
 */
@NullMarked
package org.hostmem.arch.generic;

import org.jspecify.annotations.NullMarked;
