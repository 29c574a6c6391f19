/** The table, the listing and the provider of riscv64. */
@NullMarked
package org.hostmem.arch.riscv64;

import org.jspecify.annotations.NullMarked;
