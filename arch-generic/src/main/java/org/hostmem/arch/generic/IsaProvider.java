package org.hostmem.arch.generic;

import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.AnsweredBy;
import org.hostmem.CacheMode;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.engine.FirstUse;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.GuestSign;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.jspecify.annotations.Nullable;

/**
 * Base class of providers, made of a table and a listing. A subclass adds how to find the CPU features of a host.
 *
 * <p>The listing is loaded when a host of this ISA, the one that it runs on, is first {@linkplain #assess assessed}.
 * That fails if the operating system or a sandbox refuses executable memory, if the JVM may not call native code, or if
 * the listing is broken or missing. Then the provider is unusable, and the fallback serves in pure Java. The verdict,
 * {@link #refusal}, one warning of the logger, and a note in the {@linkplain HostMemoryAccessor#rules() rules} of each
 * of its accessors say why. It is not tried again in the life of the provider.
 *
 * <p><b>Signal handlers.</b> Faults are reported precisely while the handler of the listing is in front of the JVM's.
 * Other code may remove it, for example a library that restores handlers that it saved earlier. So each opening checks
 * the handler, and puts it back in front if needed. This also serves accessors that were opened before. If that is not
 * possible, the accessor does not promise {@link Guarantee#PRECISE_FAULTS}, and a note says why. Between such a removal
 * and the next opening a fault ends the JVM, as it would without this library. So open your regions, or any region
 * again, after code that changes the handlers of SIGBUS, SIGSEGV and SIGILL.
 */
public abstract class IsaProvider implements HostMemoryProvider {

    private static final Set<Guarantee> FULL = Set.copyOf(EnumSet.complementOf(EnumSet.of(Guarantee.DECODABLE)));
    /**
     * On permanent NORMAL memory aligned scalars are Java's: the JVM throws its InternalError late, and the JIT drops
     * or narrows a read whose value nobody uses.
     */
    private static final Set<Guarantee> NOT_OF_JAVA_SCALARS = Set.of(Guarantee.PRECISE_FAULTS, Guarantee.NEVER_ELIDED);

    /** Of another machine's CPU no instruction can tell anything; the words stay as they are. */
    private static final Probe NO_PROBE = (routine, words) -> -38; // ENOSYS

    private static final String UNUSED = "its instructions cannot be used: ";

    private final Isa isa;
    private final Supplier<InputStream> listing;
    private final ByteOrder byteOrder;
    private final Object lock = new Object();
    private volatile @Nullable LoadedCode loaded;
    private volatile @Nullable List<String> mistakes;

    /** {@code code} is null where it could not be loaded; {@code features} are those of this host. */
    private record LoadedCode(@Nullable Code code, Set<String> features, boolean exchange16, String refusal) {}

    /**
     * A provider.
     *
     * @param isa the table
     * @param listing opens the text with the instructions; a resource of a module can be read by its own classes only
     * @param byteOrder of the hosts that the listing is for
     */
    protected IsaProvider(Isa isa, Supplier<InputStream> listing, ByteOrder byteOrder) {
        this.isa = isa;
        this.listing = listing;
        this.byteOrder = byteOrder;
    }

    /**
     * {@return the CPU features of a host that rows of the table ask for; one that no row asks for makes the provider
     * unusable}
     *
     * @param host whose: this machine, or another one of this ISA, as data
     * @param probe runs a probing routine of the listing, for what no file tells; for another machine it runs nothing,
     *     returns a negative number and leaves the words as they are
     */
    protected abstract Set<String> detect(Host host, Probe probe);

    /**
     * {@return whether this host can run the routine {@code cas16}, if the listing has it}
     *
     * @param probe runs a probing routine of the listing
     */
    protected boolean hasExchange16(Probe probe) {
        return true;
    }

    @Override
    public final String name() {
        return isa.name();
    }

    @Override
    public final int priority() {
        return PRIORITY_ISA;
    }

    @Override
    public final Assessment assess(Host host, RegionCapabilities region) {
        Assessment other = assessOther(host);
        if (other instanceof Assessment.Unusable) {
            return other;
        }
        String wrong = host.isThisMachine() ? loaded().refusal : String.join("; ", selfCheck());
        return wrong.isEmpty() ? accepts(host, region) : Assessment.unusable(UNUSED + wrong);
    }

    /**
     * {@return whether this provider serves a region on a host of its ISA, and why not: for memory that loads and
     * stores of this ISA do not reach. The provider of the next rank is asked then, which may be the fallback}
     *
     * @param host a Linux host of this ISA
     * @param region what
     */
    protected Assessment accepts(Host host, RegionCapabilities region) {
        return Assessment.usable();
    }

