package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AccessRejectedException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an accessor has that does no more than it must. */
class HostMemoryAccessorTest {

    private final List<String> calls = new ArrayList<>();

    /** Its own methods are noted, and read negative values. */
    private HostMemoryAccessor accessor(CacheMode mode) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.isDefault()) {
                return InvocationHandler.invokeDefault(proxy, method, arguments);
            }
            calls.add(method.getName() + (arguments == null ? "" : List.of(arguments)));
            return switch (method.getName()) {
                case "readByte" -> (byte) 0x81;
                case "readShort" -> (short) 0x8182;
                case "readInt" -> 0x8182_8384;
                case "readLong" -> 0x8182_8384_8586_8788L;
                case "capabilities" -> RegionCapabilities.whole(100, mode, CacheModeSource.ASSERTED);
                default -> null;
            };
        };
        return (HostMemoryAccessor)
                Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {HostMemoryAccessor.class}, handler);
    }

    @Test
    void aReadByWidthIsTheReadOfThatWidthZeroExtended() {
        HostMemoryAccessor region = accessor(CacheMode.DEVICE);
        assertThat(region.read(3, 1)).isEqualTo(0x81);
        assertThat(region.read(4, 2)).isEqualTo(0x8182);
        assertThat(region.read(8, 4)).isEqualTo(0x8182_8384L);
        assertThat(region.read(16, 8)).isEqualTo(0x8182_8384_8586_8788L);
        assertThat(calls).containsExactly("readByte[3]", "readShort[4]", "readInt[8]", "readLong[16]");
    }

    @Test
    void aWriteByWidthIsTheWriteOfThatWidthOfTheLowBytes() {
        HostMemoryAccessor region = accessor(CacheMode.DEVICE);
        for (int width : new int[] {1, 2, 4, 8}) {
            region.write(8, width, 0x0102_0304_0506_0708L);
        }
        assertThat(calls)
                .containsExactly(
                        "writeByte[8, 8]",
                        "writeShort[8, " + 0x0708 + "]",
                        "writeInt[8, " + 0x0506_0708 + "]",
                        "writeLong[8, " + 0x0102_0304_0506_0708L + "]");
    }

    @Test
    void otherWidthsAreRefused() {
        HostMemoryAccessor region = accessor(CacheMode.DEVICE);
        for (int width : new int[] {-1, 0, 3, 16}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> region.read(0, width))
                    .withMessageContaining(String.valueOf(width));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> region.write(0, width, 1))
                    .withMessageContaining(String.valueOf(width));
        }
        assertThat(calls).isEmpty();
    }

    @Test
    void aWholeSegmentIsReadAndWrittenAscending() {
        MemorySegment ram = MemorySegment.ofArray(new byte[5]);
        accessor(CacheMode.DEVICE).readBytes(7, ram);
        accessor(CacheMode.DEVICE).writeBytes(8, ram);
        assertThat(calls)
                .containsExactly(
                        "readBytes[7, " + ram + ", 0, 5, ASCENDING]", "writeBytes[8, " + ram + ", 0, 5, ASCENDING]");
    }

    @ParameterizedTest
    @EnumSource
    void anAccessorWithoutSegmentAndAtomicsSaysWhy(CacheMode mode) {
        HostMemoryAccessor region = accessor(mode);
        for (AccessRejectedException refused : Stream.of(
                        catchThrowableOfType(AccessRejectedException.class, region::asSegment),
                        catchThrowableOfType(AccessRejectedException.class, region::atomics))
                .toList()) {
            assertThat(refused.reason())
                    .isEqualTo(mode == CacheMode.NORMAL ? Reason.UNSUPPORTED : Reason.DEVICE_MEMORY);
            if (mode != CacheMode.NORMAL) {
                assertThat(refused).hasMessageContaining(mode.name());
            }
        }
    }
}
