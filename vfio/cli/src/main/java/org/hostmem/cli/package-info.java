/**
 * The command line {@code hostmem}. It is not an API. Only its commands, options and {@code --json} keys are stable.
 */
@NullMarked
package org.hostmem.cli;

import org.jspecify.annotations.NullMarked;
