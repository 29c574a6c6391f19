package org.hostmem.integration.evidence;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.InflaterInputStream;

/**
 * A picture as a browser writes it: 8 bits a channel, not interlaced. (The JDK's reader is in java.desktop, which these
 * tests do without.)
 *
 * @param width in pixels
 * @param height in pixels
 * @param pixels 0xRRGGBB, row by row
 */
record Png(int width, int height, int[] pixels) {

    static Png read(Path file) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)));
        if (in.readLong() != 0x89504e470d0a1a0aL) {
            throw new IOException(file + " is no PNG");
        }
        int width = 0;
        int height = 0;
        int channels = 0;
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        for (int type = 0; type != 0x49454e44; ) { // IEND
            int length = in.readInt();
            type = in.readInt();
            byte[] data = in.readNBytes(length);
            in.readInt();
            if (type == 0x49484452) { // IHDR
                DataInputStream header = new DataInputStream(new ByteArrayInputStream(data));
                width = header.readInt();
                height = header.readInt();
                channels = data[9] == 2 ? 3 : data[9] == 6 ? 4 : 0;
                if (data[8] != 8 || channels == 0 || data[12] != 0) {
                    throw new IOException(file + " is of a kind that is not read here");
                }
            } else if (type == 0x49444154) { // IDAT
                packed.write(data);
            }
        }
        int[] pixels = new int[width * height];
        byte[] above = new byte[width * channels];
        byte[] line = new byte[width * channels];
        try (DataInputStream raw =
                new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(packed.toByteArray())))) {
            for (int y = 0; y < height; y++) {
                int filter = raw.readUnsignedByte();
                raw.readFully(line);
                for (int i = 0; i < line.length; i++) {
                    int left = i < channels ? 0 : line[i - channels] & 0xff;
                    int up = above[i] & 0xff;
                    int corner = i < channels ? 0 : above[i - channels] & 0xff;
                    line[i] += (byte)
                            switch (filter) {
                                case 0 -> 0;
                                case 1 -> left;
                                case 2 -> up;
                                case 3 -> (left + up) / 2;
                                default -> paeth(left, up, corner);
                            };
                }
                for (int x = 0; x < width; x++) {
                    pixels[y * width + x] = (line[x * channels] & 0xff) << 16
                            | (line[x * channels + 1] & 0xff) << 8
                            | line[x * channels + 2] & 0xff;
                }
                byte[] swap = above;
                above = line;
                line = swap;
            }
        }
        return new Png(width, height, pixels);
    }

    private static int paeth(int left, int up, int corner) {
        int byLeft = Math.abs(up - corner);
        int byUp = Math.abs(left - corner);
        int byCorner = Math.abs(left + up - 2 * corner);
        return byLeft <= byUp && byLeft <= byCorner ? left : byUp <= byCorner ? up : corner;
    }

    /** {@return how many pixels have this colour} */
    long count(int colour) {
        long n = 0;
        for (int pixel : pixels) {
            n += pixel == colour ? 1 : 0;
        }
        return n;
    }
}
