package org.hostmem.testkit;

import java.time.Duration;
import java.util.Set;
import org.hostmem.CacheMode;
import org.hostmem.spi.HostMemoryProvider;

/**
 * The contract R1–R14 of the accessors that one provider opens, each test for every {@link org.hostmem.CacheMode}.
 * Extend it, and name the provider.
 *
 * <p>A test of what an accessor does not promise is skipped and says so; all tests are skipped on a host that the
 * provider does not serve.
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
     * {@return how long a test with two threads may take at most, for one mode: two seconds, unless overridden. One
     * that saw too little by then is skipped}
     */
    @Override
    public Duration patience() {
        return R01ExactWidth.super.patience();
    }
}
