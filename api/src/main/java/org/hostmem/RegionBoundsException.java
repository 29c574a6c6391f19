package org.hostmem;

/** An offset or length that leaves the region (R10). Thrown before any access. */
public final class RegionBoundsException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /**
     * With a message that says what was asked, what is allowed, and what to do.
     *
     * @param message for people
     */
    public RegionBoundsException(String message) {
        super(message);
    }

    /**
     * {@return the refusal of an access that is not within a region}
     *
     * @param length of the access in bytes
     * @param offset of its first byte in the region
     * @param size of the region in bytes
     */
    public static RegionBoundsException outside(long length, long offset, long size) {
        return new RegionBoundsException(
                length < 0
                        ? "a length of " + length + " bytes at offset 0x" + Long.toHexString(offset)
                                + ": a length is 0 or more"
                        : length + " bytes at offset 0x" + Long.toHexString(offset) + " leave the region, which has "
                                + size + " bytes (0x" + Long.toHexString(size) + ")");
    }
}
