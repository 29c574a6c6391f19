package org.hostmem.vfio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/** A configuration space to be filled by hand: of a device 1234:5678, without capabilities. */
final class ConfigBytes {

    private static final int EXTENDED = 0x100;
    private static final int ROOM = 0x20;
    private static final int EXTENDED_ROOM = 0x80;
    private static final int[] KINDS = {1, 5, 0x11, 9, 0x10, 3};
    private static final int[] EXTENDED_KINDS = {0xb, 1, 3, 0xd};
    private static final int[] TYPES = {0, 1, 4, 5, 6, 7, 8, 9, 10};

    private final byte[] bytes;
    private final ByteBuffer buffer;

    ConfigBytes(int size) {
        bytes = new byte[size];
        buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        put4(0, 0x5678_1234);
    }

    ConfigBytes put(int offset, int... octets) {
        for (int i = 0; i < octets.length; i++) {
            bytes[offset + i] = (byte) octets[i];
        }
        return this;
    }

    ConfigBytes put2(int offset, int word) {
        buffer.putShort(offset, (short) word);
        return this;
    }

    ConfigBytes put4(int offset, int doubleWord) {
        buffer.putInt(offset, doubleWord);
        return this;
    }

    /** Makes this the first capability, and the last one unless its next byte is changed. */
    ConfigBytes first(int offset, int id) {
        return put2(6, 0x10).put(0x34, offset).put(offset, id, 0);
    }

    byte[] bytes() {
        return bytes.clone();
    }

    ConfigSpace decode() {
        return ConfigSpace.of(bytes);
    }

    /** Any registers, in a header and two lists of capabilities that are sound. */
    static ConfigBytes random(RandomGenerator random) {
        ConfigBytes made = new ConfigBytes(ConfigSpace.MOST_BYTES);
        random.nextBytes(made.bytes);
        made.put2(0, 0x1234).put2(6, random.nextInt() | 0x10).put(0xe, random.nextInt() & 0x80);
        List<Integer> places = new ArrayList<>();
        for (int at = 0x40; at < EXTENDED; at += ROOM) {
            places.add(at);
        }
        Collections.shuffle(places, java.util.Random.from(random));
        made.put(0x34, places.getFirst());
        for (int i = 0; i < KINDS.length; i++) {
            made.put(places.get(i), KINDS[i], i + 1 < KINDS.length ? places.get(i + 1) : 0);
            if (KINDS[i] == 0x10) {
                int type = TYPES[random.nextInt(TYPES.length)];
                made.put(places.get(i) + 2, random.nextInt() & 0xf | type << 4);
            }
        }
        for (int i = 0; i < EXTENDED_KINDS.length; i++) {
            int next = i + 1 < EXTENDED_KINDS.length ? EXTENDED + (i + 1) * EXTENDED_ROOM : 0;
            made.put4(EXTENDED + i * EXTENDED_ROOM, EXTENDED_KINDS[i] | 1 + random.nextInt(3) << 16 | next << 20);
        }
        return made;
    }
}
