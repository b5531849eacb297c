/*
 * Pumps: bytes from a source to its sinks and to a log. A source is read again only when every sink took what was
 * read before, so a slow reader slows its writer and nothing else. A sink that fails is dropped.
 */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/stat.h>
#include <linux/uio.h>

enum {
	CHUNK = 1 << 15,
	SAFE_WRITE = 4096, /* PIPE_BUF: what a blocking pipe that polls as writable takes without blocking */
};

struct source { int fd, log; u32 stream, size; u8 used, ended, close_out; u8 data[CHUNK]; };
struct sink { int source, fd; u32 sent; u8 whole; };

static struct source sources[MAX_SOURCES];
static struct sink sinks[MAX_SINKS];
static int sink_count;

/* May this descriptor take any size without blocking the agent? */
static u8 takes_whole(int fd)
{
	struct statx x = {0};
	long flags = SYS(__NR_fcntl, fd, F_GETFL, 0);
	if (flags >= 0 && (flags & O_NONBLOCK))
		return 1;
	return SYS(__NR_statx, fd, "", 0x1000 /* AT_EMPTY_PATH */, STATX_TYPE, &x) == 0 && (x.stx_mode & S_IFMT) == S_IFREG;
}

static struct source *source_for(int fd)
{
	struct source *free = 0;
	for (int i = 0; i < MAX_SOURCES; i++) {
		if (sources[i].used && sources[i].fd == fd)
			return &sources[i];
		if (!sources[i].used && !free)
			free = &sources[i];
	}
	if (free) {
		free->fd = fd;
		free->log = -1;
		free->used = 1;
		free->size = free->stream = free->ended = free->close_out = 0;
	}
	return free;
}

long pump_add(int in, int out, int log, u32 stream, int close_out)
{
	struct source *s = source_for(in);
	if (!s || (out >= 0 && sink_count == MAX_SINKS))
		return -EMFILE;
	if (log >= 0) {
		s->log = log;
		s->stream = stream;
	}
	s->close_out |= close_out != 0;
	if (out >= 0)
		sinks[sink_count++] = (struct sink){(int)(s - sources), out, s->size, takes_whole(out)};
	return 0;
}

void pump_forget(void)
{
	sink_count = 0;
	for (int i = 0; i < MAX_SOURCES; i++)
		sources[i].used = 0;
}

static void sink_remove(int i, int close_fd)
{
	if (close_fd) {
		SYS(__NR_shutdown, sinks[i].fd, 1 /* SHUT_WR */);
		SYS(__NR_close, sinks[i].fd);
	}
	for (sink_count--; i < sink_count; i++)
		sinks[i] = sinks[i + 1];
}

static void source_remove(int index)
{
	struct source *s = &sources[index];
	SYS(__NR_close, s->fd);
	s->used = 0;
	for (int i = sink_count - 1; i >= 0; i--)
		if (sinks[i].source == index)
			sink_remove(i, s->close_out);
}

static int pending(int index)
{
	for (int i = 0; i < sink_count; i++)
		if (sinks[i].source == index && sinks[i].sent < sources[index].size)
			return 1;
	return 0;
}

void pump_poll_add(void)
{
	for (int i = 0; i < MAX_SOURCES; i++)
		if (sources[i].used && !sources[i].ended && !pending(i))
			loop_poll(sources[i].fd, POLLIN);
	for (int i = 0; i < sink_count; i++)
		if (sinks[i].sent < sources[sinks[i].source].size)
			loop_poll(sinks[i].fd, POLLOUT);
}

static void write_log(const struct source *s)
{
	struct log_record r = {now(0), s->size, s->stream};
	struct iovec parts[2] = {{&r, sizeof r}, {(void *)s->data, s->size}};
	SYS(__NR_writev, s->log, parts, 2);
}

static void source_read(struct source *s)
{
	long n = SYS(__NR_read, s->fd, s->data, CHUNK);
	if (n == -EINTR || n == -EAGAIN)
		return;
	s->size = n > 0 ? (u32)n : 0;
	s->ended = n <= 0; /* EIO: the last user of a terminal went */
	if (s->size && s->log >= 0)
		write_log(s);
	for (int i = 0; i < sink_count; i++)
		if (sinks[i].source == s - sources)
			sinks[i].sent = 0;
}

static void sink_write(int i)
{
	struct sink *k = &sinks[i];
	struct source *s = &sources[k->source];
	u32 left = s->size - k->sent;
	if (!k->whole && left > SAFE_WRITE)
		left = SAFE_WRITE;
	long n = SYS(__NR_write, k->fd, s->data + k->sent, left);
	if (n > 0)
		k->sent += (u32)n;
	else if (n != -EINTR && n != -EAGAIN)
		sink_remove(i, 1);
}

void pump_run(void)
{
	for (int i = sink_count - 1; i >= 0; i--)
		if (sinks[i].sent < sources[sinks[i].source].size && loop_polled(sinks[i].fd, POLLOUT))
			sink_write(i);
	for (int i = 0; i < MAX_SOURCES; i++) {
		struct source *s = &sources[i];
		if (s->used && !s->ended && !pending(i) && loop_polled(s->fd, POLLIN))
			source_read(s);
		if (s->used && s->ended && !pending(i))
			source_remove(i);
	}
}

/* Everything that a process wrote before it went: what is readable now is moved before its exit is told. */
void pump_drain(void)
{
	struct pollfd p;
	for (int i = 0; i < MAX_SOURCES; i++) {
		struct source *s = &sources[i];
		while (s->used && s->stream) {
			for (int k = sink_count - 1; k >= 0; k--)
				while (k < sink_count && sinks[k].source == i && sinks[k].sent < s->size) {
					p = (struct pollfd){sinks[k].fd, POLLOUT, 0};
					if (SYS(__NR_ppoll, &p, 1, 0, 0, 8) > 0)
						sink_write(k);
				}
			p = (struct pollfd){s->fd, POLLIN, 0};
			struct { i64 s, n; } zero = {0, 0};
			if (s->ended || SYS(__NR_ppoll, &p, 1, &zero, 0, 8) <= 0)
				break;
			source_read(s);
		}
	}
}
