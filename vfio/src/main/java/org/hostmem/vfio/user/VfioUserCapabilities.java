package org.hostmem.vfio.user;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.hostmem.vfio.VfioUserException;
import org.hostmem.vfio.VfioUserException.Failure;
import org.hostmem.vfio.socket.ReceivedDescriptors;

/**
 * The capabilities of one side of a vfio-user connection: a JSON text behind the version.
 *
 * @param maxDescriptors the most descriptors in a message to the sender
 * @param maxTransfer the most bytes of one access
 */
public record VfioUserCapabilities(int maxDescriptors, int maxTransfer) {

    /** The values of a side that sends none. */
    public static final VfioUserCapabilities DEFAULT = new VfioUserCapabilities(1, 1 << 20);

    /** The capabilities of this library. */
    public static final VfioUserCapabilities OWN = new VfioUserCapabilities(ReceivedDescriptors.MAX, 1 << 20);

    /** The JSON text as UTF-8, with a NUL at its end. */
    public byte[] bytes() {
        return ("{\"capabilities\":{\"max_msg_fds\":" + maxDescriptors + ",\"max_data_xfer_size\":" + maxTransfer
                        + "}}\0")
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads the capabilities of a server. It ignores everything but the two numbers.
     *
     * @param data what follows the version: nothing, or a JSON text with a NUL at its end
     * @throws VfioUserException if it is neither
     */
    public static VfioUserCapabilities parse(byte[] data) {
        if (data.length == 0) {
            return DEFAULT;
        }
        if (data[data.length - 1] != 0) {
            throw refused("no NUL ends them");
        }
        try (JsonReader json = new JsonReader(new StringReader(StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(data, 0, data.length - 1))
                .toString()))) {
            json.setStrictness(Strictness.STRICT);
            VfioUserCapabilities parsed = top(json);
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw refused("something follows the JSON text");
            }
            return parsed;
        } catch (CharacterCodingException notText) {
            throw refused("they are not UTF-8");
        } catch (IOException | IllegalStateException | NumberFormatException notJson) {
            throw refused("the JSON text is not the expected one: " + notJson.getMessage());
        }
    }

    private static VfioUserCapabilities top(JsonReader json) throws IOException {
        VfioUserCapabilities parsed = DEFAULT;
        json.beginObject();
        while (json.hasNext()) {
            if (json.nextName().equals("capabilities")) {
                parsed = capabilities(json);
            } else {
                json.skipValue();
            }
        }
        json.endObject();
        return parsed;
    }

    private static VfioUserCapabilities capabilities(JsonReader json) throws IOException {
        int descriptors = DEFAULT.maxDescriptors;
        int transfer = DEFAULT.maxTransfer;
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "max_msg_fds" -> descriptors = number(json, "max_msg_fds", 0);
                case "max_data_xfer_size" -> transfer = number(json, "max_data_xfer_size", 1);
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new VfioUserCapabilities(descriptors, transfer);
    }

    /** A number beyond an int counts as the largest int. */
    private static int number(JsonReader json, String name, int least) throws IOException {
        if (json.peek() != JsonToken.NUMBER) {
            throw refused(name + " is not a number");
        }
        long number = json.nextLong();
        if (number < least) {
            throw refused(name + " is " + number + ", at least " + least + " makes sense");
        }
        return (int) Math.min(number, Integer.MAX_VALUE);
    }

    private static VfioUserException refused(String why) {
        return new VfioUserException(Failure.CAPABILITIES, why);
    }
}
