package org.hostmem.vfio;

/**
 * A range of bytes that two regions share: see {@link Region#sharedWith}.
 *
 * @param offset of the first one in the region that was asked, in bytes
 * @param otherOffset of the first one in the other region, in bytes
 * @param length in bytes, at least 1
 */
public record SharedBytes(long offset, long otherOffset, long length) {}
