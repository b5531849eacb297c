/*
 * Pumps: bytes from a source to its sinks and to a log. A source is read again only when every sink took what was
 * read before, so a slow reader slows its writer and nothing else. A sink that fails is dropped.
 */
#include "agent.h"

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/stat.h>
#include <linux/uio.h>

enum {
	CHUNK = 1 << 15,
	PIPE_PART = 4096, /* PIPE_BUF: what a blocking pipe that polls as writable takes without blocking */
	TTY_PART = 256,	  /* as much as the kernel's smallest buffer for a terminal holds */
};

/* How to write to a sink without blocking: as it is, in parts that fit, or by a flag of the call. */
enum write_mode { WRITE_WHOLE, WRITE_PIPE_PARTS, WRITE_TTY_PARTS, WRITE_NOWAIT };

struct source { int fd, log, poll; u32 stream, size; u8 used, ended, quiet, close_out; u8 data[CHUNK]; };
struct sink { int source, fd, poll; u32 sent; enum write_mode mode; };

static struct source sources[MAX_SOURCES];
static struct sink sinks[MAX_SINKS];
static int sink_count;

/*
 * O_NONBLOCK cannot be set here: it belongs to the open file, which a shell or the user's terminal may share. RWF_NOWAIT
 * does the same for one call on sockets, and on pipes since Linux 6.4; terminals know it not at all.
 */
static enum write_mode mode_of(int fd)
{
	struct statx x = {0};
	u32 termios[16];
	long flags = SYS(__NR_fcntl, fd, F_GETFL, 0);
	if (flags < 0 || (flags & O_NONBLOCK))
		return WRITE_WHOLE;
	if (SYS(__NR_statx, fd, "", 0x1000 /* AT_EMPTY_PATH */, STATX_TYPE, &x) < 0)
		return WRITE_PIPE_PARTS;
	u32 type = x.stx_mode & S_IFMT;
	if (type == S_IFIFO || type == S_IFSOCK)
		return WRITE_NOWAIT;
	return SYS(__NR_ioctl, fd, TCGETS, termios) ? WRITE_WHOLE : WRITE_TTY_PARTS;
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
		free->log = free->poll = -1;
		free->used = 1;
		free->size = free->stream = free->ended = free->quiet = free->close_out = 0;
	}
	return free;
}

long pump_add(int in, int out, int log, u32 stream, int close_out)
{
	if (in < 0)
		return -EBADF;
	if (out >= 0 && sink_count == MAX_SINKS)
		return -EMFILE;
	struct source *s = source_for(in);
	if (!s)
		return -EMFILE;
	if (log >= 0)
		s->log = log;
	if (stream)
		s->stream = stream;
	s->close_out |= close_out != 0;
	if (out >= 0)
		sinks[sink_count++] = (struct sink){(int)(s - sources), out, -1, s->size, mode_of(out)};
	return 0;
}

static int in_use(int fd, int as_source)
{
	for (int i = 0; as_source && i < MAX_SOURCES; i++)
		if (sources[i].used && sources[i].fd == fd)
			return 1;
	for (int i = 0; !as_source && i < sink_count; i++)
		if (sinks[i].fd == fd)
			return 1;
	return 0;
}

/* 0, 1 and 2 stay open: the next descriptor to be made must not get such a number. */
static void close_unused(int fd)
{
	if (fd > 2 && !in_use(fd, 0) && !in_use(fd, 1))
		SYS(__NR_close, fd);
}

/* A connection can be a source, and the sink of several sources, at once: each direction ends for itself. */
static void sink_remove(int i, int close_fd)
{
	int fd = sinks[i].fd;
	for (sink_count--; i < sink_count; i++)
		sinks[i] = sinks[i + 1];
	if (!close_fd || in_use(fd, 0))
		return;
	SYS(__NR_shutdown, fd, 1 /* SHUT_WR */);
	close_unused(fd);
}

static void source_remove(int index)
{
	struct source *s = &sources[index];
	s->used = 0;
	for (int i = sink_count - 1; i >= 0; i--)
		if (sinks[i].source == index)
			sink_remove(i, s->close_out);
	close_unused(s->fd);
}

