package org.hostmem.testkit;

import java.time.Duration;
import java.util.Set;
import org.hostmem.CacheMode;
import org.hostmem.spi.HostMemoryProvider;

/**
 * The contract R1–R14 of the accessors that one provider opens, each test for every {@link org.hostmem.CacheMode}.
 * Extend it, and return the provider.
 *
 * <p>If an accessor does not promise something, its tests are skipped and say so. All tests are skipped on a host that
 * the provider does not support.
 *
 * <pre>{@code
 * class MyContractTest extends AccessorContract {
 *     @Override
 *     public HostMemoryProvider provider() {
 *         return new MyProvider();
 *     }
 * }
 * }</pre>
 */
public abstract class AccessorContract
        implements R01ExactWidth,
                R02Coverage,
                R03Order,
                R03Unobserved,
                R04Units,
                R05Unaligned,
                R06Reads,
                R07Move,
                R08Barriers,
                R09Faults,
                R10Limits,
                R10Lifetime,
                R11Combining,
                R12Allocation,
                R13DeviceLimits,
                R14Answered {

    /** For subclasses. */
    protected AccessorContract() {}

    /** {@return the provider under test} */
    @Override
    public abstract HostMemoryProvider provider();

    /** {@return the modes to test: all, unless overridden} */
    @Override
    public Set<CacheMode> modes() {
        return R01ExactWidth.super.modes();
    }

    /**
     * {@return the longest time of a test with two threads, for one mode: two seconds, unless overridden. A test that
     * has seen too little by then is skipped}
     */
    @Override
    public Duration patience() {
        return R01ExactWidth.super.patience();
    }
}
