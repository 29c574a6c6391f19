/** The table, the listing and the provider of aarch64. */
@NullMarked
package org.hostmem.arch.aarch64;

import org.jspecify.annotations.NullMarked;
