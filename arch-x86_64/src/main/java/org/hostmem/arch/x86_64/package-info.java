/** x86_64: the table, the listing and the provider. */
@NullMarked
package org.hostmem.arch.x86_64;

import org.jspecify.annotations.NullMarked;
