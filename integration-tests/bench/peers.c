/*
 * The loops that peers really use, in their shape, called from Java as Hostmem's own routines are. Own code; the projects are named for the shape.
 * Bulk functions: (device address, RAM base, RAM offset, length) -> length. Compiled at run time: gcc -O2 -shared -fPIC.
 */
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

/* A bare access, for what a call costs. */
int64_t peer_load4(int64_t address) { return *(volatile uint32_t *)address; }
int64_t peer_store4(int64_t address, int64_t value) { *(volatile uint32_t *)address = (uint32_t)value; return 0; }
int64_t peer_load8(int64_t address) { return *(volatile int64_t *)address; }
int64_t peer_store8(int64_t address, int64_t value) { *(volatile int64_t *)address = value; return 0; }

int64_t peer_memcpy(char *device, const char *ram, int64_t offset, int64_t n) { memcpy(device, ram + offset, n); return n; }
int64_t peer_memmove(char *device, const char *ram, int64_t offset, int64_t n) { memmove(device, ram + offset, n); return n; }

/* vm-memory before 0.3, cloud-hypervisor: volatile 8-byte units, then bytes. */
int64_t peer_volatile8(char *device, const char *ram, int64_t offset, int64_t n)
{
    volatile char *d = device;
    const volatile char *s = ram + offset;
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        *(volatile uint64_t *)(d + i) = *(const volatile uint64_t *)(s + i);
    for (; i < n; i++)
        d[i] = s[i];
    return n;
}

/* Linux memcpy_toio on x86 (arch/x86/lib/iomem.c): align the device to 4, rep movsl, then 2 and 1. */
int64_t peer_repmovs(char *device, const char *ram, int64_t offset, int64_t length)
{
    char *d = device;
    const char *s = ram + offset;
    int64_t n = length, longs;
    if (n >= 1 && ((uintptr_t)d & 1)) { asm volatile("movsb" : "+D"(d), "+S"(s) : : "memory"); n--; }
    if (n > 1 && ((uintptr_t)d & 2)) { asm volatile("movsw" : "+D"(d), "+S"(s) : : "memory"); n -= 2; }
    longs = n / 4;
    asm volatile("rep movsl\n\ttestb $2,%b4\n\tje 1f\n\tmovsw\n1:\ttestb $1,%b4\n\tje 2f\n\tmovsb\n2:"
                 : "=&c"(longs), "+D"(d), "+S"(s) : "0"(longs), "q"(n) : "memory", "cc");
    return length;
}

/* QEMU qemu_ram_move: one atomic access of 1, 2, 4 or 8 bytes if both sides are aligned, else memmove. */
int64_t peer_qemu(char *device, const char *ram, int64_t offset, int64_t n)
{
    const char *src = ram + offset;
    uintptr_t test = (uintptr_t)src | (uintptr_t)device | (uintptr_t)n, len = test & -test;
    if (n > 8 || len != (uintptr_t)n) {
        memmove(device, src, n);
        return n;
    }
    switch (len) {
    case 1: __atomic_store_n((uint8_t *)device, __atomic_load_n((uint8_t *)src, __ATOMIC_RELAXED), __ATOMIC_RELAXED); break;
    case 2: __atomic_store_n((uint16_t *)device, __atomic_load_n((uint16_t *)src, __ATOMIC_RELAXED), __ATOMIC_RELAXED); break;
    case 4: __atomic_store_n((uint32_t *)device, __atomic_load_n((uint32_t *)src, __ATOMIC_RELAXED), __ATOMIC_RELAXED); break;
    case 8: __atomic_store_n((uint64_t *)device, __atomic_load_n((uint64_t *)src, __ATOMIC_RELAXED), __ATOMIC_RELAXED); break;
    }
    return n;
}

