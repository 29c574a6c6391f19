/*
 * Observer B: logs the accesses a program makes inside one window of its addresses, on the real CPU (x86-64 Linux).
 *
 *   gcc -O2 -o memtrap memtrap.c
 *   memtrap RAW BASE SIZE PROGRAM ARGUMENT...
 *
 * The program maps the window and makes it inaccessible before the first access that matters. Each access then raises
 * SIGSEGV, which this parent sees first: it notes where and by which instruction, makes the page accessible from inside
 * the program (a mprotect system call injected into the thread), lets the CPU carry out that very instruction by single
 * step, takes the access away again, and lets the program go on. An instruction with two operands in the window (movs,
 * movdir64b) faults a second time at the second one, and is noted twice. All other signals are the program's own.
 *
 * One line an access: T offset thread rip 16-bytes-at-rip offset-in-rdi mask, with t instead of T for a second operand.
 * "decode" makes the log of OBSERVERS.md of it.
 * Only one thread may be in the window at a time: while it is stepped the page is open to the others too.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };
static uint64_t base, size;
static FILE *raw;

static void die(const char *what) {
    fprintf(stderr, "memtrap: %s: %s\n", what, strerror(errno));
    exit(126);
}

static int read_memory(pid_t tid, uint64_t from, void *to, size_t n) {
    struct iovec here = {to, n}, there = {(void *) from, n};
    return process_vm_readv(tid, &here, 1, &there, 1, 0) == (ssize_t) n;
}

/* Where the program has a system call instruction: in its vdso. Looked up once; an exec moves it, but java does not exec. */
static uint64_t syscall_address(pid_t tid) {
    static uint64_t found;
    if (found) return found;
    char name[64], line[512];
    snprintf(name, sizeof name, "/proc/%d/maps", tid);
    FILE *maps = fopen(name, "r");
    if (!maps) die(name);
    while (!found && fgets(line, sizeof line, maps)) {
        unsigned long long from, to;
        if (!strstr(line, "[vdso]") || sscanf(line, "%llx-%llx", &from, &to) != 2) continue;
        unsigned char *code = malloc(to - from);
        if (!code || !read_memory(tid, from, code, to - from)) die("read the vdso");
        for (size_t i = 0; i + 1 < to - from && !found; i++) {
            if (code[i] == 0x0f && code[i + 1] == 0x05) found = from + i;
        }
        free(code);
    }
    fclose(maps);
    if (!found) errno = ENOENT, die("find a system call instruction in the vdso");
    return found;
}

/* Signals from elsewhere that came while a thread was being stepped; it gets them when it runs on. */
static int held[64], holding;

/* Lets the thread execute one instruction: SIGTRAP if it did, the signal of a fault of the instruction, 0 if the thread
 * is gone. */
static int step(pid_t tid, siginfo_t *info) {
    for (;;) {
        int status;
        if (ptrace(PTRACE_SINGLESTEP, tid, 0, 0) < 0 || waitpid(tid, &status, __WALL) < 0 || !WIFSTOPPED(status)) return 0;
        int signal = WSTOPSIG(status);
        if (signal == SIGTRAP) return signal;
        if (ptrace(PTRACE_GETSIGINFO, tid, 0, info) < 0) return 0;
        int fault = signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE;
        if (fault && info->si_code > 0) return signal;
        if (signal != SIGSTOP && holding < 64) held[holding++] = signal;
    }
}

/* Has the thread itself call mprotect on the page with that address and the next one (an access may reach into it). */
static int protect(pid_t tid, const struct user_regs_struct *saved, uint64_t address, int how) {
    struct user_regs_struct regs = *saved;
    siginfo_t info;
    uint64_t from = address & -(uint64_t) PAGE, length = from + 2 * PAGE <= base + size ? 2 * PAGE : PAGE;
    regs.rip = syscall_address(tid), regs.rax = SYS_mprotect, regs.orig_rax = -1;
    regs.rdi = from, regs.rsi = length, regs.rdx = how;
    if (ptrace(PTRACE_SETREGS, tid, 0, &regs) < 0) die("set registers");
    int signal = step(tid, &info);
    if (!signal) return 0;
    if (ptrace(PTRACE_GETREGS, tid, 0, &regs) < 0) die("get registers");
    if (signal != SIGTRAP) errno = EFAULT, die("mprotect in the program");
    if (regs.rax) errno = -(int) regs.rax, die("mprotect in the program");
    if (ptrace(PTRACE_SETREGS, tid, 0, saved) < 0) die("set registers back");
    return 1;
}

