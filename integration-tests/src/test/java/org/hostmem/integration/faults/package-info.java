/**
 * Faults beside everything else that a JVM, its tools and its host do with signals, threads and memory: programs that
 * run in JVMs of their own, and tests that start them.
 */
package org.hostmem.integration.faults;