/* GDRCopy on write-combining memory: align the device to 16 by a ladder, 16, 32-byte non-temporal stores in blocks of 64, ladder, fence. */
__attribute__((target("avx")))
int64_t peer_gdrcopy(char *device, const char *ram, int64_t offset, int64_t length)
{
    char *d = device;
    const char *s = ram + offset;
    int64_t n = length;
#define STEP(T) do { *(volatile T *)d = *(const T *)s; d += sizeof(T); s += sizeof(T); n -= sizeof(T); } while (0)
#define STEP16() do { _mm_stream_si128((__m128i *)d, _mm_loadu_si128((const __m128i *)s)); d += 16; s += 16; n -= 16; } while (0)
#define STEP32() do { _mm256_stream_si256((__m256i *)d, _mm256_loadu_si256((const __m256i *)s)); d += 32; s += 32; n -= 32; } while (0)
    if (((uintptr_t)d & 1) && n >= 1) STEP(uint8_t);
    if (((uintptr_t)d & 2) && n >= 2) STEP(uint16_t);
    if (((uintptr_t)d & 4) && n >= 4) STEP(uint32_t);
    if (((uintptr_t)d & 8) && n >= 8) STEP(uint64_t);
    if (((uintptr_t)d & 16) && n >= 16) STEP16();
    while (n >= 64) { STEP32(); STEP32(); }
    if (n >= 32) STEP32();
    if (n >= 16) STEP16();
    if (n >= 8) STEP(uint64_t);
    if (n >= 4) STEP(uint32_t);
    if (n >= 2) STEP(uint16_t);
    if (n >= 1) STEP(uint8_t);
    _mm_sfence();
    return length;
}

/*
 * No peer's: the accesses of an exact plan (each byte once, ascending, every unit as wide as the device's address and the rest allow) and nothing else, as short as C says it. What it falls short
 * of a row's target is the price of these accesses and of the call.
 */
#define UNIT(T) do { *(volatile T *)(d + done) = *(const volatile T *)(s + done); done += sizeof(T); } while (0)
#define UNIT16() do { _mm_storeu_si128((__m128i *)(d + done), _mm_loadu_si128((const __m128i *)(s + done))); done += 16; } while (0)
#define UNIT32() do { _mm256_storeu_si256((__m256i *)(d + done), _mm256_loadu_si256((const __m256i *)(s + done))); done += 32; } while (0)
#define STREAM32() do { _mm256_stream_si256((__m256i *)(d + done), _mm256_loadu_si256((const __m256i *)(s + done))); done += 32; } while (0)
#define DIRECT64() do { _movdir64b(d + done, s + done); done += 64; } while (0)
#define EXACT(NAME, TARGET, D, S, WIDEST, WIDE) \
__attribute__((target(TARGET))) int64_t NAME(char *device, char *ram, int64_t offset, int64_t n) \
{ \
    char *d = D; \
    const char *s = S; \
    int64_t done = 0; \
    if (((uintptr_t)device & 1) && n >= 1) UNIT(uint8_t); \
    if (((uintptr_t)(device + done) & 2) && n - done >= 2) UNIT(uint16_t); \
    if (((uintptr_t)(device + done) & 4) && n - done >= 4) UNIT(uint32_t); \
    if (((uintptr_t)(device + done) & 8) && n - done >= 8) UNIT(uint64_t); \
    if (((uintptr_t)(device + done) & 16) && n - done >= 16) UNIT16(); \
    if (WIDEST == 64 && ((uintptr_t)(device + done) & 32) && n - done >= 32) { UNIT16(); UNIT16(); } \
    while (n - done >= 4 * WIDEST) { WIDE(); WIDE(); WIDE(); WIDE(); } \
    while (n - done >= WIDEST) WIDE(); \
    if (WIDEST == 64 && ((n - done) & 32)) { UNIT16(); UNIT16(); } \
    if ((n - done) & 16) UNIT16(); \
    if ((n - done) & 8) UNIT(uint64_t); \
    if ((n - done) & 4) UNIT(uint32_t); \
    if ((n - done) & 2) UNIT(uint16_t); \
    if ((n - done) & 1) UNIT(uint8_t); \
    return n; \
}
EXACT(exact_to32, "avx", device, ram + offset, 32, UNIT32)
EXACT(exact_from32, "avx", ram + offset, device, 32, UNIT32)
EXACT(exact_to16, "avx", device, ram + offset, 16, UNIT16)
EXACT(exact_from16, "avx", ram + offset, device, 16, UNIT16)

/* With the flush that ends a write-combining transfer. */
#define FLUSHED(NAME, TARGET, WIDEST, WIDE) \
EXACT(unflushed_##NAME, TARGET, device, ram + offset, WIDEST, WIDE) \
__attribute__((target(TARGET))) int64_t NAME(char *device, char *ram, int64_t offset, int64_t n) \
{ \
    unflushed_##NAME(device, ram, offset, n); \
    _mm_sfence(); \
    return n; \
}
FLUSHED(exact_stream32, "avx", 32, STREAM32)
FLUSHED(exact_direct64, "movdir64b,avx", 64, DIRECT64)
