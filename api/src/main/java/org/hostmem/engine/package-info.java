/**
 * The copy engine, and the code that accessors of this tree share: moves and their buffers, views, limits and checks.
 *
 * <p>It is exported to the modules of this tree only. The types of {@code org.hostmem} call the engine, and the engine
 * uses these types: it carries out a {@code Transfer}. So the two packages depend on each other. The SPI and the engine
 * do so for the same reason. No other packages do. No public signature names a type of this package.
 */
@NullMarked
package org.hostmem.engine;

import org.jspecify.annotations.NullMarked;
