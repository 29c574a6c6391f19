package org.hostmem.lab.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hostmem.lab.evidence.Run;

/** The log of -XX:+PrintCompilation. */
final class Compilation {

    private Compilation() {}

    /** Whether each operation was compiled in the tier before the first case, and stayed so. */
    static Run.Compilation check(Path file, String tier, Consumer<String> fail) throws IOException {
        if (tier.equals("int")) {
            return new Run.Compilation(0, 0, 0, List.of());
        }
        Pattern method =
                Pattern.compile("\\s*\\d+\\s+\\d+\\s+[%sb!n ]*?\\s*([1-4]?)\\s+(\\S+)::(\\S+)(?: @ \\d+)? \\((?:\\d+"
                        + " bytes|native)\\)\\s*(.*)");
        Set<String> compiled = new TreeSet<>();
        Set<String> others = new TreeSet<>();
        List<String> dropped = new ArrayList<>();
        boolean measuring = false;
        int during = 0;
        for (String line : Files.readAllLines(file)) {
            if (line.equals("MEASURE")) {
                measuring = true;
            }
            if (line.equals("LATE")) {
                break; // A refusal throws where the compiler did not expect it, and ends the use of compiled code.
            }
            Matcher m = method.matcher(line);
            if (!m.matches()) {
                continue;
            }
            String name = m.group(2) + "::" + m.group(3);
            boolean ops = m.group(2).equals(Ops.class.getName());
            if (m.group(4).startsWith("made not entrant")) {
                if (ops && !measuring) {
                    compiled.remove(name);
                }
                if (measuring && (ops || isLibrary(m.group(2)))) {
                    dropped.add(name + " " + m.group(4));
                }
                continue;
            }
            if (tier.equals("c1") && !m.group(1).equals("1")) {
                fail.accept(name + " was compiled in tier " + m.group(1) + ", not 1");
            }
            if (measuring) {
                during++;
            } else if (ops) {
                compiled.add(name);
            } else {
                others.add(name);
            }
        }
        for (var one : opsMethods()) {
            if (!compiled.contains(Ops.class.getName() + "::" + one)) {
                fail.accept("Ops::" + one + " was not compiled before the first case");
            }
        }
        return new Run.Compilation(compiled.size(), others.size(), during, dropped);
    }

    private static boolean isLibrary(String name) {
        return name.startsWith("org.hostmem.") && !name.startsWith("org.hostmem.lab.");
    }

    private static Set<String> opsMethods() {
        Set<String> names = new TreeSet<>();
        for (var one : Ops.class.getDeclaredMethods()) {
            names.add(one.getName());
        }
        return names;
    }
}
