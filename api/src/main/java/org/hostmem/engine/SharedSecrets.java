package org.hostmem.engine;

import java.util.Objects;
import org.hostmem.AccessPlan;
import org.hostmem.Direction;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferPlan;
import org.hostmem.spi.Faults;
import org.jspecify.annotations.Nullable;

/**
 * Methods that types of {@code org.hostmem} offer to authors of accessors, but not to users. Each type registers its
 * part when it is initialised, as JDK types do with a class of the same name.
 */
public final class SharedSecrets {

    private static @Nullable Plans plans;
    private static @Nullable TransferPlans transferPlans;
    private static @Nullable Faults faults;

    private SharedSecrets() {}

    /** The methods of {@link AccessPlan}. */
    public interface Plans {

        /**
         * {@return a plan of some runs}
         *
         * @param verdict of the plan
         * @param offset of the first access
         * @param width of the units of each run, in bytes
         * @param count of the units of each run
         * @param kind of the units of each run
         */
        AccessPlan make(AccessPlan.Verdict verdict, long offset, int[] width, long[] count, UnitKind[] kind);

        /**
         * {@return a plan and then another}
         *
         * @param plan the first
         * @param next begins where the first ends
         */
        AccessPlan then(AccessPlan plan, AccessPlan next);

        /**
         * {@return the same accesses, so many bytes further on}
         *
         * @param plan of the accesses
         * @param distance in bytes, which may be negative
         */
        AccessPlan movedBy(AccessPlan plan, long distance);

        /**
         * {@return the same accesses as a part of a scalar that is split, or widened if one of them is; a refused plan
         * itself}
         *
         * @param plan of the accesses
         */
        AccessPlan asSplit(AccessPlan plan);

        /**
         * Visits the runs of a plan until the visitor has had enough.
         *
         * @param plan of the runs
         * @param visitor is told of each
         */
        void visitRuns(AccessPlan plan, RunSieve visitor);
    }

    /** The methods of {@link TransferPlan}. */
    public interface TransferPlans {

        /**
         * {@return the plan of a part of many, which are refused together or not at all}
         *
         * @param how they are copied
         * @param part of the copy
         * @param saved what is read before the first part; may be null
         * @param isRefused whether it is a reason to refuse all
         */
        TransferPlan ofPart(Transfer how, Part part, @Nullable Saved saved, boolean isRefused);

        /**
         * {@return the same accesses, as a view sees them}
         *
         * @param plan of the accesses
         * @param more how many bytes into the region the view begins
         */
        TransferPlan seenFrom(TransferPlan plan, long more);
    }

    /** The methods of {@link RegionFaultException}. */
    public interface Faults {

        /**
         * {@return the same fault as one of a larger request on a larger region}
         *
         * @param fault of the smaller one
         * @param base offset of the smaller region in the larger one
         * @param completed bytes of the larger request that were transferred before
         */
        RegionFaultException within(RegionFaultException fault, long base, long completed);

        /**
         * {@return the fault that an access would have caused if it had been made}
         *
         * @param offset of the access in the region, in bytes
         * @param direction of the access on the region
         * @param width of the access in bytes
         * @param cause the reason, and what to do
         * @param traced whether it has a stack trace
         */
        RegionFaultException foreseen(long offset, Direction direction, int width, String cause, boolean traced);

        /**
         * {@return the fault of an instruction that the hypervisor cannot decode}
         *
         * @param offset of the access in the region, in bytes
         * @param direction of the access on the region
         * @param width of the access in bytes
         * @param completed bytes of this request that were transferred before
         * @param cause as the operating system names it, and what to do
         * @param traced whether it has a stack trace
         */
        RegionFaultException unknownInstruction(
                long offset, Direction direction, int width, long completed, String cause, boolean traced);

        /**
         * {@return the fault of an access that a device answers by a bus error}
         *
         * @param busError what the device threw
         * @param offset of the access in its region, in bytes
         * @param direction of the access
         * @param width of the access in bytes
         * @param completed bytes of its request that were transferred before
         */
        RegionFaultException answering(
                RegionFaultException busError, long offset, Direction direction, int width, long completed);

        /**
         * Sets the guest address of an exception, in place of an earlier one.
         *
         * @param exception of an access
         * @param guestAddress guest-physical
         */
        void locate(HostMemoryException exception, long guestAddress);
    }

    /**
     * Takes the part of {@link AccessPlan}.
     *
     * @param part its own
     */
    public static void set(Plans part) {
        plans = part;
    }

    /**
     * Takes the part of {@link TransferPlan}.
     *
     * @param part its own
     */
    public static void set(TransferPlans part) {
        transferPlans = part;
    }

    /**
     * Takes the part of {@link RegionFaultException}.
     *
     * @param part its own
     */
    public static void set(Faults part) {
        faults = part;
    }

    /** {@return the part of {@link AccessPlan}} */
    public static Plans plans() {
        if (plans == null) {
            initialise(AccessPlan.class);
        }
        return Objects.requireNonNull(plans);
    }

    /** {@return the part of {@link TransferPlan}} */
    public static TransferPlans transferPlans() {
        if (transferPlans == null) {
            initialise(TransferPlan.class);
        }
        return Objects.requireNonNull(transferPlans);
    }

    /** {@return the part of {@link RegionFaultException}} */
    public static Faults faults() {
        if (faults == null) {
            initialise(RegionFaultException.class);
        }
        return Objects.requireNonNull(faults);
    }

    private static void initialise(Class<?> type) {
        try {
            Class.forName(type.getName(), true, type.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
