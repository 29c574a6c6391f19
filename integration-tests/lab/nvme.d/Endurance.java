import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.DmaMemory;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Interrupts;

/**
 * Many mappings and interrupts, by the real kernel: afterwards there is as much locked memory, and as many descriptors
 * and addresses, as before.
 */
final class Endurance {

    private final Device device;

    Endurance(Device device) {
        this.device = device;
    }

    /** {@code "right"}, or what is not. */
    String mappings(int count) throws IOException {
        try (DmaMemory memory = DmaMemory.allocate(1 << 20)) {
            one(memory.ram(), 0);
            String before = state();
            for (int i = 0; i < count; i++) {
                one(memory.ram(), i);
            }
            String after = state();
            try (DmaMapping low = device.dma().map(memory.ram().slice(0, 4096), Set.of(Direction.READ))) {
                return before.equals(after) ? "right" : before + " before, " + after + " after, " + low;
            }
        }
    }

    private void one(HostMemoryAccessor ram, int i) {
        try (DmaMapping mapping = device.dma().map(ram.slice(0, (1 + i % 4) * 4096L), i % 2 == 0
                ? Set.of(Direction.READ) : Set.of(Direction.READ, Direction.WRITE))) {
            if (mapping.contiguous(0) < 4096) {
                throw new AssertionError("" + mapping);
            }
        }
    }

    /** Of two threads, by the host's own loop back. */
    String interrupts(int count) throws IOException, InterruptedException {
        Interrupts msix = device.interrupts(InterruptIndex.MSIX);
        String before = state();
        msix.enable(2);
        LongAdder taken = new LongAdder();
        Thread server = Thread.ofPlatform().start(() -> msix.serve((vector, signals) -> taken.add(signals)));
        Thread[] raisers = new Thread[2];
        for (int vector = 0; vector < raisers.length; vector++) {
            int mine = vector;
            raisers[vector] = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < count / 2; i++) {
                    msix.trigger(mine);
                }
            });
        }
        for (Thread raiser : raisers) {
            raiser.join();
        }
        long until = System.nanoTime() + 20_000_000_000L;
        while (taken.sum() < count && System.nanoTime() < until) {
            Thread.sleep(5);
        }
        msix.disable();
        server.join();
        String after = state();
        return before.equals(after) && taken.sum() == count ? "right" : before + " before, " + after + " after, "
                + taken + " of " + count + " taken";
    }

    private static String state() throws IOException {
        System.gc();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"));
                Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
            return descriptors.count() + " descriptors" + status.filter(line -> line.matches("Vm(Lck|Pin):.*"))
                    .map(line -> ", " + line.replaceAll("\\s+", " ")).reduce("", String::concat);
        }
    }
}
