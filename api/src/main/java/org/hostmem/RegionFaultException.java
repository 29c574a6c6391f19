package org.hostmem;

import org.hostmem.engine.SharedSecrets;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by an access that the hardware, the kernel or a hypervisor refused (R9, R14). Examples are a BAR with memory
 * disabled, a device that is gone, a truncated file, and an instruction that the hypervisor does not know. The accessor
 * stays usable, and the same access may succeed later.
 */
public final class RegionFaultException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    static {
        SharedSecrets.set(new ForImplementers());
    }

    /** Which side of a transfer faulted. */
    public enum Side {
        /** The region itself. */
        REGION,
        /** The RAM at the other end of a bulk transfer. */
        RAM,
        /** The operating system reported no address. */
        UNKNOWN
    }

    /** In bytes. */
    private final long offset;
    /** Of the access on the region. */
    private final Direction direction;
    /** In bytes. */
    private final int width;
    /** In bytes. */
    private final long completed;
    /** Which memory faulted. */
    private final Side side;
    /** As the operating system names it, or what to do. */
    private final String osCause;
    /** Whether it has a stack trace. */
    private final boolean traced;
    /** What became of the access. */
    private final Kind kind;

    /** What became of an access. */
    private enum Kind {
        /** It was made, and faulted. */
        MADE,
        /** It was not made, because its fault was certain. */
        FORESEEN,
        /** A device model refused it. */
        ANSWERED,
        /** The hypervisor or the CPU does not know its instruction. */
        UNKNOWN_INSTRUCTION
    }

    /**
     * A fault.
     *
     * @param offset of the faulting access in the region, in bytes
     * @param direction of the access on the region
     * @param width of the faulting access in bytes
     * @param completed bytes of this request that were transferred before the fault
     * @param side which memory faulted
     * @param cause as the operating system names it, for example {@code SIGBUS BUS_ADRERR}
     */
    public RegionFaultException(long offset, Direction direction, int width, long completed, Side side, String cause) {
        this(offset, direction, width, completed, side, cause, true);
    }

    /**
     * A fault, maybe without a stack trace.
     *
     * @param offset of the faulting access in the region, in bytes
     * @param direction of the access on the region
     * @param width of the faulting access in bytes
     * @param completed bytes of this request that were transferred before the fault
     * @param side which memory faulted
     * @param cause as the operating system names it, for example {@code SIGBUS BUS_ADRERR}
     * @param traced {@link AccessOptions#faultTraces}
     */
    public RegionFaultException(
            long offset, Direction direction, int width, long completed, Side side, String cause, boolean traced) {
        this(offset, direction, width, completed, side, cause, traced, Kind.MADE, null);
    }

    private RegionFaultException(
            long offset,
            Direction direction,
            int width,
            long completed,
            Side side,
            String cause,
            boolean traced,
            Kind kind,
            @Nullable Throwable answer) {
        super(answer, traced);
        this.offset = offset;
        this.direction = direction;
        this.width = width;
        this.completed = completed;
        this.side = side;
        this.osCause = cause;
        this.traced = traced;
        this.kind = kind;
    }

    private static String hint(Side side, boolean isExplained) {
        return isExplained
                ? ""
                : side == Side.RAM
                        ? ". Is the file behind that memory still as long as it was?"
                        : ". Is the device there, and its memory enabled?";
    }

    /**
     * {@return what was done, where, and how far it came. The text is made at each call, because nobody asks for that
     * of most faults}
     */
    @Override
    public String getMessage() {
        return (width == 8 ? "an " : "a ") + width + "-byte " + (direction == Direction.READ ? "read" : "write")
                + " at offset 0x" + Long.toHexString(offset)
                + (kind == Kind.FORESEEN ? " was refused" : " failed")
                + (side == Side.RAM ? " on the RAM side" : "")
                + " after " + completed + " bytes of this request" + atGuestAddress() + ": " + osCause
                + hint(side, kind != Kind.MADE);
    }

    /**
     * {@return the fault that a device model throws to refuse an access. The caller of the access gets it with the
     * offset, the width and the completed bytes of its own request}
     *
     * @param cause why, for people: {@code no register here}
     */
    public static RegionFaultException busError(String cause) {
        return new RegionFaultException(0, Direction.READ, 1, 0, Side.REGION, cause, true, Kind.ANSWERED, null);
    }

    private static final class ForImplementers implements SharedSecrets.Faults {

        @Override
        public RegionFaultException within(RegionFaultException fault, long base, long completed) {
            RegionFaultException larger = new RegionFaultException(
                    base + fault.offset,
                    fault.direction,
                    fault.width,
                    completed,
                    fault.side,
                    fault.osCause,
                    fault.traced,
                    fault.kind,
                    fault.getCause());
            if (fault.traced) {
                larger.setStackTrace(fault.getStackTrace());
            }
            fault.guestAddress().ifPresent(larger::setGuestAddress);
            return larger;
        }

        @Override
        public RegionFaultException foreseen(
                long offset, Direction direction, int width, String cause, boolean traced) {
            return new RegionFaultException(
                    offset, direction, width, 0, Side.REGION, cause, traced, Kind.FORESEEN, null);
        }

        @Override
        public RegionFaultException unknownInstruction(
                long offset, Direction direction, int width, long completed, String cause, boolean traced) {
            return new RegionFaultException(
                    offset, direction, width, completed, Side.REGION, cause, traced, Kind.UNKNOWN_INSTRUCTION, null);
        }

        @Override
        public RegionFaultException answering(
                RegionFaultException busError, long offset, Direction direction, int width, long completed) {
            return new RegionFaultException(
                    offset,
                    direction,
                    width,
                    completed,
                    Side.REGION,
                    busError.osCause,
                    busError.traced,
                    Kind.ANSWERED,
                    busError);
        }

        @Override
        public void locate(HostMemoryException exception, long guestAddress) {
            exception.setGuestAddress(guestAddress);
        }
    }

    /** {@return the offset of the faulting access in the region, in bytes} */
    public long offset() {
        return offset;
    }

    /** {@return whether the faulting request was a read or a write of the region} */
    public Direction direction() {
        return direction;
    }

    /** {@return the width of the faulting access in bytes} */
    public int width() {
        return width;
    }

    /**
     * {@return how many bytes of the request were transferred before the fault; for an {@link TransferOrder#UNOBSERVED}
     * transfer of NORMAL memory it is a lower bound}
     */
    public long completed() {
        return completed;
    }

    /** {@return which memory faulted} */
    public Side side() {
        return side;
    }

    /** {@return whether the access was refused because its fault was certain, and not made} */
    public boolean isForeseen() {
        return kind == Kind.FORESEEN;
    }

    /**
     * {@return whether the access failed because the hypervisor or the CPU does not know its instruction. The device
     * may be there all the same}
     */
    public boolean isUnknownInstruction() {
        return kind == Kind.UNKNOWN_INSTRUCTION;
    }
}
