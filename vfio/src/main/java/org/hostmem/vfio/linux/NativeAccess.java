package org.hostmem.vfio.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.hostmem.vfio.VfioException;

/** The answer to calls of the C library if the JVM may not make native calls. */
public final class NativeAccess {

    private NativeAccess() {}

    /**
     * A handle that has the type of a call with saved state, and throws at each call. A class that fails to initialise
     * would say why only once.
     */
    public static MethodHandle refusing(FunctionDescriptor shape) {
        MethodType type = shape.toMethodType().insertParameterTypes(0, MemorySegment.class, MemorySegment.class);
        try {
            MethodHandle refusal = MethodHandles.lookup()
                    .findStatic(NativeAccess.class, "refused", MethodType.methodType(VfioException.class));
            MethodHandle thrown = MethodHandles.collectArguments(
                    MethodHandles.throwException(type.returnType(), VfioException.class), 0, refusal);
            return MethodHandles.dropArguments(thrown, 0, type.parameterArray());
        } catch (ReflectiveOperationException impossible) {
            throw new LinkageError(impossible.getMessage(), impossible);
        }
    }

    public static VfioException refused() {
        Module module = NativeAccess.class.getModule();
        return new VfioException((module.isNamed() ? "module " + module.getName() : "the class path")
                + " may not call native code: start java with --enable-native-access="
                + (module.isNamed() ? "org.hostmem.arch.generic," + module.getName() : "ALL-UNNAMED"));
    }
}
