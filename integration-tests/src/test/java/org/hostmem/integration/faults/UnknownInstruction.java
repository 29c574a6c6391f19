package org.hostmem.integration.faults;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.AnsweredBy;
import org.hostmem.AnsweredBySource;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.arch.generic.Isa;
import org.hostmem.arch.generic.IsaProvider;
import org.hostmem.arch.generic.IsaRow;
import org.hostmem.arch.generic.Probe;
import org.hostmem.spi.Host;
import org.hostmem.spi.MappedRegion;

/**
 * A provider with the listing of this host's ISA, in which no CPU knows the instruction that loads 4 bytes, nor the
 * last one of a fill that stores 4: what an instruction is to a hypervisor that cannot decode it.
 */
final class UnknownInstruction extends IsaProvider {

    private static final String ISA = Host.current().isa();
    private static final Map<String, String> STORES =
            Map.of("x86_64", "mov +%esi,.*", "aarch64", "str +w1,.*", "ppc64", "stwx? .*", "riscv64", "sw +a1,.*");
    private static final Map<String, String> LOADS =
            Map.of("x86_64", "mov +\\(%rdi\\),.*", "aarch64", "ldr +w0,.*", "ppc64", "lwz .*", "riscv64", "lwu .*");
    private static final Pattern INSTRUCTION = Pattern.compile("  ((?:[0-9a-f]{2} )*[0-9a-f]{2}) {2,}(.*)");

    UnknownInstruction() {
        super(isa(), UnknownInstruction::listing, ByteOrder.LITTLE_ENDIAN);
    }

    private static Isa isa() {
        Map<Barrier, String> barriers = new EnumMap<>(Barrier.class);
        for (Barrier purpose : Barrier.values()) {
            barriers.put(purpose, "");
        }
        return new Isa(
                ISA,
                List.of(new IsaRow(
                        EnumSet.allOf(CacheMode.class),
                        "",
                        Unaligned.ILLEGAL,
                        "fromDevice8",
                        8,
                        "toDevice8",
                        8,
                        "fill8",
                        "a test")),
                List.of(),
                barriers);
    }

    @Override
    protected Set<String> detect(Host host, Probe probe) {
        return Set.of();
    }

    /** An accessor of plain memory, which says of itself what is asked for. */
    HostMemoryAccessor open(AnsweredBy who, FaultPolicy policy) {
        RegionCapabilities region = RegionCapabilities.whole(4096, CacheMode.DEVICE, CacheModeSource.REPORTED)
                .answered(who, AnsweredBySource.ASSERTED);
        return open(
                MappedRegion.borrowed(Arena.global().allocate(4096, 64), region, AccessOptions.DEFAULT.with(policy)));
    }

    private static InputStream listing() {
        try (InputStream text =
                UnknownInstruction.class.getResourceAsStream("/org/hostmem/arch/" + ISA + "/" + ISA + ".listing")) {
            List<String> lines = new ArrayList<>(new String(text.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList());
            replaceLast(lines, "load4:", LOADS.get(ISA));
            replaceLast(lines, "fill8:", STORES.get(ISA));
            return new ByteArrayInputStream((String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void replaceLast(List<String> lines, String label, String mnemonics) {
        int last = -1;
        for (int i = lines.indexOf(label) + 1; !lines.get(i).matches("[A-Za-z]\\w*:.*"); i++) {
            var matcher = INSTRUCTION.matcher(lines.get(i));
            last = matcher.matches() && matcher.group(2).matches(mnemonics) ? i : last;
        }
        var matcher = INSTRUCTION.matcher(lines.get(last));
        if (!matcher.matches()) {
            throw new IllegalStateException(label);
        }
        byte[] illegal = new byte[(matcher.group(1).length() + 1) / 3];
        if (ISA.equals("x86_64")) {
            illegal[0] = 0x0f; // ud2
            illegal[1] = 0x0b;
        }
        lines.set(last, "  " + HexFormat.ofDelimiter(" ").formatHex(illegal) + "  illegal");
    }
}
