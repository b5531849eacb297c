/* The one loop: channels, listeners, watches and pumps. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/poll.h>

enum { MAX_POLL = MAX_CHANNELS + MAX_LISTENERS + MAX_WATCHES + MAX_SOURCES + MAX_SINKS };

static struct pollfd polled[MAX_POLL];
static int poll_count;
static int listeners[MAX_LISTENERS];
static int listener_count;

void loop_poll(int fd, short events)
{
	polled[poll_count++] = (struct pollfd){fd, events, 0};
}

/* Errors and hang-ups count as events: the read or write that follows learns which. */
int loop_polled(int fd, short events)
{
	for (int i = 0; i < poll_count; i++)
		if (polled[i].fd == fd && (polled[i].events & events) &&
		    (polled[i].revents & (events | POLLHUP | POLLERR | POLLNVAL)))
			return 1;
	return 0;
}

long loop_listen(int fd)
{
	if (listener_count == MAX_LISTENERS)
		return -EMFILE;
	listeners[listener_count++] = fd;
	return 0;
}

void loop_forget(void)
{
	listener_count = 0;
	poll_count = 0;
}

/* A channel can do whatever this process can: only our own user may open one (SO_PEERCRED, unix(7)). */
static void accept_channel(int listener)
{
	struct { i32 pid; u32 uid, gid; } peer = {0, ~0u, ~0u};
	u32 size = sizeof peer;
	long fd = SYS(__NR_accept4, listener, 0, 0, 02000000 /* SOCK_CLOEXEC */);
	if (fd < 0)
		return;
	long known = SYS(__NR_getsockopt, fd, 1 /* SOL_SOCKET */, 17 /* SO_PEERCRED */, &peer, &size);
	if (known < 0 || (long)peer.uid != SYS(__NR_geteuid, 0))
		SYS(__NR_close, fd);
	else
		channel_add((int)fd);
}

static int only_a_channel(void)
{
	poll_count = 0;
	watch_poll_add();
	pump_poll_add();
	return channel_count == 1 && !poll_count && !listener_count;
}

void loop_run(void)
{
	for (;;) {
		if (!channel_count && !watch_must_stay())
			die(0);
		if (only_a_channel()) {
			channel_serve(0);
			continue;
		}
		for (int i = 0; i < channel_count; i++)
			loop_poll(channels[i].fd, POLLIN);
		for (int i = 0; i < listener_count; i++)
			loop_poll(listeners[i], POLLIN);
		if (SYS(__NR_ppoll, polled, poll_count, 0, 0, 8) < 0)
			continue;
		pump_run();
		watch_run();
		for (int i = 0; i < listener_count; i++)
			if (loop_polled(listeners[i], POLLIN))
				accept_channel(listeners[i]);
		for (int i = channel_count - 1; i >= 0; i--)
			if (i < channel_count && loop_polled(channels[i].fd, POLLIN))
				channel_serve(i);
	}
}
