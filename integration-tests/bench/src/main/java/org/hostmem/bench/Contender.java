package org.hostmem.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;

/**
 * Something to be timed: an operation in a loop of the shape that JMH generates, which no compiler can see through, because it reads a volatile each time round.
 *
 * <p>Every contender gets its own copy of the loop's class, and so its own profile and its own compiled code: the operation is inlined, whoever else was measured before.
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
    private final Loop loop;
    private long sum;

    private Contender(String name, Loop loop) {
        this.name = name;
        this.loop = loop;
    }

    static Contender of(String name, Operation operation) {
        return new Contender(name, copy(OperationLoop.class, Operation.class, operation));
    }

    static Contender ofAction(String name, Action action) {
        return new Contender(name, copy(ActionLoop.class, Action.class, action));
    }

    private static Loop copy(Class<?> loop, Class<?> parameter, Object operation) {
        try (InputStream bytes = loop.getResourceAsStream(loop.getSimpleName() + ".class")) {
            Class<?> hidden = MethodHandles.lookup().defineHiddenClass(bytes.readAllBytes(), true).lookupClass();
            return (Loop) hidden.getDeclaredConstructor(parameter).newInstance(operation);
        } catch (IOException | ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return the time in nanoseconds} */
    long time(int times) throws Throwable {
        long start = System.nanoTime();
        sum += loop.run(times);
        return System.nanoTime() - start;
    }
}
