package org.hostmem.vfio;

/**
 * Any bytes as a configuration space: its lists of capabilities end, whatever they say. Run by
 * {@code integration-tests/lab/fuzz}; what it found is replayed by {@link FuzzCorpusTest}.
 */
public final class ConfigFuzz {

    private ConfigFuzz() {}

    /**
     * One input.
     *
     * @param input the configuration space
     */
    public static void fuzzerTestOneInput(byte[] input) {
        ConfigSpace config;
        try {
            config = ConfigSpace.of(input);
        } catch (VfioException refused) {
            return;
        }
        require(config.capabilities().size() <= input.length / 4, "no more capabilities than fit");
        require(config.violations().size() <= config.capabilities().size() + 2, "each list ends at a violation");
        for (PciCapability capability : config.capabilities()) {
            require(
                    capability.offset() >= ConfigSpace.HEADER_BYTES && capability.offset() + 4 <= input.length,
                    "capabilities behind the header");
            require(config.read(capability.offset(), 1) == (capability.id() & 0xff), "the number that stands there");
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("expected " + what);
        }
    }
}
