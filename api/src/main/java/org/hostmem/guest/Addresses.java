package org.hostmem.guest;

/**
 * Guest-physical addresses in a row.
 *
 * @param start the first one, unsigned
 * @param last the last one, unsigned
 */
record Addresses(long start, long last) {

    static final Addresses ALL = new Addresses(0, -1);
}
