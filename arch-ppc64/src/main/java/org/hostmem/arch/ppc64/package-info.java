/** The table, the listing and the provider of ppc64. */
@NullMarked
package org.hostmem.arch.ppc64;

import org.jspecify.annotations.NullMarked;
