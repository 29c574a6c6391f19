/*
 * Observer A: a QEMU plugin (qemu-user 7.2, plugin API 1) that logs every load and store which the emulated program makes
 * inside one window of its addresses. The format of the log is described in ../OBSERVERS.md.
 *
 *   gcc -O2 -fPIC -shared -o memlog.so memlog.c
 *   qemu-aarch64 -plugin memlog.so,out=FILE,base=0x6f0000000000,size=0x10000000,marks=0xf000000 java ...
 *
 * QEMU 7.2 ships no header for plugins in its packages, so what is used is declared here. No function of the C library is
 * used that has been versioned anew lately (strtoull has), so that the file works whichever C library QEMU runs with.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { CB_NO_REGS = 0, MEM_R = 1, MEM_W = 2, MEM_RW = 3 };
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int, void *);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, void (*)(unsigned, qemu_plugin_meminfo_t, uint64_t, void *),
                                      int, int, void *);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

typedef struct {
    uint64_t pc;
    uint8_t length;
    uint8_t printed;
    uint8_t code[16];
} Insn;

/* How often each thread has entered a block of translated code: an instruction occurs once in a block, so two rows with
 * one instruction and one count belong to one execution of it. QEMU numbers threads upwards; a clash of two of them in
 * this table can only matter if both are in the window at the same time. */
enum { THREADS = 4096 };
static struct { uint64_t blocks, unshared[7]; } thread[THREADS]; /* a cache line each: this is written all the time */

static uint64_t base = 0x6f0000000000u, size = 0x10000000u, marks = 0xf000000u;
static int fd = 2;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char buffer[1 << 16];
static size_t used;
static Insn *last_insn;
static unsigned last_cpu;
static uint64_t last_block;

static void flush(void) {
    for (size_t done = 0; done < used;) {
        ssize_t n = write(fd, buffer + done, used - done);
        if (n < 0) break; /* disk full, say: the reader sees a log that does not end with its E line */
        done += n;
    }
    used = 0;
}

static void put_char(char c) { buffer[used++] = c; }

static void put_hex(uint64_t v) {
    char digits[16];
    int n = 0;
    do digits[n++] = "0123456789abcdef"[v & 15]; while (v >>= 4);
    while (n) buffer[used++] = digits[--n];
}

static void put_decimal(uint64_t v) {
    char digits[20];
    int n = 0;
    do digits[n++] = '0' + v % 10; while (v /= 10);
    while (n) buffer[used++] = digits[--n];
}

static void put_code(Insn *insn) {
    put_char('P'), put_char(' '), put_hex(insn->pc), put_char(' ');
    for (unsigned i = 0; i < insn->length; i++) {
        put_char("0123456789abcdef"[insn->code[i] >> 4]), put_char("0123456789abcdef"[insn->code[i] & 15]);
    }
    put_char('\n');
    insn->printed = 1;
}

static void on_block(unsigned cpu, void *unused) { thread[cpu % THREADS].blocks++; }

static void on_memory(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
    uint64_t offset = address - base;
    if (offset >= size) return; /* nearly every call ends here */
    static __thread long tid;
    if (!tid) tid = syscall(SYS_gettid);
    Insn *insn = data;
    /* QEMU 7.2 keeps the direction in bits 16 and 17, and sets both for one atomic read-modify-write; its own
     * qemu_plugin_mem_is_store() can tell only loads from the rest. */
    unsigned direction = info >> 16 & MEM_RW;
    char kind = !qemu_plugin_mem_is_store(info) ? 'L' : direction == MEM_RW ? 'X' : 'S';
    pthread_mutex_lock(&lock);
    uint64_t block = thread[cpu % THREADS].blocks;
    bool more = insn == last_insn && cpu == last_cpu && block == last_block;
    last_insn = insn, last_cpu = cpu, last_block = block;
    if (used > sizeof buffer - 256) flush();
    if (!insn->printed) put_code(insn);
    put_char(more ? kind | 0x20 : kind), put_char(' '), put_hex(offset), put_char(' ');
    put_decimal(1u << qemu_plugin_mem_size_shift(info)), put_char(' ');
    put_hex(insn->pc), put_char(' '), put_decimal(tid), put_char('\n');
    /* What an operation did is on disk when the operation is over, also if the program is killed in the next one. */
    if (offset >= marks && (offset & 1)) flush();
    pthread_mutex_unlock(&lock);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    size_t n = qemu_plugin_tb_n_insns(tb);
    Insn *insns = calloc(n, sizeof *insns); /* never freed: QEMU does not say when a translation is dropped */
    if (!insns) abort();
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, CB_NO_REGS, 0);
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *from = qemu_plugin_tb_get_insn(tb, i);
        Insn *insn = &insns[i];
        size_t length = qemu_plugin_insn_size(from);
        insn->pc = qemu_plugin_insn_vaddr(from);
        insn->length = length > sizeof insn->code ? sizeof insn->code : length;
        memcpy(insn->code, qemu_plugin_insn_data(from), insn->length);
        qemu_plugin_register_vcpu_mem_cb(from, on_memory, CB_NO_REGS, MEM_RW, insn);
    }
}

static void on_exit_of_program(qemu_plugin_id_t id, void *unused) {
    pthread_mutex_lock(&lock);
    if (used > sizeof buffer - 256) flush();
    put_char('E'), put_char('\n');
    flush();
    pthread_mutex_unlock(&lock);
}

static uint64_t number(const char *s) {
    unsigned radix = 10;
    uint64_t v = 0;
    if (s[0] == '0' && s[1] == 'x') radix = 16, s += 2;
    for (; *s; s++) v = v * radix + (*s <= '9' ? *s - '0' : (*s | 0x20) - 'a' + 10);
    return v;
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                                               char **argv) {
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "base=", 5)) base = number(argv[i] + 5);
        else if (!strncmp(argv[i], "size=", 5)) size = number(argv[i] + 5);
        else if (!strncmp(argv[i], "marks=", 6)) marks = number(argv[i] + 6);
        else if (!strncmp(argv[i], "out=", 4)) fd = open(argv[i] + 4, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
        else return -1;
    }
    if (fd < 0) return -1;
    static const char head[] = "# memlog 1 base ";
    for (const char *p = head; *p; p++) put_char(*p);
    put_hex(base), put_char(' '), put_char('s'), put_char('i'), put_char('z'), put_char('e'), put_char(' '), put_hex(size);
    put_char('\n');
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_of_program, 0);
    return 0;
}
