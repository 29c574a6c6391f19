package org.hostmem.integration.layering.offenders.cycle.b;

import org.hostmem.integration.layering.offenders.cycle.a.A;

/** One half of a cycle. */
public final class B {
    /** The other half. */
    public A a;
}
