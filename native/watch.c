/* Watches: tell the exit of a child, keep its status in a file, and run a request that was left for that moment. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/wait.h>

struct watch { int pidfd, status_fd, id, stay; u8 *request; u64 mapped; };

static struct watch watches[MAX_WATCHES];
static int watch_count, next_id = 1;

/* The part of siginfo_t that waitid fills. */
struct wait_info { i32 signo, error, code, pad, pid; u32 uid; i32 status; i32 rest[25]; };

long watch_add(int pidfd, int status_fd, int stay, const u8 *request, u64 size)
{
	if (watch_count == MAX_WATCHES)
		return -EMFILE;
	u8 *copy = 0;
	u64 mapped = 0;
	if (size) {
		if (size < sizeof(struct request) || size > BUFFER_SIZE)
			return -EINVAL;
		mapped = BUFFER_SIZE; /* room for the scratch too; untouched pages cost nothing */
		long p = SYS(__NR_mmap, 0, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p < 0 && p > -4096)
			return p;
		copy = (u8 *)p;
		memcpy(copy, request, size);
	}
	watches[watch_count++] = (struct watch){pidfd, status_fd, next_id, stay, copy, mapped};
	return next_id++;
}

void watch_poll_add(void)
{
	for (int i = 0; i < watch_count; i++)
		loop_poll(watches[i].pidfd, POLLIN);
}

int watch_must_stay(void)
{
	for (int i = 0; i < watch_count; i++)
		if (watches[i].stay)
			return 1;
	return 0;
}

void watch_forget(void)
{
	watch_count = 0;
}

static void run_left_request(struct watch *w)
{
	static u8 unread[BUFFER_SIZE];
	struct channel nobody = {-1, 0, 0};
	struct request q;
	if (!w->request)
		return;
	memcpy(&q, w->request, sizeof q);
	if (q.size <= BUFFER_SIZE && q.size >= sizeof q)
		batch_run(w->request, &nobody, unread);
	SYS(__NR_munmap, w->request, w->mapped);
}

static void tell(struct watch *w)
{
	struct wait_info info = {0};
	struct { struct reply head; struct exit_event event; } f = {0};
	long n = SYS(__NR_waitid, P_PIDFD, w->pidfd, &info, WEXITED, 0);
	f.event = (struct exit_event){info.pid, n < 0 ? (i32)n : info.code, info.status, 0, now(0)};
	f.head = (struct reply){sizeof f, (u32)w->id, FRAME_EXIT_EVENT, 0, 0};
	pump_drain();
	if (w->status_fd >= 0)
		SYS(__NR_pwrite64, w->status_fd, &f.event, sizeof f.event, 0);
	channel_broadcast(&f, sizeof f);
}

void watch_run(void)
{
	for (int i = 0; i < watch_count; i++) {
		if (!loop_polled(watches[i].pidfd, POLLIN))
			continue;
		struct watch w = watches[i];
		for (int k = i; k + 1 < watch_count; k++)
			watches[k] = watches[k + 1];
		watch_count--;
		i--;
		tell(&w);
		SYS(__NR_close, w.pidfd);
		if (w.status_fd >= 0)
			SYS(__NR_close, w.status_fd);
		run_left_request(&w);
	}
}
