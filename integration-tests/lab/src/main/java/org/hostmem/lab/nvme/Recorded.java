package org.hostmem.lab.nvme;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.hostmem.HostMemoryAccessor;

/** Counts the scalars that a driver asks for, to be compared with what the device has seen. */
final class Recorded {

    private static final Map<String, Integer> WIDTHS = Map.of("Byte", 1, "Short", 2, "Int", 4, "Long", 8);

    private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();

    /** {@code bar} with every access counted. */
    HostMemoryAccessor around(HostMemoryAccessor bar) {
        return (HostMemoryAccessor) Proxy.newProxyInstance(
                Recorded.class.getClassLoader(),
                new Class<?>[] {HostMemoryAccessor.class},
                (self, method, arguments) -> {
                    String name = method.getName();
                    boolean read = name.startsWith("read");
                    Integer width = read || name.startsWith("write") ? WIDTHS.get(name.substring(read ? 4 : 5)) : null;
                    if (width != null) {
                        counts.computeIfAbsent(
                                        (read ? "read " : "write ") + "0x" + Long.toHexString((long) arguments[0]) + " "
                                                + width,
                                        unseen -> new LongAdder())
                                .increment();
                    }
                    try {
                        return method.invoke(bar, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    /** For example {@code read 0x1c 4 17}. */
    List<String> lines() {
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .toList();
    }
}
