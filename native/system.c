#include "system.h"

#include <asm/unistd.h>
#include <linux/time_types.h>

#if defined(__x86_64__)
long raw_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
__asm__(".globl signal_return\nsignal_return:\n\tmov $15, %eax\n\tsyscall\n"); /* rt_sigreturn */
#elif defined(__aarch64__)
long raw_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tand sp, x0, #-16\n\tbl start\n");
__asm__(".globl signal_return\nsignal_return:\n\tmov x8, #139\n\tsvc 0\n"); /* rt_sigreturn */
#else
#error "the agent knows x86-64 and arm64"
#endif

/* The compiler calls these three by name, also in freestanding code. */
void *memcpy(void *to, const void *from, unsigned long size)
{
	u8 *t = to;
	const u8 *f = from;
#if defined(__x86_64__)
	__asm__ volatile("rep movsb" : "+D"(t), "+S"(f), "+c"(size) : : "memory");
#else
	while (size--)
		*t++ = *f++;
#endif
	return to;
}

void *memset(void *to, int byte, unsigned long size)
{
	u8 *t = to;
#if defined(__x86_64__)
	__asm__ volatile("rep stosb" : "+D"(t), "+c"(size) : "a"(byte) : "memory");
#else
	while (size--)
		*t++ = (u8)byte;
#endif
	return to;
}

void memory_forget(void *p, u64 size)
{
	SYS(__NR_madvise, p, size, 4 /* MADV_DONTNEED */);
}

u64 now(int clock)
{
	struct __kernel_timespec t = {0, 0};
	SYS(__NR_clock_gettime, clock, &t);
	return (u64)t.tv_sec * 1000000000ull + (u64)t.tv_nsec;
}

void die(int status)
{
	for (;;)
		SYS(__NR_exit_group, status);
}
