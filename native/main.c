/* The agent: executes the system calls that it is sent over descriptor 3 and answers their results. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>

enum { CHANNEL_FD = 3, F_ADD_SEALS_ = 1033, F_GET_SEALS_ = 1034, ALL_SEALS = 15 };

/*
 * A container can reach the program file of a process that enters it through /proc/PID/exe and write to it once it
 * runs no more (CVE-2019-5736). So the agent runs from a sealed copy in memory that nobody can write.
 */
static void run_from_sealed_copy(char **argv, char **envp)
{
	static u8 part[1 << 16];
	long self = SYS(__NR_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0);
	if (self < 0 || SYS(__NR_fcntl, self, F_GET_SEALS_, 0) == ALL_SEALS) {
		SYS(__NR_close, self);
		return;
	}
	long copy = SYS(__NR_memfd_create, "keelson-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x10 /* MFD_EXEC, Linux 6.3 */);
	if (copy < 0)
		copy = SYS(__NR_memfd_create, "keelson-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0)
		die(71);
	for (;;) {
		long n = SYS(__NR_read, self, part, sizeof part);
		if (n <= 0)
			break;
		if (SYS(__NR_write, copy, part, n) != n)
			die(71);
	}
	SYS(__NR_close, self);
	if (SYS(__NR_fcntl, copy, F_ADD_SEALS_, ALL_SEALS) < 0)
		die(71);
	SYS(__NR_execveat, copy, "", argv, envp, 0x1000 /* AT_EMPTY_PATH */);
	die(71);
}

__attribute__((noreturn, used)) void start(long *stack)
{
	char **argv = (char **)(stack + 1);
	run_from_sealed_copy(argv, argv + stack[0] + 1);
	SYS(__NR_prctl, 15 /* PR_SET_NAME */, "keelson-agent");
	SYS(__NR_fcntl, CHANNEL_FD, F_SETFD, FD_CLOEXEC);
	channel_add(CHANNEL_FD);
	loop_run();
}
