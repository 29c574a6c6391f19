import java.util.stream.IntStream;

/** How much of the sweep is run. */
enum Sizes {
    /** What begins and ends a unit, and 8 to 64 bytes. */
    SHORT(IntStream.of(1, 3, 8, 15, 16, 31, 32, 64), IntStream.of(0, 4, 5)),
    /** Every size from 0 to 130 at every offset from 0 to 15. */
    WHOLE(IntStream.rangeClosed(0, 130), IntStream.range(0, 16));

    final int[] sizes;
    final int[] offsets;

    Sizes(IntStream sizes, IntStream offsets) {
        this.sizes = sizes.toArray();
        this.offsets = offsets.toArray();
    }
}
