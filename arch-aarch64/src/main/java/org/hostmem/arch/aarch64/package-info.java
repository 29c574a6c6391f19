/** aarch64: the table, the listing and the provider. */
package org.hostmem.arch.aarch64;
