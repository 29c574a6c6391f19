package org.hostmem.engine;

import org.hostmem.AccessPlan;

/** An {@link AccessPlan.RunVisitor} that can end the visits. */
@FunctionalInterface
public interface RunSieve {
    /** Returns whether to go on. */
    boolean run(long offset, int width, long count);
}
