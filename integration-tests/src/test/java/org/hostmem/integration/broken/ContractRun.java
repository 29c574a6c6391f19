package org.hostmem.integration.broken;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** One run of test classes, by the JUnit launcher as any tool would run them. */
final class ContractRun implements TestExecutionListener {

    private final Set<String> failed = new TreeSet<>();
    private final Set<String> skipped = new TreeSet<>();
    private final StringBuilder messages = new StringBuilder();
    private TestPlan plan;

    private ContractRun() {}

    static ContractRun of(Class<?>... classes) {
        return of(LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(classes).map(c -> selectClass(c)).toList())
                .build());
    }

    static ContractRun of(Class<?> type, String method) {
        return of(LauncherDiscoveryRequestBuilder.request()
                .selectors(selectMethod(type, method))
                .build());
    }

    private static ContractRun of(LauncherDiscoveryRequest request) {
        ContractRun run = new ContractRun();
        LauncherFactory.create().execute(request, run);
        return run;
    }

    /** {@return names of the test methods that failed, in one cache mode at least} */
    Set<String> failed() {
        return failed;
    }

    /** {@return names of the test methods that were skipped, in one cache mode at least} */
    Set<String> skipped() {
        return skipped;
    }

    /** {@return what the failures said} */
    String messages() {
        return messages.toString();
    }

    @Override
    public void testPlanExecutionStarted(TestPlan testPlan) {
        plan = testPlan;
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        switch (result.getStatus()) {
            case FAILED -> {
                failed.add(method(test));
                messages.append(method(test))
                        .append(": ")
                        .append(result.getThrowable().map(Throwable::toString).orElse("?"))
                        .append('\n');
            }
            case ABORTED -> skipped.add(method(test));
            default -> {}
        }
    }

    private String method(TestIdentifier test) {
        return test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(source -> ((MethodSource) source).getMethodName())
                .orElseGet(() -> plan.getParent(test).map(this::method).orElse(test.getDisplayName()));
    }
}
