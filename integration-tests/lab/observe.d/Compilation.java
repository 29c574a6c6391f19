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

/** The log of -XX:+PrintCompilation. */
final class Compilation {

    private Compilation() {}

    /** Whether each operation was compiled in the tier before the first case, and stayed so. Returns JSON. */
    static String check(Path file, String tier, Consumer<String> fail) throws IOException {
        if (tier.equals("int")) {
            return "{\"flag\": \"-Xint\"}";
        }
        Pattern method =
                Pattern.compile("\\s*\\d+\\s+\\d+\\s+[%sb!n ]*?\\s*([1-4]?)\\s+(\\S+)::(\\S+)(?: @ \\d+)? \\((?:\\d+"
                        + " bytes|native)\\)\\s*(.*)");
        Set<String> compiled = new TreeSet<>();
        Set<String> library = new TreeSet<>();
        List<String> dropped = new ArrayList<>();
        boolean measuring = false;
        int during = 0;
        for (String line : Files.readAllLines(file)) {
            if (line.equals("MEASURE")) {
                measuring = true;
            }
            if (line.equals(
                    "LATE")) { // What is refused throws where the compiler has not reckoned with it, and ends the use
                // of what it compiled.
                break;
            }
            Matcher m = method.matcher(line);
            if (!m.matches()) {
                continue;
            }
            String name = m.group(2) + "::" + m.group(3);
            boolean ops = m.group(2).equals("Ops");
            if (m.group(4).startsWith("made not entrant")) {
                if (ops && !measuring) {
                    compiled.remove(name);
                }
                if (measuring && (ops || m.group(2).startsWith("org.hostmem."))) {
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
                library.add(name);
            }
        }
        for (var one : opsMethods()) {
            if (!compiled.contains("Ops::" + one)) {
                fail.accept("Ops::" + one + " was not compiled before the first case");
            }
        }
        return "{\"operationsCompiledBefore\": " + compiled.size() + ", \"otherMethodsCompiledBefore\": "
                + library.size() + ", \"compiledWhileMeasuring\": " + during + ", \"droppedWhileMeasuring\": "
                + Json.array(dropped) + "}";
    }

    private static Set<String> opsMethods() {
        Set<String> names = new TreeSet<>();
        for (var one : Ops.class.getDeclaredMethods()) {
            names.add(one.getName());
        }
        return names;
    }
}
