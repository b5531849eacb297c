/* The reaper for `--init`: pid 1 that forwards signals to its child, reaps everything, and leaves with the child's status. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/wait.h>

enum { SIGCHLD_ = 17 };

struct signal_info { i32 signo, error, code, rest[29]; };

void init_run(int pid)
{
	u64 all = ~0ull;
	SYS(__NR_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, 0, 8);
	for (;;) {
		struct signal_info info = {0};
		long signal = SYS(__NR_rt_sigtimedwait, &all, &info, 0, 8);
		if (signal > 0 && signal != SIGCHLD_)
			SYS(__NR_kill, pid, signal);
		for (;;) {
			int status = 0;
			long gone = SYS(__NR_wait4, -1, &status, WNOHANG, 0);
			if (gone == pid)
				die(status & 127 ? 128 + (status & 127) : (status >> 8) & 255);
			if (gone == -ECHILD)
				die(0);
			if (gone <= 0)
				break;
		}
	}
}
