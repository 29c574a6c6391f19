package org.hostmem.spi;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;

/**
 * The methods that a class should have and does not. The compiler sees to it, unless the class was compiled against
 * another version of its base class. The JVM says so at the first call only, with an AbstractMethodError.
 */
final class Gaps {

    private static final ClassValue<List<String>> FOUND = new ClassValue<>() {
        @Override
        protected List<String> computeValue(Class<?> type) {
            return find(type);
        }
    };

    private Gaps() {}

    /** The names of the abstract methods of a class that can be instantiated. */
    static List<String> of(Class<?> type) {
        return FOUND.get(type);
    }

    private static List<String> find(Class<?> type) {
        List<String> gaps = new ArrayList<>();
        for (Method method : type.getMethods()) {
            add(method, gaps);
        }
        for (Class<?> base = type.getSuperclass(); base != null; base = base.getSuperclass()) {
            if (Modifier.isAbstract(base.getModifiers())) {
                for (Method method : base.getDeclaredMethods()) {
                    if (!Modifier.isPublic(method.getModifiers()) && !isImplemented(method, type, base)) {
                        add(method, gaps);
                    }
                }
            }
        }
        return List.copyOf(gaps);
    }

    private static void add(Method method, List<String> gaps) {
        if (Modifier.isAbstract(method.getModifiers())) {
            gaps.add(method.getName() + "()");
        }
    }

    private static boolean isImplemented(Method method, Class<?> type, Class<?> base) {
        if (!Modifier.isAbstract(method.getModifiers())) {
            return true;
        }
        for (Class<?> below = type; below != base; below = below.getSuperclass()) {
            if (declares(below, method)) {
                return true;
            }
        }
        return false;
    }

    private static boolean declares(Class<?> type, Method method) {
        try {
            Method own = type.getDeclaredMethod(method.getName(), method.getParameterTypes());
            return !Modifier.isAbstract(own.getModifiers());
        } catch (NoSuchMethodException none) {
            return false;
        }
    }
}
