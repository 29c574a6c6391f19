package org.hostmem.example.rv64;

/** The bus did not carry out an access. Without a stack trace: a guest may provoke as many as it likes. */
public final class BusFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the guest is told. */
    public enum Kind {
        /** Nothing there, or it does not answer. */
        ACCESS,
        /** Not at this alignment. */
        MISALIGNED
    }

    private final Kind kind;

    /** With the cause as text, for the emulator's log. */
    public BusFault(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    /** {@return what the guest is told} */
    public Kind kind() {
        return kind;
    }
}
