/** What {@code lab/observe} and {@code lab/selftest} run: programs that are watched, and the judge of what was seen. */
package org.hostmem.lab.observe;
