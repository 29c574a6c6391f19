/** What {@code lab/s3} runs in a guest. */
package org.hostmem.lab.s3;
