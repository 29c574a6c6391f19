package org.hostmem.lab.observe;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hostmem.lab.evidence.Run;

/** One transfer as each of its ways makes it, for the page of the evidence. */
final class Pictures {

    private final Map<String, Run.Drawn> all = new TreeMap<>();

    /** What {@code by} made of a request. The first one counts. */
    void add(int size, int offset, String by, List<Access> accesses) {
        all.computeIfAbsent(size + "@" + offset, name -> new Run.Drawn(size, offset, new LinkedHashMap<>()))
                .by()
                .putIfAbsent(by, drawn(accesses));
    }

    private static List<Run.Access> drawn(List<Access> all) {
        int ramStart =
                all.stream().filter(Access::ram).mapToInt(Access::offset).min().orElse(Access.RAM);
        return all.stream()
                .map(a -> a.ram()
                        ? new Run.Access("ram", a.kind(), a.offset() - ramStart, a.width())
                        : new Run.Access("device", a.kind(), a.offset(), a.width()))
                .toList();
    }

    List<Run.Drawn> all() {
        return List.copyOf(all.values());
    }
}
