/* The agent: executes the system calls that it is sent over a descriptor and answers their results. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>

enum { FIRST_FD = 3, F_ADD_SEALS_ = 1033, F_GET_SEALS_ = 1034, ALL_SEALS = 15 };
enum { SA_RESTORER_ = 0x04000000, SA_RESTART_ = 0x10000000 };

/*
 * A container can reach the program file of a process that enters it through /proc/PID/exe and write to it once it
 * runs no more (CVE-2019-5736). So the agent runs from a sealed copy in memory that nobody can write.
 */
static void run_from_sealed_copy(char **argv, char **envp, int as_front)
{
	long n, self = SYS(__NR_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0);
	if (self < 0)
		die(71);
	n = SYS(__NR_fcntl, self, F_GET_SEALS_, 0);
	if (n >= 0 && (n & ALL_SEALS) == ALL_SEALS) {
		SYS(__NR_close, self);
		return;
	}
	if (as_front)
		front_name(argv);
	long copy = SYS(__NR_memfd_create, "keelson-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x10 /* MFD_EXEC, Linux 6.3 */);
	if (copy < 0)
		copy = SYS(__NR_memfd_create, "keelson-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0)
		die(71);
	do
		n = SYS(__NR_sendfile, copy, self, 0, 1 << 20);
	while (n > 0);
	if (n < 0 || SYS(__NR_fcntl, copy, F_ADD_SEALS_, ALL_SEALS) < 0)
		die(71);
	SYS(__NR_close, self);
	SYS(__NR_execveat, copy, "", argv, envp, 0x1000 /* AT_EMPTY_PATH */);
	die(71);
}

static void nothing(int signal)
{
	(void)signal;
}

/*
 * A reader that went away is an errno of write(2), not the end of this process. A handler does that without trace: what
 * execve starts gets the default action again, while an ignored or blocked signal would be inherited.
 */
static void survive_broken_pipes(void)
{
	struct { void (*handler)(int); unsigned long flags; void (*restorer)(void); u64 mask; } action = {
		nothing, SA_RESTORER_ | SA_RESTART_, signal_return, 0};
	SYS(__NR_rt_sigaction, 13 /* SIGPIPE */, &action, 0, 8);
}

/* Descriptors below the channel's, from 3 on, are for a program to come: how many is the one digit-only argument. */
static int channel_fd(const char *kept)
{
	int n = 0;
	for (; *kept >= '0' && *kept <= '9' && n < 1000; kept++)
		n = 10 * n + *kept - '0';
	return FIRST_FD + n;
}

/* Whoever starts an agent calls it so; by any other name this program is the front of keelson-runtime. */
static int is_agent(const char *name)
{
	static const char agent[] = "keelson-agent";
	const char *base = name;
	int i = 0;
	for (; *name; name++)
		if (*name == '/')
			base = name + 1;
	while (agent[i] && base[i] == agent[i])
		i++;
	return !agent[i];
}

/* An agent with a second argument runs as it is: an emulator cannot execute a file in memory. */
__attribute__((noreturn, used)) void start(long *stack)
{
	char **argv = (char **)(stack + 1), **envp = argv + stack[0] + 1;
	int as_front = stack[0] > 0 && !is_agent(argv[0]);
	if (as_front || stack[0] < 3)
		run_from_sealed_copy(argv, envp, as_front);
	SYS(__NR_prctl, 15 /* PR_SET_NAME */, as_front ? "keelson-runtime" : "keelson-agent");
	survive_broken_pipes();
	/* Channels for later children come as further descriptors: none may reach a program. */
	if (SYS(__NR_close_range, FIRST_FD, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		die(71);
	if (as_front)
		front_begin(argv, envp);
	else
		channel_add(channel_fd(stack[0] > 1 ? argv[1] : ""));
	loop_run();
}