/* In a new child: what is moved here belongs to the parent. */
void pump_forget(void)
{
	while (sink_count) {
		int fd = sinks[--sink_count].fd;
		close_unused(fd);
	}
	for (int i = 0; i < MAX_SOURCES; i++)
		if (sources[i].used) {
			sources[i].used = 0;
			close_unused(sources[i].fd);
		}
}

static int pending(int index)
{
	for (int i = 0; i < sink_count; i++)
		if (sinks[i].source == index && sinks[i].sent < sources[index].size)
			return 1;
	return 0;
}

/* A sink that has nothing to take is there for its hang-up alone, which poll(2) always tells. */
void pump_poll_add(void)
{
	for (int i = 0; i < MAX_SOURCES; i++) {
		int wanted = sources[i].used && !sources[i].ended && !pending(i);
		sources[i].poll = wanted ? loop_poll(sources[i].fd, POLLIN) : -1;
	}
	for (int i = 0; i < sink_count; i++)
		sinks[i].poll = loop_poll(sinks[i].fd, sinks[i].sent < sources[sinks[i].source].size ? POLLOUT : 0);
}

int pump_quiet(void)
{
	for (int i = 0; i < MAX_SOURCES; i++)
		if (sources[i].used && sources[i].stream && !sources[i].quiet)
			return 0;
	return 1;
}

/* A record is whole or not there: what a full disk cut off is taken back, or all that follows would be misread. */
static void write_log(const struct source *s)
{
	struct log_record r = {now(0), s->size, s->stream};
	struct iovec parts[2] = {{&r, sizeof r}, {(void *)s->data, s->size}};
	long n = SYS(__NR_writev, s->log, parts, 2);
	if (n > 0 && (u64)n < sizeof r + s->size) {
		long end = SYS(__NR_lseek, s->log, 0, 2 /* SEEK_END */);
		if (end >= n)
			SYS(__NR_ftruncate, s->log, end - n);
	}
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

/*
 * What a blocking terminal that polls as writable takes without blocking: its line discipline asks for room once for a run
 * of printed bytes, and once for each other byte (n_tty_write in drivers/tty/n_tty.c).
 */
static u64 tty_part(const u8 *bytes, u64 size)
{
	u64 n = 0;
	while (n < size && n < TTY_PART && bytes[n] >= ' ')
		n++;
	return n ? n : 1;
}

static void sink_write(int i)
{
	struct sink *k = &sinks[i];
	struct source *s = &sources[k->source];
	struct iovec part = {s->data + k->sent, s->size - k->sent};
	if (k->mode == WRITE_PIPE_PARTS && part.iov_len > PIPE_PART)
		part.iov_len = PIPE_PART;
	if (k->mode == WRITE_TTY_PARTS)
		part.iov_len = tty_part(s->data + k->sent, part.iov_len);
	long n = k->mode == WRITE_NOWAIT ? SYS(__NR_pwritev2, k->fd, &part, 1, -1, -1, RWF_NOWAIT)
					 : SYS(__NR_writev, k->fd, &part, 1);
	if (n == -EOPNOTSUPP && k->mode == WRITE_NOWAIT)
		k->mode = WRITE_PIPE_PARTS;
	else if (n > 0)
		k->sent += (u32)n;
	else if (n != -EINTR && n != -EAGAIN)
		sink_remove(i, 1);
}

void pump_run(void)
{
	for (int i = sink_count - 1; i >= 0; i--) {
		short events = loop_events(sinks[i].poll);
		if (events && sinks[i].sent < sources[sinks[i].source].size)
			sink_write(i);
		else if (events)
			sink_remove(i, 1);
	}
	for (int i = 0; i < MAX_SOURCES; i++) {
		struct source *s = &sources[i];
		s->quiet = s->poll >= 0 && !loop_events(s->poll);
		if (s->used && loop_events(s->poll))
			source_read(s);
		if (s->used && s->ended && !pending(i))
			source_remove(i);
	}
}
