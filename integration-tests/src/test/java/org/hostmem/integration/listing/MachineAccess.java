package org.hostmem.integration.listing;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An instruction that accesses memory, as objdump writes it.
 *
 * @param mnemonic its name
 * @param isStore whether it writes memory
 * @param isPlain whether it moves one general register, or on x86-64 one xmm register in the legacy encoding, and
 *     leaves its address register alone, or on ppc64 updates it
 */
record MachineAccess(String mnemonic, boolean isStore, boolean isPlain) {

    private static final Pattern WORDS = Pattern.compile("(\\S+)\\s+(.*)");
    private static final Pattern X86_STORE = Pattern.compile(".*\\)");

    /** {@return what an instruction does to memory; null if it does nothing} */
    static MachineAccess of(ListedIsa isa, String instruction) {
        Matcher words = WORDS.matcher(instruction.strip());
        if (!words.matches()) {
            return null;
        }
        String mnemonic = words.group(1);
        String operands = words.group(2).replaceFirst("\\s+[#;<].*", "").strip();
        return switch (isa) {
            case X86_64 ->
                operands.contains("(") && !mnemonic.startsWith("lea") && !mnemonic.startsWith("nop")
                        ? new MachineAccess(
                                mnemonic,
                                X86_STORE.matcher(operands).matches() || mnemonic.startsWith("movdir"),
                                !operands.matches(".*%[yz]mm.*"))
                        : null;
            case AARCH64 ->
                operands.contains("[")
                        ? new MachineAccess(
                                mnemonic, mnemonic.startsWith("st"), operands.matches("[wx]\\w+, \\[[^]]*\\]"))
                        : null;
            case PPC64 ->
                mnemonic.matches("st.*|l(?!i$|is$|wsync$).*")
                        ? new MachineAccess(mnemonic, mnemonic.startsWith("st"), true)
                        : null;
            case RISCV64 ->
                operands.contains("(") && !mnemonic.startsWith("jalr")
                        ? new MachineAccess(mnemonic, mnemonic.startsWith("s"), true)
                        : null;
        };
    }
}
