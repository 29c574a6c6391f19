package org.hostmem.engine;

import org.hostmem.TransferPlan;

/** As {@link TransferPlan.TransferRunVisitor}, as long as it wants more. */
@FunctionalInterface
public interface TransferRunSieve {
    /** Returns whether to go on. */
    boolean run(long offset, int width, long count, boolean descending);
}
