/* Watches: tell the exit of a child, keep its status in a file, and run a request that was left for that moment. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/wait.h>

/* How long a reader that takes nothing can hold up the news of an exit, in nanoseconds. */
static const u64 GRACE = 1000000000;

struct watch {
	int pidfd, status_fd, id, stay, poll;
	int told; /* and its request waits until nobody asks us anything any more */
	u64 deadline; /* not 0: the process is gone, and its output is being moved */
	u8 *request;
	struct exit_event event;
};

static struct watch watches[MAX_WATCHES];
static int watch_count, next_id = 1;
static int lingers; /* a monitor whose work is done leaves only when the last output was taken */

/* The part of siginfo_t that waitid fills. */
struct wait_info { i32 signo, error, code, pad, pid; u32 uid; i32 status; i32 rest[25]; };

long watch_add(int pidfd, int status_fd, int stay, const u8 *request, u64 size)
{
	u8 *copy = 0;
	if (watch_count == MAX_WATCHES)
		return -EMFILE;
	if (size) {
		struct request q;
		if (size < sizeof q || size > BUFFER_SIZE)
			return -EINVAL;
		memcpy(&q, request, sizeof q);
		if (q.size != size)
			return -EINVAL;
		/* Room for the scratch too; untouched pages cost nothing. */
		long p = SYS(__NR_mmap, 0, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p < 0 && p > -4096)
			return p;
		copy = (u8 *)p;
		memcpy(copy, request, size);
	}
	watches[watch_count++] = (struct watch){pidfd, status_fd, next_id, stay, -1, 0, 0, copy, {0}};
	return next_id++;
}

void watch_poll_add(void)
{
	for (int i = 0; i < watch_count; i++)
		watches[i].poll = watches[i].deadline ? -1 : loop_poll(watches[i].pidfd, POLLIN);
}

int watch_must_stay(void)
{
	for (int i = 0; i < watch_count; i++)
		if (watches[i].stay)
			return 1;
	return lingers && !pump_quiet();
}

u64 watch_deadline(void)
{
	u64 first = 0;
	for (int i = 0; i < watch_count; i++) {
		u64 due = watches[i].told ? !channel_count : watches[i].deadline;
		if (due && (!first || due < first))
			first = due;
	}
	return first;
}

static void let_go(struct watch *w)
{
	SYS(__NR_close, w->pidfd);
	if (w->status_fd >= 0)
		SYS(__NR_close, w->status_fd);
	if (w->request)
		SYS(__NR_munmap, w->request, BUFFER_SIZE);
}

/* In a new child: these are the parent's children. */
void watch_forget(void)
{
	while (watch_count)
		let_go(&watches[--watch_count]);
	lingers = 0;
}

static void reap(struct watch *w)
{
	struct wait_info info = {0};
	long n = SYS(__NR_waitid, P_PIDFD, w->pidfd, &info, WEXITED, 0);
	w->event = (struct exit_event){info.pid, n < 0 ? (i32)n : info.code, info.status, 0, now(0)};
	w->deadline = now(1) + GRACE;
}

static void tell(const struct watch *w)
{
	struct { struct reply head; struct exit_event event; } f;
	f.head = (struct reply){sizeof f, (u32)w->id, FRAME_EXIT_EVENT, 0, 0};
	f.event = w->event;
	if (w->status_fd >= 0)
		SYS(__NR_pwrite64, w->status_fd, &f.event, sizeof f.event, 0);
	channel_broadcast(&f, sizeof f);
	lingers |= w->stay;
}

/* Everything that a process wrote before it went is moved before its exit is told: the pumps have run in this round. */
void watch_run(void)
{
	for (int i = 0; i < watch_count; i++) {
		struct watch *w = &watches[i], done;
		struct channel nobody = {-1, -1, 0, 0};
		if (!w->deadline && loop_events(w->poll))
			reap(w);
		if (!w->deadline || (!w->told && !pump_quiet() && now(1) < w->deadline))
			continue;
		if (!w->told)
			tell(w);
		w->told = 1;
		/* A program may end while the engine that starts it still has calls to make: the request can be an execve. */
		if (w->request && w->stay && channel_count)
			continue;
		done = *w;
		for (int k = i--; k + 1 < watch_count; k++)
			watches[k] = watches[k + 1];
		watch_count--;
		if (done.request && batch_run(done.request, &nobody) == BATCH_BORN)
			return;
		let_go(&done);
	}
}
