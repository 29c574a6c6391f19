package org.hostmem.cli;

import com.google.gson.JsonObject;
import org.hostmem.vfio.Region;

/**
 * A region that an error is about.
 *
 * @param address as the user gave it
 * @param region of that device
 * @param operand what the region is to the command: {@code source} or {@code target}; empty if there is only one
 */
record Place(String address, Region region, String operand) {

    void describe(JsonObject error) {
        error.addProperty("address", address);
        error.addProperty("region", region.index());
        error.addProperty("name", region.name());
        if (!operand.isEmpty()) {
            error.addProperty("operand", operand);
        }
    }

    @Override
    public String toString() {
        return region.toString();
    }
}
