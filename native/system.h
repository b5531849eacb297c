/* The ground the agent stands on: raw system calls and nothing of a C library. */
#ifndef KEELSON_SYSTEM_H
#define KEELSON_SYSTEM_H

#include "frame.h"

long raw_syscall(long nr, long a, long b, long c, long d, long e, long f);

#define SYS(nr, ...) SYS_PICK(__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)(nr, __VA_ARGS__)
#define SYS_PICK(a, b, c, d, e, f, n, ...) SYS_JOIN(n)
#define SYS_JOIN(n) SYS_##n
#define SYS_1(nr, a) raw_syscall(nr, (long)(a), 0, 0, 0, 0, 0)
#define SYS_2(nr, a, b) raw_syscall(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS_3(nr, a, b, c) raw_syscall(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS_4(nr, a, b, c, d) raw_syscall(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYS_5(nr, a, b, c, d, e) raw_syscall(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS_6(nr, a, b, c, d, e, f) raw_syscall(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

void *memcpy(void *to, const void *from, unsigned long size);
void *memset(void *to, int byte, unsigned long size);

/* Gives whole pages back; they read as zero afterwards. */
void memory_forget(void *p, u64 size);

/* What a signal handler returns to. */
void signal_return(void);

/* Nanoseconds of a clock. */
u64 now(int clock);

/* Leaves at once: 70 malformed input, 71 a limit of ours, as in sysexits.h. */
__attribute__((noreturn)) void die(int status);

#endif
