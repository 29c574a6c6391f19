package org.hostmem.lab.observe;

import java.util.List;

/**
 * What is expected of a case.
 *
 * @param accesses null if only the judge can tell
 * @param relevantPlan whether the library has a plan for it
 */
record Expected(List<Access> accesses, String outcome, boolean relevantPlan) {}
