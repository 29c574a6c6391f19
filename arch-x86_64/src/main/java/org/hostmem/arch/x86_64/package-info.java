/** x86_64: the table, the listing and the provider. */
package org.hostmem.arch.x86_64;
