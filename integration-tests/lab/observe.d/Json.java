/** Texts and lists as JSON. */
final class Json {

    private Json() {}

    static String array(Iterable<String> all) {
        StringBuilder text = new StringBuilder("[");
        for (String one : all) {
            text.append(text.length() == 1 ? "" : ", ").append(quote(one));
        }
        return text.append(']').toString();
    }

    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                default -> quoted.append(c < 0x20 ? "?" : String.valueOf(c));
            }
        }
        return quoted.append('"').toString();
    }
}
