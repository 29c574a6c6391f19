/** ppc64: the table, the listing and the provider. */
@NullMarked
package org.hostmem.arch.ppc64;

import org.jspecify.annotations.NullMarked;
