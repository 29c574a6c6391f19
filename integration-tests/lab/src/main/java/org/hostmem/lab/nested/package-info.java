/** What {@code lab/nested} runs in a guest of a guest. */
package org.hostmem.lab.nested;
