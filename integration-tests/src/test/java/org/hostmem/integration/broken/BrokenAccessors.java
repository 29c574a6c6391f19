package org.hostmem.integration.broken;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.TransferPlan;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.AccessPlans;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedRegion;

/**
 * For each test of {@code AccessorContract} an accessor that fails it and no other. So that no other test sees the
 * fault, it lies at an offset or a length that only one of them uses; that is why the conditions here know the tests so
 * well.
 */
final class BrokenAccessors {

    private static final long EDGE = 1 << 16;
    /** Of a transfer of the tests of vanished pages, and more than any of bulk has. */
    private static final int PART = 61;
    /** Farther than this from the access, no address is taken for that of its fault. */
    private static final int NEAR = 64;

    private static final int SHORT = 500;
    /** Of the region that is of every kind of arena. */
    private static final long SERVED = 72;
    /** Of the region that is of another thread's arena. */
    private static final long FOREIGN = 88;

    private BrokenAccessors() {}

    static List<Broken> all() {
        return Stream.of(
                        widths(),
                        coverage(),
                        order(),
                        unobserved(),
                        plans(),
                        reads(),
                        moves(),
                        barriers(),
                        faults(),
                        limits(),
                        lifetimes(),
                        allocation(),
                        deviceLimits())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Broken> widths() {
        return List.of(
                Broken.accessor(
                        "r1_anAlignedWriteIsNeverSeenTorn", "writes 8 bytes as two halves", good -> new Delegate(good) {
                            @Override
                            public void writeLong(long offset, long value) {
                                if (offset == 16) {
                                    halves(offset, 8, value);
                                } else {
                                    good.writeLong(offset, value);
                                }
                            }
                        }),
                Broken.accessor(
                        "r1_anAlignedReadIsNeverTorn", "reads 8 bytes as two halves", good -> new Delegate(good) {
                            @Override
                            public long readLong(long offset) {
                                if (offset != 16) {
                                    return good.readLong(offset);
                                }
                                boolean little = options().byteOrder() == ByteOrder.LITTLE_ENDIAN;
                                long first = good.readInt(offset) & 0xffff_ffffL;
                                gap();
                                long second = good.readInt(offset + 4) & 0xffff_ffffL;
                                return little ? first | second << 32 : first << 32 | second;
                            }
                        }),
                Broken.accessor(
                        "r1_anAlignedWriteChangesExactlyItsBytes",
                        "writes the bytes of one value in the wrong order",
                        good -> new Delegate(good) {
                            @Override
                            public void writeShort(long offset, short value) {
                                good.writeShort(offset, offset == 4 ? Short.reverseBytes(value) : value);
                            }
                        }),
                Broken.accessor(
                        "r1_anAlignedReadGivesWhatIsThere",
                        "reads the bytes of one value in the wrong order",
                        good -> new Delegate(good) {
                            @Override
                            public short readShort(long offset) {
                                short value = good.readShort(offset);
                                return offset == 132 ? Short.reverseBytes(value) : value;
                            }
                        }),
                Broken.accessor(
                        "r1_aNeighboursWriteIsNotLost",
                        "writes a byte by reading and writing two",
                        good -> new Delegate(good) {
                            @Override
                            public void writeByte(long offset, byte value) {
                                if (offset != 16) {
                                    good.writeByte(offset, value);
                                    return;
                                }
                                byte neighbour = good.readByte(17);
                                gap();
                                good.writeByte(16, value);
                                good.writeByte(17, neighbour);
                            }
                        }),
                Broken.accessor("r1_anotherWidthIsRefused", "reads 3 bytes if asked to", good -> new Delegate(good) {
                    @Override
                    public long read(long offset, int width) {
                        return width == 3
                                ? readShort(offset) & 0xffff | readByte(offset + 2) << 16
                                : good.read(offset, width);
                    }
                }));
    }

    private static List<Broken> coverage() {
        return List.of(
                Broken.accessor("r2_aBulkWriteIsExact", "writes one byte too many", good -> new Delegate(good) {
                    @Override
                    public void writeBytes(
                            long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                        good.writeBytes(offset, ram, ramOffset, length, order);
                        if (length == 117 && order == TransferOrder.RELAXED) {
                            good.writeByte(offset + length, (byte) ~good.readByte(offset + length));
                        }
                    }
                }),
                Broken.accessor("r2_aBulkReadIsExact", "leaves out the last byte", good -> new Delegate(good) {
                    @Override
                    public void readBytes(
                            long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                        good.readBytes(
                                offset,
                                ram,
                                ramOffset,
                                length == 117 && order == TransferOrder.RELAXED ? 116 : length,
                                order);
                    }
                }),
                Broken.accessor("r2_aFillIsExact", "leaves out the last byte", good -> new Delegate(good) {
                    @Override
                    public void fill(long offset, long length, byte value) {
                        good.fill(offset, length == 117 ? 116 : length, value);
                    }
                }),
                Broken.accessor(
                        "r2_theRamSideMayBeAnyMemory",
                        "takes native memory for something else",
                        good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                good.writeBytes(offset, ram, ramOffset, length, order);
                                if (length == 101 && ram.isNative()) {
                                    good.writeByte(offset, (byte) ~good.readByte(offset));
                                }
                            }
                        }),
                Broken.accessor(
                        "r2_longTransfersAreExact",
                        "loses a byte where a long transfer is cut",
                        good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                good.writeBytes(offset, ram, ramOffset, length, order);
                                if (length > 100_000) {
                                    good.writeByte(offset + 70_000, (byte) ~good.readByte(offset + 70_000));
                                }
                            }
                        }),
                Broken.accessor("r2_noByteIsWrittenTwice", "writes everything twice", good -> new Delegate(good) {
                    @Override
                    public void writeBytes(
                            long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                        good.writeBytes(offset, ram, ramOffset, length, order);
                        if (length == 4096) {
                            gap();
                            good.writeBytes(offset, ram, ramOffset, length, order);
                        }
                    }
                }));
    }

    private static List<Broken> order() {
        return List.of(
                Broken.accessor(
                        "r3_anAscendingWriteIsSeenAscending",
                        "writes the second half first",
                        good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                if (length == 2048) {
                                    good.writeBytes(offset + 1024, ram, ramOffset + 1024, 1024, order);
                                    gap();
                                    good.writeBytes(offset, ram, ramOffset, 1024, order);
                                } else {
                                    good.writeBytes(offset, ram, ramOffset, length, order);
                                }
                            }
                        }),
                Broken.accessor("r3_theLastByteComesLast", "writes the last byte first", good -> new Delegate(good) {
                    @Override
                    public void writeBytes(
                            long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                        if (offset == 0 && length == 57) {
                            good.writeBytes(56, ram, ramOffset + 56, 1, order);
                            gap();
                            good.writeBytes(0, ram, ramOffset, 56, order);
                        } else {
                            good.writeBytes(offset, ram, ramOffset, length, order);
                        }
                    }
                }),
                Broken.accessor(
                        "r3_aFlagInTheLastUnitComesLast", "writes the last unit first", good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                if (offset == 0 && length == 192) {
                                    good.writeBytes(128, ram, ramOffset + 128, 64, order);
                                    gap();
                                    good.writeBytes(0, ram, ramOffset, 128, order);
                                } else {
                                    good.writeBytes(offset, ram, ramOffset, length, order);
                                }
                            }
                        }),
                Broken.accessor(
                        "r3_aTransferIsSeenAscendingInItsTarget",
                        "writes the second half first",
                        good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                if (length == 1536) {
                                    good.writeBytes(offset + 768, ram, ramOffset + 768, 768, order);
                                    gap();
                                    good.writeBytes(offset, ram, ramOffset, 768, order);
                                } else {
                                    good.writeBytes(offset, ram, ramOffset, length, order);
                                }
                            }
                        }),
                Broken.accessor(
                        "r3_aTransferReadsItsSourceAscending",
                        "reads the second half first",
                        good -> new Delegate(good) {
                            @Override
                            public void readBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                if (length == 1536) {
                                    good.readBytes(offset + 768, ram, ramOffset + 768, 768, order);
                                    gap();
                                    good.readBytes(offset, ram, ramOffset, 768, order);
                                } else {
                                    good.readBytes(offset, ram, ramOffset, length, order);
                                }
                            }
                        }),
                Broken.accessor(
                        "r3_anAscendingReadIsAscending", "reads the second half first", good -> new Delegate(good) {
                            @Override
                            public void readBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                if (length == 2048) {
                                    good.readBytes(offset + 1024, ram, ramOffset + 1024, 1024, order);
                                    gap();
                                    good.readBytes(offset, ram, ramOffset, 1024, order);
                                } else {
                                    good.readBytes(offset, ram, ramOffset, length, order);
                                }
                            }
                        }));
    }

    private static List<Broken> unobserved() {
        return List.of(
                Broken.accessor(
                        "r3_anUnobservedTransferIsExact",
                        "loses the last byte of a long string",
                        good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                good.writeBytes(offset, ram, ramOffset, length, order);
                                if (length == 24_576 && order == TransferOrder.UNOBSERVED) {
                                    long last = offset + length - 1;
                                    good.writeByte(last, (byte) ~good.readByte(last));
                                }
                            }
                        }),
                Broken.accessor(
                        "r3_anUnobservedMoveIsExact",
                        "copies the wrong way round where nobody looks",
                        good -> new Delegate(good) {
                            @Override
                            public Transfer.Result move(long from, long to, long length, Transfer how) {
                                Transfer.Result result = good.move(from, to, length, how);
                                if (length == 5000 && how.order() == TransferOrder.UNOBSERVED && to > from) {
                                    good.writeByte(to + 4999, (byte) ~good.readByte(to + 4999));
                                }
                                return result;
                            }
                        }),
                Broken.accessor(
                        "r3_aFaultOfAnUnobservedTransferIsTold",
                        "says that all was written",
                        good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                try {
                                    good.writeBytes(offset, ram, ramOffset, length, order);
                                } catch (RegionFaultException fault) {
                                    throw order == TransferOrder.UNOBSERVED && length > 40_000
                                            ? Faults.within(fault, 0, length)
                                            : fault;
                                }
                            }
                        }),
                Broken.accessor(
                                "r3_thePlanOfAnUnobservedTransferSaysWhoChooses",
                                "lists units that nobody knows",
                                good -> new Delegate(good) {
                                    @Override
                                    public AccessPlan planBulk(
                                            Direction direction, long offset, long length, TransferOrder order) {
                                        return good.planBulk(
                                                direction,
                                                offset,
                                                length,
                                                order == TransferOrder.UNOBSERVED ? TransferOrder.ASCENDING : order);
                                    }
                                })
                        .on(CacheMode.NORMAL));
    }

    private static List<Broken> plans() {
        return List.of(
                Broken.accessor("r4_thePlanIsTheLadder", "plans less than it does", good -> new Delegate(good) {
                    @Override
                    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
                        return good.planBulk(direction, offset, length == 117 ? 116 : length, order);
                    }
                }),
                Broken.accessor(
                        "r4_thePlanOfALongTransferIsTheLadder", "plans less than it does", good -> new Delegate(good) {
                            @Override
                            public AccessPlan planBulk(
                                    Direction direction, long offset, long length, TransferOrder order) {
                                return good.planBulk(
                                        direction,
                                        offset,
                                        length >= 1000 && length < EDGE ? length - 1 : length,
                                        order);
                            }
                        }),
                Broken.accessor("r5_thePlanTells", "plans one byte for two", good -> new Delegate(good) {
                    @Override
                    public AccessPlan planScalar(long offset, int width) {
                        return good.planScalar(offset, offset == 33 && width == 2 ? 1 : width);
                    }
                }),
                Broken.accessor(
                        "r5_anUnalignedScalarCarriesTheRightBytes",
                        "reads the wrong value where it is not aligned",
                        good -> new Delegate(good) {
                            @Override
                            public int readInt(long offset) {
                                return good.readInt(offset) ^ (offset == 33 ? 1 : 0);
                            }
                        }),
                Broken.accessor(
                                "r5_aRejectedScalarTouchesNothing",
                                "writes a byte before it refuses",
                                good -> new Delegate(good) {
                                    @Override
                                    public void writeShort(long offset, short value) {
                                        if (offset == 1 && options().unaligned() == UnalignedPolicy.REJECT) {
                                            good.writeByte(offset, (byte) ~good.readByte(offset));
                                        }
                                        good.writeShort(offset, value);
                                    }
                                })
                        .on(Broken.Base.FALLBACK),
                Broken.accessor(
                        "r5_aSingleUnalignedScalarIsNeverTorn",
                        "splits what it says is single",
                        good -> new Delegate(good) {
                            @Override
                            public void writeInt(long offset, int value) {
                                if (offset >= 17 && offset <= 19) {
                                    halves(offset, 4, value & 0xffff_ffffL);
                                } else {
                                    good.writeInt(offset, value);
                                }
                            }
                        }));
    }

    private static List<Broken> reads() {
        return List.of(
                Broken.accessor(
                        "r6_anUnusedReadHappens", "leaves reads out once it is warm", good -> new Delegate(good) {
                            private int calls;

                            @Override
                            public int readInt(long offset) {
                                return ++calls > 20_000 && offset >= EDGE ? 0 : good.readInt(offset);
                            }
                        }),
                Broken.accessor(
                        "r6_aReadInALoopIsMadeAgain",
                        "gives a value once more instead of reading it again",
                        good -> new Delegate(good) {
                            private static final int STALE = 1_000_000;
                            private long value;
                            private int stale;

                            @Override
                            public long readLong(long offset) {
                                if (offset != 8) {
                                    return good.readLong(offset);
                                }
                                if (stale-- <= 0) {
                                    value = good.readLong(offset);
                                    stale = STALE;
                                }
                                return value;
                            }
                        }));
    }

    private static List<Broken> moves() {
        return List.of(
                Broken.accessor("r7_aMoveIsExact", "moves one byte wrongly", good -> new Delegate(good) {
                    @Override
                    public Transfer.Result move(long from, long to, long length, Transfer how) {
                        Transfer.Result result = good.move(from, to, length, how);
                        if (length == 13 && how.overlap() == OverlapPolicy.MEMMOVE_ORDER) {
                            good.writeByte(to, (byte) ~good.readByte(to));
                        }
                        return result;
                    }
                }),
                Broken.accessor("r7_aLongMoveIsExact", "moves one byte of many wrongly", good -> new Delegate(good) {
                    @Override
                    public Transfer.Result move(long from, long to, long length, Transfer how) {
                        Transfer.Result result = good.move(from, to, length, how);
                        if (length >= 9000 && length < EDGE && how.order() != TransferOrder.UNOBSERVED) {
                            good.writeByte(to + 8192, (byte) ~good.readByte(to + 8192));
                        }
                        return result;
                    }
                }),
                Broken.accessor(
                        "r7_aCopyOfManyRangesIsExact",
                        "hides that a slice is of its memory",
                        good -> new Delegate(good) {
                            @Override
                            public HostMemoryAccessor slice(long offset, long size) {
                                return new Delegate(good.slice(offset, size));
                            }
                        }),
                Broken.accessor("r7_aMoveHasAPlan", "plans one byte less than it moves", good -> new Delegate(good) {
                    @Override
                    public TransferPlan planMove(long from, long to, long length, Transfer how) {
                        return good.planMove(from, to, length == 17 ? 16 : length, how);
                    }
                }),
                Broken.accessor(
                        "r7_overBudgetIsRefusedBeforeTheFirstByte",
                        "buffers what it likes",
                        good -> new Delegate(good) {
                            @Override
                            public Transfer.Result move(long from, long to, long length, Transfer how) {
                                return good.move(from, to, length, length == 20 ? how.withBudget(length) : how);
                            }
                        }),
                Broken.accessor(
                        "r7_anOverlapIsRefusedUnderReject", "moves what it should refuse", good -> new Delegate(good) {
                            @Override
                            public Transfer.Result move(long from, long to, long length, Transfer how) {
                                return good.move(
                                        from,
                                        to,
                                        length,
                                        length == 20 && how.overlap() == OverlapPolicy.REJECT
                                                ? how.with(OverlapPolicy.MEMMOVE_ORDER)
                                                : how);
                            }
                        }),
                Broken.accessor(
                        "r7_anAscendingMoveIsSeenAscending", "moves the last piece first", good -> new Delegate(good) {
                            @Override
                            public Transfer.Result move(long from, long to, long length, Transfer how) {
                                if (length != 2048) {
                                    return good.move(from, to, length, how);
                                }
                                for (long at = length - 256; at >= 0; at -= 256) {
                                    good.move(from + at, to + at, 256, how);
                                    gap();
                                }
                                return new Transfer.Result(length, length);
                            }
                        }));
    }

    private static List<Broken> barriers() {
        return List.of(
                Broken.accessor(
                        "r8_everyBarrierCanBeHad", "has no barrier from the device", good -> new Delegate(good) {
                            @Override
                            public void barrier(Barrier purpose) {
                                if (purpose == Barrier.FROM_DEVICE) {
                                    throw new UnsupportedOperationException();
                                }
                                good.barrier(purpose);
                            }
                        }),
                Broken.accessor(
                        "r8_dataIsThereBeforeTheDoorbell",
                        "keeps a write back until after the next one",
                        good -> new Delegate(good) {
                            private boolean armed;
                            private long kept;

                            @Override
                            public void barrier(Barrier purpose) {
                                armed |= purpose == Barrier.TO_DEVICE;
                                good.barrier(purpose);
                            }

                            @Override
                            public void writeLong(long offset, long value) {
                                if (armed && offset == 0) {
                                    kept = value;
                                    return;
                                }
                                good.writeLong(offset, value);
                                if (armed && offset == 256) {
                                    gap();
                                    good.writeLong(0, kept);
                                }
                            }
                        }),
                Broken.accessor(
                        "r8_aFullBarrierOrdersAWriteBeforeARead",
                        "keeps a write back until after the next read",
                        good -> new Delegate(good) {
                            private boolean armed;
                            private long kept;

                            @Override
                            public void barrier(Barrier purpose) {
                                armed |= purpose == Barrier.FULL;
                                good.barrier(purpose);
                            }

                            @Override
                            public void writeLong(long offset, long value) {
                                if (armed && offset == 0) {
                                    kept = value;
                                } else {
                                    good.writeLong(offset, value);
                                }
                            }

                            @Override
                            public long readLong(long offset) {
                                long value = good.readLong(offset);
                                if (armed && offset == 256) {
                                    gap();
                                    good.writeLong(0, kept);
                                }
                                return value;
                            }
                        }));
    }

    /** Whether only a test of whole transfers, of vanished pages or of faults without traces makes this access. */
    private static boolean isOfAnother(long offset, long length) {
        return length > SHORT || length == PART && offset > EDGE || length == 21;
    }

    private static RegionFaultException wrong(RegionFaultException fault) {
        return Faults.within(fault, fault.completed() + 1);
    }

    private static List<Broken> faults() {
        return List.of(
                Broken.accessor(
                        "r9_aScalarFaultIsReported", "says that bytes were completed", good -> new Delegate(good) {
                            @Override
                            public int readInt(long offset) {
                                try {
                                    return good.readInt(offset);
                                } catch (RegionFaultException fault) {
                                    throw offset == EDGE + 4 ? wrong(fault) : fault;
                                }
                            }
                        }),
                Broken.provider(
                                "r9_whatMayVanishIsPreciseInEveryMode",
                                "takes all memory for permanent",
                                good -> new DelegateProvider(good) {
                                    @Override
                                    public HostMemoryAccessor open(MappedRegion region) {
                                        return good.open(MappedRegion.borrowed(
                                                        region.memory(), region.capabilities(), region.options())
                                                .releasedBy(region.release()));
                                    }
                                })
                        .on(CacheMode.NORMAL),
                Broken.accessor(
                                "r9_anAtomicFaultIsReported",
                                "does atomics eight bytes further on",
                                good -> new Delegate(good) {
                                    @Override
                                    public Atomics atomics() {
                                        return (size() == SERVED || size() == FOREIGN
                                                        ? good
                                                        : good.slice(8, good.size() - 8))
                                                .atomics();
                                    }
                                })
                        .on(CacheMode.NORMAL),
                Broken.accessor(
                        "r9_aBulkWriteStopsAtTheFault", "counts the byte that faulted", good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                try {
                                    good.writeBytes(offset, ram, ramOffset, length, order);
                                } catch (RegionFaultException fault) {
                                    throw fault.side() == Side.RAM
                                                    || order == TransferOrder.UNOBSERVED
                                                    || isOfAnother(offset, length)
                                            ? fault
                                            : wrong(fault);
                                }
                            }
                        }),
                Broken.accessor(
                        "r9_aBulkReadStopsAtTheFault", "counts the byte that faulted", good -> new Delegate(good) {
                            @Override
                            public void readBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                try {
                                    good.readBytes(offset, ram, ramOffset, length, order);
                                } catch (RegionFaultException fault) {
                                    throw fault.side() == Side.RAM
                                                    || order == TransferOrder.UNOBSERVED
                                                    || isOfAnother(offset, length)
                                            ? fault
                                            : wrong(fault);
                                }
                            }
                        }),
                Broken.accessor("r9_aFillStopsAtTheFault", "counts the byte that faulted", good -> new Delegate(good) {
                    @Override
                    public void fill(long offset, long length, byte value) {
                        try {
                            good.fill(offset, length, value);
                        } catch (RegionFaultException fault) {
                            throw isOfAnother(offset, length) ? fault : wrong(fault);
                        }
                    }
                }),
                Broken.accessor("r9_aMoveStopsAtTheFault", "counts the byte that faulted", good -> new Delegate(good) {
                    @Override
                    public Transfer.Result move(long from, long to, long length, Transfer how) {
                        try {
                            return good.move(from, to, length, how);
                        } catch (RegionFaultException fault) {
                            throw isOfAnother(Math.max(from, to), length) ? fault : wrong(fault);
                        }
                    }
                }),
                Broken.accessor(
                        "r9_theMiddleAndTheEndOfAVanishedPageFault",
                        "records the page of a fault, which is too far from the access to be its fault, so that all"
                                + " ones are a value",
                        good -> new Delegate(good) {
                            @Override
                            public long read(long offset, int width) {
                                try {
                                    return good.read(offset, width);
                                } catch (RegionFaultException fault) {
                                    if (width == 8 && offset % 8 == 0 && offset % 0x1000 >= NEAR) {
                                        return -1;
                                    }
                                    throw fault;
                                }
                            }
                        }),
                Broken.accessor(
                        "r9_aTransferStopsAtTheFault", "counts the byte that faulted", good -> new Delegate(good) {
                            @Override
                            public void readBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                try {
                                    good.readBytes(offset, ram, ramOffset, length, order);
                                } catch (RegionFaultException fault) {
                                    throw fault.side() != Side.RAM
                                                    && order != TransferOrder.UNOBSERVED
                                                    && length > SHORT
                                            ? wrong(fault)
                                            : fault;
                                }
                            }
                        }),
                Broken.accessor(
                        "r9_aFaultWithoutATraceSaysTheSame", "fills in stack traces", good -> new Delegate(good) {
                            @Override
                            public int readInt(long offset) {
                                try {
                                    return good.readInt(offset);
                                } catch (RegionFaultException fault) {
                                    throw options().faultTraces()
                                            ? fault
                                            : new RegionFaultException(
                                                    fault.offset(),
                                                    fault.direction(),
                                                    fault.width(),
                                                    fault.completed(),
                                                    fault.side(),
                                                    "a fault");
                                }
                            }
                        }),
                Broken.accessor(
                        "r9_ramThatHasVanishedNeverReachesTheRegion",
                        "writes what was never there",
                        good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                if (offset == 192 && length == PART) {
                                    good.writeByte(offset, (byte) ~good.readByte(offset));
                                }
                                good.writeBytes(offset, ram, ramOffset, length, order);
                            }
                        }),
                Broken.accessor(
                        "r9_aScalarAcrossTheEdgeFaults", "says that bytes were completed", good -> new Delegate(good) {
                            @Override
                            public long readLong(long offset) {
                                try {
                                    return good.readLong(offset);
                                } catch (RegionFaultException fault) {
                                    throw offset == EDGE - 3 ? wrong(fault) : fault;
                                }
                            }
                        }),
                Broken.accessor("r9_aFaultOfTheRamIsToldApart", "blames the device", good -> new Delegate(good) {
                    @Override
                    public void writeBytes(
                            long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                        try {
                            good.writeBytes(offset, ram, ramOffset, length, order);
                        } catch (RegionFaultException fault) {
                            throw fault.side() == Side.RAM && offset == 0
                                    ? new RegionFaultException(
                                            fault.offset(),
                                            fault.direction(),
                                            fault.width(),
                                            fault.completed(),
                                            Side.REGION,
                                            "a fault")
                                    : fault;
                        }
                    }
                }),
                Broken.accessor(
                        "r9_anUnsupportedRequestReadsOnesAndDropsWrites", "reads zeros", good -> new Delegate(good) {
                            @Override
                            public short readShort(long offset) {
                                short value = good.readShort(offset);
                                return options().fault() == FaultPolicy.UNSUPPORTED_REQUEST && offset >= EDGE
                                        ? 0
                                        : value;
                            }
                        }),
                Broken.accessor("r9_realOnesAreNoFault", "takes ones for a fault", good -> new Delegate(good) {
                    @Override
                    public long readLong(long offset) {
                        long value = good.readLong(offset);
                        if (value == -1 && offset == 8) {
                            throw new RegionFaultException(offset, Direction.READ, 8, 0, Side.REGION, "all ones");
                        }
                        return value;
                    }
                }),
                Broken.accessor(
                        "r9_anyFaultIsAnException",
                        "throws something else after a few faults",
                        good -> new Delegate(good) {
                            private int faults;

                            @Override
                            public void readBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                if (offset == EDGE && length == 64 && ++faults > 5) {
                                    throw new IllegalStateException("too many faults");
                                }
                                good.readBytes(offset, ram, ramOffset, length, order);
                            }
                        }));
    }

    private static List<Broken> limits() {
        return List.of(
                Broken.accessor(
                        "r10_outsideTheRegionIsRefused",
                        "does nothing where it should refuse",
                        good -> new Delegate(good) {
                            @Override
                            public void fill(long offset, long length, byte value) {
                                if (offset != -1) {
                                    good.fill(offset, length, value);
                                }
                            }
                        }),
                Broken.accessor("r10_anOverflowIsRefused", "wraps round", good -> new Delegate(good) {
                    @Override
                    public void fill(long offset, long length, byte value) {
                        if (offset < 0 || length < 0 || offset + length >= 0) {
                            good.fill(offset, length, value);
                        }
                    }
                }),
                Broken.accessor(
                        "r10_aReadOnlyRegionIsNeverWritten",
                        "drops a write without a word",
                        good -> new OpenDelegate(good) {
                            @Override
                            public void writeByte(long offset, byte value) {
                                if (!open() || capabilities().writable() || offset < 0 || offset >= size()) {
                                    good.writeByte(offset, value);
                                }
                            }
                        }),
                Broken.accessor(
                        "r10_anUnreadableRegionIsNeverRead",
                        "reads zeros without a word",
                        good -> new OpenDelegate(good) {
                            @Override
                            public byte readByte(long offset) {
                                return !open() || capabilities().readable() || offset < 0 || offset >= size()
                                        ? good.readByte(offset)
                                        : 0;
                            }
                        }),
                Broken.accessor(
                        "r10_aClosedRegionIsRefused", "reads zeros once it is closed", good -> new OpenDelegate(good) {
                            @Override
                            public byte readByte(long offset) {
                                return open() || size() != 64 ? good.readByte(offset) : 0;
                            }
                        }),
                Broken.accessor(
                        "r10_checksComeInTheirOrder",
                        "tells of the direction before the bounds",
                        good -> new OpenDelegate(good) {
                            @Override
                            public void writeByte(long offset, byte value) {
                                if (open() && !capabilities().writable()) {
                                    throw new AccessRejectedException(Reason.NOT_WRITABLE, "read-only");
                                }
                                good.writeByte(offset, value);
                            }
                        }),
                Broken.region(
                        "r10_theMemoryIsReleasedOnce",
                        "releases the memory a second time",
                        (good, region) -> new Delegate(good) {
                            @Override
                            public void close() {
                                good.close();
                                if (size() == 64) {
                                    region.release().run();
                                }
                            }
                        }),
                Broken.accessor(
                        "r10_closingWhileAnotherThreadCopiesIsSafe",
                        "lets another exception out",
                        good -> new Delegate(good) {
                            @Override
                            public void readBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                try {
                                    good.readBytes(offset, ram, ramOffset, length, order);
                                } catch (RegionClosedException | RegionFaultException late) {
                                    throw length == EDGE ? new IllegalStateException(late) : late;
                                }
                            }
                        }),
                Broken.accessor("r10_nullIsRefused", "takes null for a read", good -> new Delegate(good) {
                    @Override
                    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
                        return good.planBulk(direction == null ? Direction.READ : direction, offset, length, order);
                    }
                }),
                Broken.accessor("r10_unsuitableRamIsRefused", "writes what there is", good -> new Delegate(good) {
                    @Override
                    public void writeBytes(
                            long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                        good.writeBytes(
                                offset,
                                ram,
                                ramOffset,
                                ram.byteSize() == 16 && ramOffset == 10 && length == 7 ? 6 : length,
                                order);
                    }
                }));
    }

    /** Each knows its test by the size of its region. */
    private static List<Broken> lifetimes() {
        return List.of(
                Broken.accessor("r10_everyKindOfArenaIsServed", "loses what is written", good -> new Delegate(good) {
                    @Override
                    public void writeLong(long offset, long value) {
                        good.writeLong(offset, size() == SERVED ? 0 : value);
                    }
                }),
                Broken.region(
                        "r10_aClosedArenaEndsItsRegion",
                        "plans on memory that is no more",
                        (good, region) -> new Delegate(good) {
                            private final AccessPlan plan = good.size() == 80 ? good.planScalar(0, 1) : null;

                            @Override
                            public AccessPlan planScalar(long offset, int width) {
                                return size() == 80 && !region.memory().scope().isAlive()
                                        ? plan
                                        : good.planScalar(offset, width);
                            }
                        }),
                Broken.accessor(
                        "r10_memoryOfAnotherThreadIsRefused",
                        "lets the JVM's own exception out",
                        good -> new Delegate(good) {
                            @Override
                            public void fill(long offset, long length, byte value) {
                                try {
                                    good.fill(offset, length, value);
                                } catch (AccessRejectedException refused) {
                                    throw size() == FOREIGN ? new WrongThreadException() : refused;
                                }
                            }
                        }),
                Broken.accessor(
                        "r10_anArenaDoesNotEndUnderAnAccess",
                        "takes the end of its memory for a fault",
                        good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                try {
                                    good.writeBytes(offset, ram, ramOffset, length, order);
                                } catch (RegionClosedException closed) {
                                    throw size() == 1 << 18
                                            ? new RegionFaultException(
                                                    offset, Direction.WRITE, 8, 0, Side.UNKNOWN, "SIGSEGV")
                                            : closed;
                                }
                            }
                        }),
                Broken.accessor(
                        "r10_aCloseThatFailedCanBeRepeated", "tries to release once only", good -> new Delegate(good) {
                            private boolean closed;

                            @Override
                            public void close() {
                                if (size() != 96 || !closed) {
                                    closed = true;
                                    good.close();
                                }
                            }
                        }),
                Broken.accessor(
                        "r10_aClosedViewEndsItsViews",
                        "makes views of views that know nothing of those",
                        good -> new Delegate(good) {
                            @Override
                            public HostMemoryAccessor slice(long offset, long size) {
                                return size() != 104
                                        ? super.slice(offset, size)
                                        : new Delegate(good.slice(offset, size)) {
                                            @Override
                                            public HostMemoryAccessor readOnly() {
                                                return whole(offset, size).readOnly();
                                            }
                                        };
                            }

                            private HostMemoryAccessor whole(long offset, long size) {
                                return good.slice(offset, size);
                            }
                        }),
                Broken.accessor(
                        "r10_aLoopSeesTheClose",
                        "does not look whether it is open where there is nothing to do",
                        good -> new Delegate(good) {
                            @Override
                            public void fill(long offset, long length, byte value) {
                                if (size() == 112 && length == 0) {
                                    gap();
                                } else {
                                    good.fill(offset, length, value);
                                }
                            }
                        }),
                Broken.accessor(
                        "r10_ramOfNoUseIsRefused", "writes nothing where it should refuse", good -> new Delegate(good) {
                            @Override
                            public void writeBytes(
                                    long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
                                if (size() != 120 || ram.scope().isAlive()) {
                                    good.writeBytes(offset, ram, ramOffset, length, order);
                                }
                            }
                        }));
    }

    /** Knows whether it is open. */
    private static class OpenDelegate extends Delegate {
        private volatile boolean closed;

        OpenDelegate(HostMemoryAccessor good) {
            super(good);
        }

        final boolean open() {
            return !closed;
        }

        @Override
        public void close() {
            closed = true;
            good.close();
        }
    }

    /** Where garbage goes, so that it is really made. */
    private static volatile Object sink;

    private static List<Broken> deviceLimits() {
        return List.of(
                Broken.accessor(
                        "r13_plansHaveOnlyUnitsThatTheDeviceTakes",
                        "plans as if there were no limits",
                        good -> new Delegate(good) {
                            @Override
                            public AccessPlan planBulk(
                                    Direction direction, long offset, long length, TransferOrder order) {
                                boolean isOfThisTest = isOneWidth(this, 4)
                                        && direction == Direction.READ
                                        && offset == 16
                                        && length == 48;
                                return isOfThisTest
                                        ? AccessPlans.split(offset, 8, 8)
                                        : good.planBulk(direction, offset, length, order);
                            }
                        }),
                Broken.accessor(
                        "r13_whatTheDeviceDoesNotTakeIsRefused",
                        "fills as far as the device takes it",
                        good -> new Delegate(good) {
                            @Override
                            public void fill(long offset, long length, byte value) {
                                good.fill(offset, isOneWidth(this, 4) && length == 6 ? 4 : length, value);
                            }
                        }),
                Broken.accessor(
                        "r13_whatTheDeviceTakesIsExact", "takes one half for the other", good -> new Delegate(good) {
                            @Override
                            public void writeLong(long offset, long value) {
                                good.writeLong(
                                        offset,
                                        isOneWidth(this, 4) && offset == 24 ? Long.rotateLeft(value, 32) : value);
                            }
                        }),
                Broken.accessor(
                        "r13_halvesAreWrittenInTheirOrder", "writes the low half first", good -> new Delegate(good) {
                            @Override
                            public void writeLong(long offset, long value) {
                                if (offset == EDGE - 4 && options().limits().eight() == Eight.HIGH_FIRST) {
                                    good.writeInt(offset, (int) value);
                                }
                                good.writeLong(offset, value);
                            }
                        }),
                Broken.accessor(
                        "r13_aFaultIsOfAUnitThatTheDeviceTakes",
                        "says of a fault that it was 8 bytes wide",
                        good -> new Delegate(good) {
                            @Override
                            public void fill(long offset, long length, byte value) {
                                try {
                                    good.fill(offset, length, value);
                                } catch (RegionFaultException fault) {
                                    throw isOneWidth(this, 4)
                                            ? new RegionFaultException(
                                                    fault.offset(),
                                                    fault.direction(),
                                                    8,
                                                    fault.completed(),
                                                    fault.side(),
                                                    "broken")
                                            : fault;
                                }
                            }
                        }),
                Broken.accessor(
                        "r13_lessThanAUnitIsWidenedInTheOpen",
                        "does not say that a write reads",
                        good -> new Delegate(good) {
                            @Override
                            public AccessPlan planScalar(long offset, int width) {
                                AccessPlan plan = good.planScalar(offset, width);
                                return offset == 42 && plan.widened() > 0 ? AccessPlans.split(40, 8, 8) : plan;
                            }
                        }),
                Broken.accessor(
                        "r13_limitsDoNotAllocate",
                        "makes an object for each transfer behind limits",
                        good -> new Delegate(good) {
                            @Override
                            public void fill(long offset, long length, byte value) {
                                sink = length == 20 && options().limits().eight() == Eight.HIGH_FIRST
                                        ? new byte[8]
                                        : sink;
                                good.fill(offset, length, value);
                            }
                        }));
    }

    /** Whether the device takes units of one width only. */
    private static boolean isOneWidth(HostMemoryAccessor accessor, int width) {
        DeviceLimits limits = accessor.options().limits();
        return limits.least() == width && limits.widest() == width;
    }

    private static List<Broken> allocation() {
        return List.of(
                Broken.accessor(
                        "r12_scalarsDoNotAllocate", "makes an object for each read", good -> new Delegate(good) {
                            @Override
                            public int readInt(long offset) {
                                sink = new byte[8];
                                return good.readInt(offset);
                            }
                        }),
                Broken.accessor(
                        "r12_transfersDoNotAllocate", "makes an object for each fill", good -> new Delegate(good) {
                            @Override
                            public void fill(long offset, long length, byte value) {
                                sink = new byte[8];
                                good.fill(offset, length, value);
                            }
                        }),
                Broken.accessor(
                        "r12_arrayTransfersDoNotAllocate",
                        "makes a segment of the array for each transfer",
                        good -> new Delegate(good) {
                            @Override
                            public void writeBytes(long offset, byte[] ram, int ramOffset, int length) {
                                MemorySegment segment = MemorySegment.ofArray(ram);
                                sink = segment;
                                good.writeBytes(offset, segment, ramOffset, length, TransferOrder.ASCENDING);
                            }
                        }));
    }
}
