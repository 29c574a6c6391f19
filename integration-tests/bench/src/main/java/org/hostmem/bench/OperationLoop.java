package org.hostmem.bench;

/** See {@link Contender}. */
final class OperationLoop extends Contender.Loop {

    private final Contender.Operation operation;

    OperationLoop(Contender.Operation operation) {
        this.operation = operation;
    }

    @Override
    long run(int times) throws Throwable {
        long sum = 0;
        for (int i = 0; i < times && !stop; i++) {
            sum += operation.run();
        }
        return sum;
    }
}
