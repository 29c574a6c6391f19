package org.hostmem.example.nvme;

/** What went wrong between the driver and the controller. What the host refused is an exception of Hostmem's own. */
public abstract sealed class NvmeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private NvmeException(String message) {
        super(message);
    }

    /**
     * The controller has refused a command, or failed at it. It goes on. A data page that the IOMMU refused is
     * <em>not</em> among these: controllers do not tell.
     */
    public static final class CommandFailed extends NvmeException {
        private static final long serialVersionUID = 1L;
        private final int status;

        CommandFailed(String command, int status) {
            super(command + " failed: status code type " + (status >> 8 & 7) + ", code 0x"
                    + Integer.toHexString(status & 0xff) + ((status & 0x4000) != 0 ? ", not to be repeated" : ""));
            this.status = status;
        }

        /**
         * {@return the status field of the completion, without the phase: the code in bits 0 to 7, its type in bits 8
         * to 10}
         */
        public int status() {
            return status;
        }
    }

    /** The controller has given up: its status register says fatal. {@link NvmeController#restart} begins anew. */
    public static final class Fatal extends NvmeException {
        private static final long serialVersionUID = 1L;

        Fatal(String when) {
            super("the controller has stopped (CSTS: fatal, or not ready) " + when + ": restart it");
        }
    }

    /**
     * The controller did not do something in its time. What becomes of its commands is open until
     * {@link NvmeController#restart}.
     */
    public static final class TimedOut extends NvmeException {
        private static final long serialVersionUID = 1L;

        TimedOut(String what, int status) {
            super(what + " took too long; CSTS 0x" + Integer.toHexString(status));
        }
    }

    /** The device answers with ones only: it was pulled out, or is off. */
    public static final class Gone extends NvmeException {
        private static final long serialVersionUID = 1L;

        Gone(String when) {
            super("the device is gone " + when);
        }
    }
}