/* The mask of an AVX-512 instruction at code: what is in its mask register, or -1 (all ones) if it has none. */
static uint64_t mask_of(pid_t tid, const unsigned char *code) {
    static uint32_t at;
    if (code[0] != 0x62 || !(code[3] & 7)) return -1;
    if (!at) {
        uint32_t eax, ecx, edx;
        __cpuid_count(0xd, 5, eax, at, ecx, edx);
    }
    static unsigned char state[16384];
    struct iovec area = {state, sizeof state};
    if (ptrace(PTRACE_GETREGSET, tid, (void *) NT_X86_XSTATE, &area) < 0 || at + 64 > area.iov_len) return -1;
    uint64_t mask;
    memcpy(&mask, state + at + 8 * (code[3] & 7), 8);
    return mask;
}

static void note(char what, pid_t tid, uint64_t address, const struct user_regs_struct *regs) {
    unsigned char code[16] = {0};
    if (!read_memory(tid, regs->rip, code, 16)) read_memory(tid, regs->rip, code, PAGE - (regs->rip & (PAGE - 1)));
    fprintf(raw, "%c %llx %d %llx ", what, (unsigned long long) (address - base), tid, (unsigned long long) regs->rip);
    for (int i = 0; i < 16; i++) fprintf(raw, "%02x", code[i]);
    fprintf(raw, " %llx", (unsigned long long) (regs->rdi - base));
    uint64_t mask = mask_of(tid, code);
    if (mask == (uint64_t) -1) fprintf(raw, " -\n");
    else fprintf(raw, " %llx\n", (unsigned long long) mask);
}

static int in_window(const siginfo_t *info) {
    return info->si_code > 0 && (uint64_t) info->si_addr - base < size;
}

/* The thread has faulted in the window. Returns the signal to deliver, or 0. */
static int carry_out(pid_t tid, siginfo_t info) {
    struct user_regs_struct regs;
    uint64_t opened[4];
    int n = 0, signal = SIGSEGV;
    if (ptrace(PTRACE_GETREGS, tid, 0, &regs) < 0) die("get registers");
    while (signal == SIGSEGV && in_window(&info)) {
        if (n == 4) errno = EFAULT, die("an instruction faults again and again");
        uint64_t address = (uint64_t) info.si_addr;
        note(n ? 't' : 'T', tid, address, &regs);
        if (!protect(tid, &regs, address, PROT_READ | PROT_WRITE)) return 0;
        opened[n++] = address;
        if (!(signal = step(tid, &info))) return 0;
    }
    /* The registers are now those after the instruction; they are what is restored from here on. */
    if (ptrace(PTRACE_GETREGS, tid, 0, &regs) < 0) die("get registers");
    while (n) {
        if (!protect(tid, &regs, opened[--n], PROT_NONE)) return 0;
    }
    if (signal == SIGTRAP) return 0;
    /* What the instruction raised (SIGBUS, say) is delivered as it came: the kernel's own copy is by now of the last step. */
    if (ptrace(PTRACE_SETSIGINFO, tid, 0, &info) < 0) die("set what came with the signal");
    return signal;
}

static uint64_t number(const char *s) {
    char *end;
    uint64_t v = strtoull(s, &end, 0);
    if (*end || end == s) errno = EINVAL, die(s);
    return v;
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: memtrap RAW BASE SIZE PROGRAM ARGUMENT...\n");
        return 2;
    }
    base = number(argv[2]), size = number(argv[3]);
    if (!(raw = fopen(argv[1], "we"))) die(argv[1]);
    fprintf(raw, "# memtrap 1 base %llx size %llx\n", (unsigned long long) base, (unsigned long long) size);
    fflush(raw);

    pid_t program = fork();
    if (program < 0) die("fork");
    if (program == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) die("be traced");
        raise(SIGSTOP);
        execvp(argv[4], argv + 4);
        die(argv[4]);
    }
    int status, code = 126;
    if (waitpid(program, &status, 0) < 0 || !WIFSTOPPED(status)) die("start the program");
    long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, program, 0, options) < 0) die("trace the program");
    ptrace(PTRACE_CONT, program, 0, 0);

    for (;;) {
        pid_t tid = waitpid(-1, &status, __WALL);
        if (tid < 0) {
            if (errno == EINTR) continue;
            break;
        }
        if (!WIFSTOPPED(status)) {
            if (tid == program) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        int deliver = WSTOPSIG(status), event = status >> 16;
        siginfo_t info;
        /* A stop for an event of ptrace, and the first stop of a new thread, carry no signal of the program. */
        if (event || deliver == SIGSTOP) {
            deliver = 0;
        } else if (deliver == SIGSEGV && ptrace(PTRACE_GETSIGINFO, tid, 0, &info) == 0 && in_window(&info)) {
            deliver = carry_out(tid, info);
            while (holding) syscall(SYS_tkill, tid, held[--holding]);
        }
        ptrace(PTRACE_CONT, tid, 0, deliver);
    }
    fprintf(raw, "E\n");
    if (fclose(raw)) die(argv[1]);
    return code;
}
