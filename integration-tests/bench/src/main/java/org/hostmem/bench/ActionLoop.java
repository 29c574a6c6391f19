package org.hostmem.bench;

/** See {@link Contender}. */
final class ActionLoop extends Contender.Loop {

    private final Contender.Action action;

    ActionLoop(Contender.Action action) {
        this.action = action;
    }

    @Override
    long run(int times) throws Throwable {
        for (int i = 0; i < times && !stop; i++) {
            action.run();
        }
        return 0;
    }
}
