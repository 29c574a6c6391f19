package org.hostmem.integration.layering.offenders.cycle.a;

import org.hostmem.integration.layering.offenders.cycle.b.B;

/** One half of a cycle. */
public final class A {
    /** The other half. */
    public B b;
}
