/** What {@code lab/storm} runs. */
package org.hostmem.lab.storm;
