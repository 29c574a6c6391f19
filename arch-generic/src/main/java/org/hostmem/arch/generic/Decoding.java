package org.hostmem.arch.generic;

import java.util.List;
import java.util.Set;

/**
 * The rules of device memory that a hypervisor may answer ({@link org.hostmem.AnsweredBy}): a fourth table of an ISA.
 *
 * <p>A hypervisor that emulates a device decodes the instruction that made an access. It does not know all instructions
 * of the ISA.
 *
 * @param rows the table, for every mode but NORMAL; of the rows that apply the last one counts
 * @param instructions the mnemonics, as GNU objdump writes them, that hypervisors decode: each access to the device in
 *     a routine that a row names is one of them, with general registers or, where there are such, 16-byte vectors; the
 *     build checks it
 * @param notes what else a hypervisor makes of accesses, for people
 */
public record Decoding(List<IsaRow> rows, Set<String> instructions, List<String> notes) {

    /** Of an ISA of which nobody knows anything: the row of UNKNOWN memory serves, which has scalars only. */
    public static final Decoding UNKNOWN = new Decoding(List.of(), Set.of(), List.of());

    /** Makes copies. */
    public Decoding {
        rows = List.copyOf(rows);
        instructions = Set.copyOf(instructions);
        notes = List.copyOf(notes);
    }
}
