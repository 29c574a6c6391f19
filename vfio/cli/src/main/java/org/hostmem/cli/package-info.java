/**
 * The command line {@code hostmem}. It is not an API. Only its commands, options and {@code --json} keys are stable.
 */
package org.hostmem.cli;
