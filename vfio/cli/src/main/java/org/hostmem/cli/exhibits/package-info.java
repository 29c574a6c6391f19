/** The points of the mail thread that this project answers, each as something that runs. */
@NullMarked
package org.hostmem.cli.exhibits;

import org.jspecify.annotations.NullMarked;
