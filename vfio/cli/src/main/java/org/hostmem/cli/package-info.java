/** The command line {@code hostmem}. No API: commands, options and {@code --json} keys are what stays. */
package org.hostmem.cli;
