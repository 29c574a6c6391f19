package org.hostmem.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.stream.Stream;

/**
 * Something to be timed: an operation in a loop of the shape that JMH generates, which no compiler can see through,
 * because it reads a volatile each time round.
 *
 * <p>Every contender gets its own copy of the loop's class, and so its own profile and its own compiled code: the
 * operation is inlined, whoever else was measured before. It may have several, each compiled to another place: what
 * takes a few nanoseconds takes a fifth more or less by where the branch predictor finds it, and that is nobody's
 * merit.
 */
final class Contender {

    /** One operation. */
    @FunctionalInterface
    interface Operation {
        /** Returns something that depends on what was read. */
        long run() throws Throwable;
    }

    /** One operation without a result. */
    @FunctionalInterface
    interface Action {
        void run() throws Throwable;
    }

    /** The copied class. Public parts, for hidden classes see no others. */
    abstract static class Loop {
        static volatile boolean stop;

        abstract long run(int times) throws Throwable;
    }

    final String name;
    private final List<Loop> loops;
    private long sum;

    private Contender(String name, List<Loop> loops) {
        this.name = name;
        this.loops = loops;
    }

    static Contender of(String name, Operation operation) {
        return of(name, 1, operation);
    }

    static Contender ofAction(String name, Action action) {
        return ofAction(name, 1, action);
    }

    static Contender of(String name, int places, Operation operation) {
        return new Contender(name, copies(places, OperationLoop.class, Operation.class, operation));
    }

    static Contender ofAction(String name, int places, Action action) {
        return new Contender(name, copies(places, ActionLoop.class, Action.class, action));
    }

    private static List<Loop> copies(int places, Class<?> loop, Class<?> parameter, Object operation) {
        return Stream.generate(() -> copy(loop, parameter, operation))
                .limit(places)
                .toList();
    }

    private static Loop copy(Class<?> loop, Class<?> parameter, Object operation) {
        try (InputStream bytes = loop.getResourceAsStream(loop.getSimpleName() + ".class")) {
            Class<?> hidden = MethodHandles.lookup()
                    .defineHiddenClass(bytes.readAllBytes(), true)
                    .lookupClass();
            return (Loop) hidden.getDeclaredConstructor(parameter).newInstance(operation);
        } catch (IOException | ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    int places() {
        return loops.size();
    }

    /** {@return the time in nanoseconds} */
    long time(int place, int times) throws Throwable {
        long start = System.nanoTime();
        sum += loops.get(place).run(times);
        return System.nanoTime() - start;
    }
}
