/** What {@code lab/nvme} runs in a guest, and on the host to judge it. */
package org.hostmem.lab.nvme;
