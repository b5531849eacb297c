/* Channels: the connections through which requests come. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>

struct channel channels[MAX_CHANNELS];
int channel_count;

static u8 request[BUFFER_SIZE];
static u8 answer[BUFFER_SIZE];

enum { MSG_WAITALL_ = 0x100, MSG_NOSIGNAL_ = 0x4000 };

void channel_add(int fd)
{
	if (channel_count == MAX_CHANNELS) {
		SYS(__NR_close, fd);
		return;
	}
	channels[channel_count++] = (struct channel){fd, 0, 0};
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

static int receive(int fd, u8 *to, u64 size)
{
	while (size) {
		long n = SYS(__NR_recvfrom, fd, to, size, MSG_WAITALL_, 0, 0);
		if (n == -EINTR)
			continue;
		if (n <= 0)
			return 0;
		to += n;
		size -= (u64)n;
	}
	return 1;
}

static int transmit(int fd, const u8 *from, u64 size)
{
	while (size) {
		long n = SYS(__NR_sendto, fd, from, size, MSG_NOSIGNAL_, 0, 0);
		if (n == -EINTR)
			continue;
		if (n <= 0)
			return 0;
		from += n;
		size -= (u64)n;
	}
	return 1;
}

void channel_serve(int index)
{
	struct channel *c = &channels[index];
	struct request q;
	if (!receive(c->fd, request, sizeof q)) {
		channel_remove(index, 1);
		return;
	}
	memcpy(&q, request, sizeof q);
	if (q.size < sizeof q || q.size > BUFFER_SIZE)
		die(70);
	if (!receive(c->fd, request + sizeof q, q.size - sizeof q)) {
		channel_remove(index, 1);
		return;
	}
	u32 size = batch_run(request, c, answer);
	if (!size)
		return; /* a new child: its channels were laid anew */
	int sent = transmit(c->fd, answer, size);
	if (!sent || c->raw)
		channel_remove(index, !c->raw);
}

void channel_broadcast(const void *frame, u32 size)
{
	for (int i = 0; i < channel_count; i++)
		transmit(channels[i].fd, frame, size);
}
