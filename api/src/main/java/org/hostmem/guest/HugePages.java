package org.hostmem.guest;

/**
 * Says how much of some guest RAM is in huge pages, and what the host decides about them: see
 * {@link RamPages#hugePages}.
 *
 * @param pageSize of a huge page in bytes; 0 if the host has none
 * @param policy of the host, as {@code /sys/kernel/mm/transparent_hugepage/enabled} names it: {@code always},
 *     {@code madvise} (on request) or {@code never}; empty if the host has none
 * @param refusal the {@code errno} with which the host refused the request; 0 if it took it, or was not asked
 * @param bytes of the RAM that are in huge pages now
 */
public record HugePages(long pageSize, String policy, int refusal, long bytes) {}