    /** By what is known of any host. */
    private Assessment assessOther(Host host) {
        if (!host.os().equals("Linux")) {
            return Assessment.unusable("needs Linux, this is " + host.os());
        }
        if (!host.isa().equals(isa.name())) {
            return Assessment.unusable("is for " + isa.name() + ", this host is " + host.isa());
        }
        if (host.byteOrder() != byteOrder) {
            return Assessment.unusable(
                    "its instructions are for " + byteOrder + " hosts, this one is " + host.byteOrder());
        }
        return Assessment.usable();
    }

    @Override
    public final List<GuestSign> guestSigns(String isa) {
        return isa.equals(name()) ? guestSigns() : List.of();
    }

    /** {@return the signs that a host of this ISA is a guest, or is not one, the surest first} */
    protected List<GuestSign> guestSigns() {
        return List.of();
    }

    @Override
    public final Set<String> knownFeatures() {
        return isa.features().collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public final Set<String> features(Host host) {
        if (!host.isa().equals(isa.name()) || host.byteOrder() != byteOrder) {
            return Set.of();
        }
        return without(host.disabled(), host.isThisMachine() ? loaded().features : detect(host, NO_PROBE));
    }

    private static Set<String> without(Set<String> disabled, Set<String> features) {
        return features.stream().filter(feature -> !disabled.contains(feature)).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public final AccessRules rules(CacheMode mode, Set<String> features) {
        return isa.rules(mode, features);
    }

    @Override
    public final AccessRules rules(CacheMode mode, AnsweredBy answeredBy, Set<String> features) {
        return isa.rules(mode, answeredBy, features);
    }

    @Override
    public final Set<Guarantee> guarantees(CacheMode mode) {
        return guarantees(mode, AnsweredBy.HARDWARE);
    }

    @Override
    public final Set<Guarantee> guarantees(CacheMode mode, AnsweredBy answeredBy) {
        LoadedCode now = loaded();
        return now.code == null
                ? PureJava.guarantees(mode)
                : guarantees(mode, answeredBy, now.code.keepGuard().isEmpty());
    }

    private Set<Guarantee> guarantees(CacheMode mode, AnsweredBy answeredBy, boolean guarded) {
        Set<Guarantee> all = EnumSet.copyOf(FULL);
        if (isa.isDecoded(mode, answeredBy, Set.of())) {
            all.add(Guarantee.DECODABLE);
        }
        if (!guarded) {
            all.remove(Guarantee.PRECISE_FAULTS);
        }
        if (mode == CacheMode.NORMAL) {
            all.removeAll(NOT_OF_JAVA_SCALARS);
        }
        if (mode == CacheMode.WRITE_COMBINING) { // R11: the hardware may merge, repeat and reorder.
            all.remove(Guarantee.EXACTLY_ONCE);
            all.remove(Guarantee.ASCENDING_ORDER);
        }
        if (rules(mode, answeredBy, Set.of()).unaligned(8) != Unaligned.SINGLE) {
            all.remove(Guarantee.UNALIGNED_SINGLE);
        }
        return Set.copyOf(all);
    }

    @Override
    public final HostMemoryAccessor open(MappedRegion region) {
        return region.limited(this::openUnlimited);
    }

    private HostMemoryAccessor openUnlimited(MappedRegion region) {
        CacheMode mode = region.capabilities().cacheMode();
        AnsweredBy answeredBy = region.capabilities().answeredBy();
        LoadedCode now = loaded();
        if (now.code == null) {
            return GenericProvider.pureJava(region);
        }
        String unguarded = now.code.keepGuard();
        Set<Guarantee> guarantees = guarantees(mode, answeredBy, unguarded.isEmpty());
        Set<String> features = without(Host.disabledFeatures(), now.features);
        IsaRow row = isa.row(mode, answeredBy, features);
        AccessRules rules = unguarded.isEmpty()
                ? isa.rules(mode, answeredBy, features)
                : withNote(
                        isa.rules(mode, answeredBy, features),
                        "faults are not reported precisely, and may end the JVM: " + unguarded);
        Routines routines = Routines.of(
                now.code,
                row,
                isa.ascending(mode, features),
                isa.unobserved(mode, features),
                now.exchange16 && mode == CacheMode.NORMAL);
        if (mode == CacheMode.NORMAL) {
            // Aligned scalars are the JVM's there, which reports a fault late and as its own error: only instructions
            // can tell at once, or answer as a bus does.
            boolean scalarsMayBeJavas = region.permanence() == Permanence.PERMANENT
                    && region.options().fault() == FaultPolicy.THROW;
            return scalarsMayBeJavas
                    ? NormalAccessor.of(region, rules, guarantees, routines, null)
                    : new MachineAccessor(
                            region, rules, withoutJavaScalars(guarantees, unguarded.isEmpty()), routines, null);
        }
        return new MachineAccessor(region, rules, guarantees, routines, null);
    }

    static AccessRules withNote(AccessRules rules, String... more) {
        List<String> notes = new ArrayList<>(rules.notes());
        notes.addAll(List.of(more));
        return rules.withNotes(notes);
    }

    private static Set<Guarantee> withoutJavaScalars(Set<Guarantee> some, boolean guarded) {
        Set<Guarantee> all = EnumSet.copyOf(some);
        all.addAll(NOT_OF_JAVA_SCALARS);
        if (!guarded) {
            all.remove(Guarantee.PRECISE_FAULTS);
        }
        return all;
    }

    /** The host's pages, if it lets this module call it. */
    @Override
    public final HostMemoryAccessor openRam(long size, AccessOptions options) {
        return loaded().code == null
                ? HostMemoryProvider.super.openRam(size, options)
                : AnonymousMemory.open(size, options, this::open, isa.abi());
    }

    /** {@return the rules of device memory that a hypervisor may answer, as data} */
    public final Decoding decoding() {
        return isa.decoding();
    }

    /**
     * {@return the names of the routines that access device memory which a hypervisor may answer; those that are called
     * {@code exchange} are where the listing has them}
     */
    public final Set<String> decodedRoutines() {
        return Routines.decoded(isa);
    }

    /** {@return why this host cannot use the instructions; empty if they are loaded} */
    public final String refusal() {
        return loaded().refusal;
    }

    private LoadedCode loaded() {
        LoadedCode now = loaded;
        if (now == null) {
            synchronized (lock) {
                now = loaded;
                if (now == null) {
                    FirstUse.run(new Loading());
                    now = loaded;
                }
            }
        }
        return Objects.requireNonNull(now);
    }

    /** No lambda, which is slow to link at a start. */
    private final class Loading implements Runnable {
        @Override
        public void run() {
            loaded = load();
        }
    }

    /** Any failure is the reason, and loading is not tried again, because each try would map memory again. */
    private LoadedCode load() {
        Host host = Host.current();
        if (assessOther(host) instanceof Assessment.Unusable(String reason)) {
            return new LoadedCode(null, Set.of(), false, reason);
        }
        try {
            Prepared.prepare();
            NativeAccess.check();
            Code code = Code.load(parsed(), isa.abi());
            Set<String> features = Set.copyOf(detect(host, code::probe));
            if (!knownFeatures().containsAll(features)) {
                Set<String> unknown = new TreeSet<>(features);
                unknown.removeAll(knownFeatures());
                return refused("detect() gave the CPU features " + unknown + ", which no row of the tables asks for");
            }
            return new LoadedCode(code, features, code.has("cas16") && hasExchange16(code::probe), "");
        } catch (CodeRefusedException refused) {
            return refused(refused.reason());
        } catch (Throwable broken) {
            return refused("loading them failed: " + broken);
        }
    }

    private Listing parsed() throws CodeRefusedException {
        InputStream text = listing.get();
        if (text == null) {
            throw new CodeRefusedException("their listing is missing");
        }
        Listing parsed = Listing.parse(name(), text);
        List<String> mistakes = IsaMistakes.of(isa, parsed);
        if (!mistakes.isEmpty()) {
            throw new CodeRefusedException(String.join("; ", mistakes));
        }
        return parsed;
    }

    /** What is wrong with the tables, or between them and the listing. It is found out once. */
    @Override
    public final List<String> selfCheck() {
        List<String> now = mistakes;
        if (now == null) {
            now = findMistakes();
            mistakes = now;
        }
        return now;
    }

    private List<String> findMistakes() {
        try {
            InputStream text = listing.get();
            return text == null
                    ? List.of("its listing is missing: " + getClass().getName() + " opens no resource")
                    : IsaMistakes.of(isa, Listing.parse(name(), text));
        } catch (RuntimeException | LinkageError broken) {
            return List.of("its listing cannot be read: "
                    + (broken instanceof IllegalArgumentException ? broken.getMessage() : broken));
        }
    }

    private LoadedCode refused(String why) {
        System.getLogger(IsaProvider.class.getPackageName())
                .log(
                        Level.WARNING,
                        "the instructions for {0} are not used: {1}; regions are opened with fenced pure Java, and"
                                + " promise less",
                        name(),
                        why);
        GenericProvider.standsInFor(name(), why);
        return new LoadedCode(null, Set.of(), false, why);
    }
}
