/** The points of the mail thread that this project answers, each as something that runs. */
package org.hostmem.cli.exhibits;
