package org.hostmem.engine;

import org.hostmem.AccessPlan;

/** As {@link AccessPlan.RunVisitor}, as long as it wants more. */
@FunctionalInterface
public interface RunSieve {
    /** Returns whether to go on. */
    boolean run(long offset, int width, long count);
}
