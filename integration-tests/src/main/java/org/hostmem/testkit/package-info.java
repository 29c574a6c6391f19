/** The contract as tests. */
package org.hostmem.testkit;
