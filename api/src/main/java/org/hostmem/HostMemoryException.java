package org.hostmem;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Base of all failures that this library reports; a mistake of the caller is not one of them. See <a
 * href="package-summary.html#failures">which failure is which</a>.
 */
public class HostMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Where the guest sees it. */
    private long guestAddress;
    /** Whether it was seen through a guest's addresses. */
    private boolean hasGuestAddress;

    /**
     * With a message that says what was asked, what is allowed, and what to do.
     *
     * @param message for people
     */
    public HostMemoryException(String message) {
        super(message);
    }

    /**
     * With what led to it.
     *
     * @param message for people
     * @param cause of the JVM or the operating system
     */
    public HostMemoryException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * {@return the guest-physical address of the access, if it was made by one: through an
     * {@link org.hostmem.guest.AddressSpace}}
     *
     * <p>For a fault, it is the address where the access failed. For a refusal, it is where the refused part of the
     * request begins. If a device model accesses the space itself and does not catch the exception, it is the address
     * of the access to the model.
     */
    public OptionalLong guestAddress() {
        return hasGuestAddress ? OptionalLong.of(guestAddress) : OptionalLong.empty();
    }

    final void setGuestAddress(long address) {
        guestAddress = address;
        hasGuestAddress = true;
    }

    /** {@return for a message: nothing, if there is no such address} */
    final String atGuestAddress() {
        return hasGuestAddress ? ", guest-physical address 0x" + Long.toHexString(guestAddress) : "";
    }

    /** {@return what was asked, what is allowed, what to do, and the guest-physical address if there is one} */
    @Override
    public String getMessage() {
        return super.getMessage() + atGuestAddress();
    }

    /** Of a subclass that makes its message when it is asked for, and says whether it has a stack trace. */
    HostMemoryException(@Nullable Throwable cause, boolean traced) {
        super(null, cause, true, traced);
    }
}
