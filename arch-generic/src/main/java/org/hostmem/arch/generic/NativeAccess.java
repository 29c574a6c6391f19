package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;

/** Whether the JVM lets this module call native code, asked before a class that cannot be initialised without it is. */
final class NativeAccess {

    private NativeAccess() {}

    @SuppressWarnings("restricted") // Asks by making the smallest call there is.
    static void check() throws CodeRefusedException {
        try {
            MemorySegment.ofAddress(1).reinterpret(1);
        } catch (IllegalCallerException notAllowed) {
            Module module = NativeAccess.class.getModule();
            throw new CodeRefusedException((module.isNamed() ? "module " + module.getName() : "the class path")
                    + " may not call native code, start java with --enable-native-access="
                    + (module.isNamed() ? module.getName() : "ALL-UNNAMED"));
        }
    }
}
