package org.hostmem.vfio;

import java.util.List;
import java.util.Objects;
import org.hostmem.AnsweredBy;
import org.hostmem.CacheMode;

/**
 * Decodes a capability that says how a region is mapped. No released kernel has one yet. Implement this when one comes:
 * see {@link CacheModeCapabilityDecoder}.
 */
public interface RegionCapabilityDecoder {

    /**
     * The content of a capability.
     *
     * @param mode how the host maps the region; {@link CacheMode#UNKNOWN} if the report cannot be used
     * @param notes notes for the user, above all why it cannot be used
     */
    record Report(CacheMode mode, List<String> notes) {
        /** Makes a copy. */
        public Report {
            Objects.requireNonNull(mode);
            notes = List.copyOf(notes);
        }
    }

    /**
     * {@return whether this decoder is for a capability}
     *
     * @param capability one that this library does not know
     */
    boolean understands(InfoCapability.Unknown capability);

    /**
     * Reads a capability that this decoder {@linkplain #understands understands}. An unknown value gives
     * {@link CacheMode#UNKNOWN} and a note. It is never guessed.
     *
     * @param capability whose body is untrusted
     * @param region it belongs to
     * @return what it says
     * @throws RegionInfoException if it contradicts itself or the region
     */
    Report decode(InfoCapability.Unknown capability, RegionInfo region);

    /**
     * {@return who answers the region, if this capability says so, else {@link AnsweredBy#UNKNOWN}, which is the
     * default. It is used if this machine is a guest and the user asserts nothing}
     *
     * @param capability that this decoder {@linkplain #understands understands}; its body is untrusted
     * @param region it belongs to
     */
    default AnsweredBy answeredBy(InfoCapability.Unknown capability, RegionInfo region) {
        return AnsweredBy.UNKNOWN;
    }
}
