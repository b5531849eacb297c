/* The one loop: channels, listeners, watches and pumps. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/time_types.h>

enum { MAX_POLL = MAX_CHANNELS + MAX_LISTENERS + MAX_WATCHES + MAX_SOURCES + MAX_SINKS };

struct listener { int fd, poll; };

static struct pollfd polled[MAX_POLL];
static int poll_count;
static struct listener listeners[MAX_LISTENERS];
static int listener_count;

int loop_poll(int fd, short events)
{
	polled[poll_count] = (struct pollfd){fd, events, 0};
	return poll_count++;
}

/* Errors and hang-ups are events too: the read or write that follows learns which. */
short loop_events(int place)
{
	return place < 0 ? 0 : polled[place].revents;
}

long loop_listen(int fd)
{
	if (listener_count == MAX_LISTENERS)
		return -EMFILE;
	listeners[listener_count++] = (struct listener){fd, -1};
	return 0;
}

/* In a new child: connections to the parent are not for it. */
void loop_forget(void)
{
	while (listener_count)
		SYS(__NR_close, listeners[--listener_count].fd);
	poll_count = 0;
}

/* A channel can do whatever this process can: only our own user may open one (SO_PEERCRED, unix(7)). */
static void accept_channel(int index)
{
	struct { i32 pid; u32 uid, gid; } peer = {0, ~0u, ~0u};
	struct __kernel_timespec pause = {0, 10000000};
	u32 size = sizeof peer;
	long fd = SYS(__NR_accept4, listeners[index].fd, 0, 0, 02000000 /* SOCK_CLOEXEC */);
	if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
		SYS(__NR_nanosleep, &pause, 0); /* the connection stays in the queue, and poll would answer at once */
	else if (fd == -EBADF || fd == -ENOTSOCK || fd == -EINVAL || fd == -EOPNOTSUPP)
		listeners[index] = listeners[--listener_count];
	if (fd < 0)
		return;
	long known = SYS(__NR_getsockopt, fd, 1 /* SOL_SOCKET */, 17 /* SO_PEERCRED */, &peer, &size);
	if (known < 0 || (long)peer.uid != SYS(__NR_geteuid, 0))
		SYS(__NR_close, fd);
	else
		channel_add((int)fd);
}

static void poll_all(void)
{
	poll_count = 0;
	/* Watches before pumps: poll looks in this order, so an end of a process is never seen before its last output. */
	watch_poll_add();
	pump_poll_add();
	for (int i = 0; i < channel_count; i++)
		channels[i].poll = loop_poll(channels[i].fd, POLLIN);
	for (int i = 0; i < listener_count; i++)
		listeners[i].poll = loop_poll(listeners[i].fd, POLLIN);
}

int loop_is_shared(void)
{
	return poll_count > 1;
}

static long wait_for_events(void)
{
	u64 deadline = watch_deadline();
	if (!deadline)
		return SYS(__NR_ppoll, polled, poll_count, 0, 0, 8);
	u64 time = now(1);
	u64 left = deadline > time ? deadline - time : 0;
	struct __kernel_timespec t = {(i64)(left / 1000000000), (i64)(left % 1000000000)};
	return SYS(__NR_ppoll, polled, poll_count, &t, 0, 8);
}

void loop_run(void)
{
	for (;;) {
		if (!channel_count && !watch_must_stay() && !front_go_on())
			die(0);
		poll_all();
		if (channel_count == 1 && poll_count == 1 && !watch_deadline()) {
			channel_serve(0); /* nothing else can happen: no need to poll */
			continue;
		}
		if (wait_for_events() < 0)
			continue;
		pump_run();
		watch_run();
		for (int i = channel_count - 1; i >= 0; i--)
			if (i < channel_count && loop_events(channels[i].poll))
				channel_serve(i);
		for (int i = listener_count - 1; i >= 0; i--)
			if (i < listener_count && loop_events(listeners[i].poll))
				accept_channel(i);
	}
}
