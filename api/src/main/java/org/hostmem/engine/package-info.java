/**
 * The copy engine, and what accessors of this tree share: moves and their buffers, views, limits, checks.
 *
 * <p>It is exported to the modules of this tree only. The types of {@code org.hostmem} call it, and it speaks in their
 * words: a {@code Transfer} is carried out here, and what is carried out is a {@code Transfer}. So these packages
 * depend on each other; the SPI and the engine do for the same reason. No other packages do, and no public signature
 * names a type of this package.
 */
@NullMarked
package org.hostmem.engine;

import org.jspecify.annotations.NullMarked;
