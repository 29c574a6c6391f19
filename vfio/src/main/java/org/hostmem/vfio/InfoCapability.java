package org.hostmem.vfio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import org.hostmem.RegionCapabilities.Area;

/**
 * A decoded capability of the host's report on a region: one entry of the chain behind {@code vfio_region_info}.
 * Immutable.
 */
public sealed interface InfoCapability {

    /** {@return the number of its kind in {@code linux/vfio.h}} */
    int id();

    /** {@return the version of its layout} */
    int version();

    /**
     * {@code VFIO_REGION_INFO_CAP_SPARSE_MMAP}: only these parts can be mapped.
     *
     * @param areas ascending, without overlap; empty ones are left out
     */
    record SparseMmap(List<Area> areas) implements InfoCapability {
        /** Its number. */
        public static final int ID = 1;

        /** Makes a copy. */
        public SparseMmap {
            areas = List.copyOf(areas);
        }

        @Override
        public int id() {
            return ID;
        }

        @Override
        public int version() {
            return 1;
        }
    }

    /**
     * {@code VFIO_REGION_INFO_CAP_TYPE}: the type of a device-specific region.
     *
     * @param type bit 31 marks a PCI vendor's type, with the vendor in the low 16 bits
     * @param subtype of that type
     */
    record Type(int type, int subtype) implements InfoCapability {
        /** Its number. */
        public static final int ID = 2;

        @Override
        public int id() {
            return ID;
        }

        @Override
        public int version() {
            return 1;
        }
    }

    /** {@code VFIO_REGION_INFO_CAP_MSIX_MAPPABLE}: the MSI-X table can be mapped with the rest. */
    record MsixMappable() implements InfoCapability {
        /** Its number. */
        public static final int ID = 3;

        @Override
        public int id() {
            return ID;
        }

        @Override
        public int version() {
            return 1;
        }
    }

    /**
     * A capability, or a version of one, that this library does not know. A {@link RegionCapabilityDecoder} may know
     * it, and reports show it.
     */
    final class Unknown implements InfoCapability {
        private final int id;
        private final int version;
        private final byte[] body;

        Unknown(int id, int version, byte[] body) {
            this.id = id;
            this.version = version;
            this.body = body;
        }

        @Override
        public int id() {
            return id;
        }

        @Override
        public int version() {
            return version;
        }

        /**
         * {@return the bytes after the header, up to the next capability or the end of the report; read-only, in the
         * host's byte order}
         */
        public ByteBuffer body() {
            return ByteBuffer.wrap(body).asReadOnlyBuffer().order(ByteOrder.nativeOrder());
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Unknown that
                    && id == that.id
                    && version == that.version
                    && body().equals(that.body());
        }

        @Override
        public int hashCode() {
            return 31 * id + body().hashCode();
        }

        @Override
        public String toString() {
            return "Unknown[id=0x" + Integer.toHexString(id) + ", version=" + version + ", body="
                    + HexFormat.of().formatHex(body) + "]";
        }
    }
}
