/** The table, the listing and the provider of x86_64. */
@NullMarked
package org.hostmem.arch.x86_64;

import org.jspecify.annotations.NullMarked;
