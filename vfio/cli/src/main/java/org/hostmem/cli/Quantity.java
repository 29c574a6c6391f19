package org.hostmem.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Offsets and sizes: decimal or {@code 0x} hexadecimal, 0 or more, with K, M, G or T for powers of 1024. */
final class Quantity implements ITypeConverter<Long> {

    private static final String SUFFIXES = "KMGT";

    @Override
    public Long convert(String text) {
        String digits = text.strip().toUpperCase(Locale.ROOT);
        int suffix = digits.isEmpty() ? -1 : SUFFIXES.indexOf(digits.charAt(digits.length() - 1));
        try {
            long value = parse(suffix < 0 ? digits : digits.substring(0, digits.length() - 1));
            if (value < 0) {
                throw new TypeConversionException("'" + text + "' is negative: offsets and sizes are 0 or more");
            }
            return Math.multiplyExact(value, 1L << (10 * (suffix + 1)));
        } catch (NumberFormatException notANumber) {
            throw new TypeConversionException("'" + text
                    + "' is not an offset or a size: allowed are decimal and 0x hexadecimal numbers up to"
                    + " 0x7fffffffffffffff, with K, M, G or T for powers of 1024");
        } catch (ArithmeticException overflow) {
            throw new TypeConversionException("'" + text + "' is too large: the largest is 0x7fffffffffffffff");
        }
    }

    private static long parse(String digits) {
        return digits.startsWith("0X") ? Long.parseLong(digits.substring(2), 16) : Long.parseLong(digits);
    }

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    /** For people: {@code 16 MiB}, {@code 4096 bytes}. */
    static String size(long bytes) {
        String[] units = {" KiB", " MiB", " GiB", " TiB"};
        for (int unit = units.length; unit > 0; unit--) {
            long one = 1L << (10 * unit);
            if (bytes >= one && bytes % one == 0 && (unit > 1 || bytes > 4096)) {
                return bytes / one + units[unit - 1];
            }
        }
        return bytes + (bytes == 1 ? " byte" : " bytes");
    }
}
