import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON: a Map, List, String, Long, Double, Boolean or null. What is not JSON gives an IllegalArgumentException
 * with the place.
 */
final class Json {

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Object read(String text) {
        Json json = new Json(text);
        Object value = json.value(0);
        json.space();
        if (json.at < text.length()) {
            throw json.wrong("something after the end");
        }
        return value;
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("not JSON: " + what + " at character " + at);
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char next() {
        space();
        if (at == text.length()) {
            throw wrong("the end");
        }
        return text.charAt(at);
    }

    private void expect(char c) {
        if (next() != c) {
            throw wrong("'" + text.charAt(at) + "' instead of '" + c + "'");
        }
        at++;
    }

    private boolean more(char end) {
        if (next() == end) {
            at++;
            return false;
        }
        expect(',');
        return true;
    }

    private Object value(int depth) {
        if (depth > 50) {
            throw wrong("too deep");
        }
        switch (next()) {
            case '{' -> {
                Map<String, Object> map = new LinkedHashMap<>();
                at++;
                if (next() == '}') {
                    at++;
                    return map;
                }
                do {
                    space();
                    String key = string();
                    expect(':');
                    map.put(key, value(depth + 1));
                } while (more('}'));
                return map;
            }
            case '[' -> {
                List<Object> list = new ArrayList<>();
                at++;
                if (next() == ']') {
                    at++;
                    return list;
                }
                do {
                    list.add(value(depth + 1));
                } while (more(']'));
                return list;
            }
            case '"' -> {
                return string();
            }
            default -> {
                int start = at;
                while (at < text.length() && " \t\r\n,:]}[{\"".indexOf(text.charAt(at)) < 0) {
                    at++;
                }
                String word = text.substring(start, at);
                return switch (word) {
                    case "true" -> true;
                    case "false" -> false;
                    case "null" -> null;
                    default -> number(word);
                };
            }
        }
    }

    private Object number(String word) {
        if (word.matches("-?(0|[1-9][0-9]{0,17})")) {
            return Long.valueOf(word);
        }
        if (word.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?")) {
            return Double.valueOf(word);
        }
        throw wrong("'" + word + "' before here");
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        for (; ; ) {
            if (at == text.length()) {
                throw wrong("the end of the text in a string");
            }
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            if (c < 0x20) {
                throw wrong("a control character in a string");
            }
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escaped = at < text.length() ? text.charAt(at++) : ' ';
            int which = "\"\\/bfnrt".indexOf(escaped);
            if (which >= 0) {
                out.append("\"\\/\b\f\n\r\t".charAt(which));
            } else if (escaped == 'u'
                    && at + 4 <= text.length()
                    && text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
                out.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                at += 4;
            } else {
                throw wrong("an unknown escape");
            }
        }
    }
}
