package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;

/** Trees to text: indented. Without the {@code Gson} class, whose reflection would cost start-up time. */
final class Json {

    private Json() {}

    static String text(JsonElement tree) {
        StringWriter text = new StringWriter();
        try {
            JsonWriter writer = new JsonWriter(text);
            writer.setIndent("  ");
            write(tree, writer);
            writer.flush();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible); // A StringWriter throws none.
        }
        return ascii(text.toString());
    }

    /** The same document in ASCII: other characters are in strings only, and there an escape means the same. */
    static String ascii(String json) {
        if (json.chars().allMatch(c -> c < 0x7f)) {
            return json;
        }
        StringBuilder text = new StringBuilder();
        json.chars()
                .forEach(c -> text.append(
                        c < 0x7f
                                ? String.valueOf((char) c)
                                : "\\u" + HexFormat.of().toHexDigits((char) c)));
        return text.toString();
    }

    private static void write(JsonElement tree, JsonWriter writer) throws IOException {
        switch (tree) {
            case JsonObject object -> {
                writer.beginObject();
                for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
                    writer.name(entry.getKey());
                    write(entry.getValue(), writer);
                }
                writer.endObject();
            }
            case JsonArray array -> {
                writer.beginArray();
                for (JsonElement element : array) {
                    write(element, writer);
                }
                writer.endArray();
            }
            case JsonPrimitive primitive when primitive.isNumber() -> writer.value(primitive.getAsNumber());
            case JsonPrimitive primitive when primitive.isBoolean() -> writer.value(primitive.getAsBoolean());
            case JsonPrimitive primitive -> writer.value(primitive.getAsString());
            default -> writer.nullValue();
        }
    }

    static JsonArray strings(Collection<?> values) {
        JsonArray array = new JsonArray();
        values.forEach(value -> array.add(value.toString()));
        return array;
    }
}
