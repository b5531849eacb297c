/* The reaper for `--init`: pid 1 that forwards signals to its child, reaps everything, and leaves with the child's status. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/wait.h>

enum { SIGCHLD_ = 17 };

struct signal_info { i32 signo, error, code, rest[29]; };

/* Takes the dead in; leaves when `pid` is among them. */
static void reap(int pid)
{
	for (;;) {
		int status = 0;
		long gone = SYS(__NR_wait4, -1, &status, WNOHANG, 0);
		if (gone == pid)
			die(status & 127 ? 128 + (status & 127) : (status >> 8) & 255);
		if (gone == -ECHILD)
			die(71); /* pid was no child of ours */
		if (gone <= 0)
			return;
	}
}

void init_run(int pid)
{
	u64 all = ~0ull;
	SYS(__NR_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, 0, 8);
	/* This process stays inside the container: nothing of the host, neither descriptor nor request, stays in it. */
	SYS(__NR_close_range, 3, ~0u, 0);
	channel_forget();
	batch_forget();
	for (;;) {
		struct signal_info info = {0};
		reap(pid); /* first, for a child that left before its signal was blocked */
		long signal = SYS(__NR_rt_sigtimedwait, &all, &info, 0, 8);
		if (signal > 0 && signal != SIGCHLD_)
			SYS(__NR_kill, pid, signal);
	}
}
