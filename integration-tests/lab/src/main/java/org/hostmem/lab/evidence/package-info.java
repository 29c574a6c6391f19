/** What {@code lab/evidence} runs: it draws the results of {@code lab/observe} as one page. */
package org.hostmem.lab.evidence;
