package org.hostmem.engine;

import org.hostmem.TransferPlan;

/** A {@link TransferPlan.TransferRunVisitor} that can end the visits. */
@FunctionalInterface
public interface TransferRunSieve {
    /** Returns whether to go on. */
    boolean run(long offset, int width, long count, boolean descending);
}
