package org.hostmem.example.nvme;

/**
 * A command, but for what the queue adds to it.
 *
 * @param name for messages
 * @param opcode of the command set
 * @param namespace that it is for; 0 for none
 * @param prp1 address of the first page of data; 0 for none
 * @param prp2 address of the second page, or of the list of all others; 0 for none
 * @param word10 of the command
 * @param word11 of the command
 * @param word12 of the command
 */
record Command(String name, int opcode, int namespace, long prp1, long prp2, int word10, int word11, int word12) {

    static Command identify(int namespace, int structure, long page) {
        return new Command("IDENTIFY", 0x06, namespace, page, 0, structure, 0, 0);
    }

    /** Asks for a number of I/O queues of both kinds; to be sent before the first is made. */
    static Command setQueueCount(int queues) {
        return new Command("SET FEATURES: NUMBER OF QUEUES", 0x09, 0, 0, 0, 7, ((queues - 1) << 16) | (queues - 1), 0);
    }

    /** {@code vector} is negative for a queue that is polled. */
    static Command createCompletionQueue(int queue, int depth, long page, int vector) {
        return new Command(
                "CREATE I/O COMPLETION QUEUE " + queue,
                0x05,
                0,
                page,
                0,
                ((depth - 1) << 16) | queue,
                vector < 0 ? 1 : vector << 16 | 3,
                0);
    }

    static Command createSubmissionQueue(int queue, int depth, long page) {
        return new Command(
                "CREATE I/O SUBMISSION QUEUE " + queue,
                0x01,
                0,
                page,
                0,
                ((depth - 1) << 16) | queue,
                (queue << 16) | 1,
                0);
    }

    static Command transfer(boolean write, int namespace, long block, int count, long prp1, long prp2) {
        return new Command(
                (write ? "WRITE" : "READ") + " of " + count + " blocks from " + block,
                write ? 0x01 : 0x02,
                namespace,
                prp1,
                prp2,
                (int) block,
                (int) (block >>> 32),
                count - 1);
    }

    static Command flush(int namespace) {
        return new Command("FLUSH", 0x00, namespace, 0, 0, 0, 0, 0);
    }
}
