/* Channels: the connections through which requests come. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/poll.h>
#include <linux/time_types.h>

struct channel channels[MAX_CHANNELS];
int channel_count;
u32 channel_requests;

static u8 request[BUFFER_SIZE] __attribute__((aligned(1 << 16)));

enum { MSG_DONTWAIT_ = 0x40, MSG_NOSIGNAL_ = 0x4000, PATIENCE = 10 /* seconds */ };

void channel_add(int fd)
{
	if (channel_count == MAX_CHANNELS) {
		SYS(__NR_close, fd);
		return;
	}
	channels[channel_count++] = (struct channel){fd, -1, 0, 0};
}

static void channel_remove(int index, int close_fd)
{
	if (close_fd)
		SYS(__NR_close, channels[index].fd);
	for (channel_count--; index < channel_count; index++)
		channels[index] = channels[index + 1];
}

void channel_keep_only(int fd)
{
	for (int i = 0; i < channel_count; i++)
		if (channels[i].fd != fd)
			SYS(__NR_close, channels[i].fd);
	channel_count = 0;
	channel_add(fd);
	watch_forget();
	pump_forget();
	loop_forget();
}

void channel_forget(void)
{
	memory_forget(request, sizeof request);
}

/* A peer that stalls in the middle of a frame must not stop everything else that hangs on this process. */
static int stalled(int fd, short events)
{
	struct pollfd p = {fd, events, 0};
	struct __kernel_timespec patience = {PATIENCE, 0};
	return SYS(__NR_ppoll, &p, 1, loop_is_shared() ? &patience : 0, 0, 8) == 0;
}

/* `wait`: block until something comes. The rest of a frame is on its way, or the peer has stopped. */
static int receive(int fd, u8 *to, u64 size, int wait)
{
	for (int flags = wait ? 0 : MSG_DONTWAIT_; size;) {
		long n = SYS(__NR_recvfrom, fd, to, size, flags, 0, 0);
		if (n == -EAGAIN ? stalled(fd, POLLIN) : n <= 0 && n != -EINTR)
			return 0;
		if (n > 0) {
			to += n;
			size -= (u64)n;
			flags = MSG_DONTWAIT_;
		}
	}
	return 1;
}

int channel_send(const struct channel *c, const void *frame, u64 size)
{
	const u8 *from = frame;
	if (c->fd < 0)
		return 1; /* nobody asked */
	while (size) {
		long n = SYS(__NR_sendto, c->fd, from, size, MSG_NOSIGNAL_ | MSG_DONTWAIT_, 0, 0);
		if (n == -EAGAIN ? stalled(c->fd, POLLOUT) : n <= 0 && n != -EINTR)
			return 0;
		if (n > 0) {
			from += n;
			size -= (u64)n;
		}
	}
	return 1;
}

void channel_serve(int index)
{
	struct channel *c = &channels[index];
	struct request q;
	if (!receive(c->fd, request, sizeof q, 1)) {
		channel_remove(index, 1);
		return;
	}
	memcpy(&q, request, sizeof q);
	if (q.size < sizeof q || q.size > BUFFER_SIZE)
		die(70);
	if (!receive(c->fd, request + sizeof q, q.size - sizeof q, 0)) {
		channel_remove(index, 1);
		return;
	}
	channel_requests++;
	enum batch_end end = batch_run(request, c);
	if (end == BATCH_BORN)
		return; /* a new child: its channels were laid anew */
	if (end == BATCH_LOST || c->raw)
		channel_remove(index, !c->raw);
}

void channel_broadcast(const void *frame, u32 size)
{
	for (int i = channel_count - 1; i >= 0; i--)
		if (!channel_send(&channels[i], frame, size))
			channel_remove(i, 1);
}
