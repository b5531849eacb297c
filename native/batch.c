/* Decodes one request, makes its calls in order and writes the answer. Policy-free: what is asked is done. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/sched.h>

static i64 slots[SLOTS];

struct cursor { u8 *at, *end; };

static void *take(struct cursor *c, u64 size)
{
	u8 *p = c->at;
	if (size > (u64)(c->end - c->at))
		die(70);
	c->at += size;
	return p;
}

static void apply_relocs(const u8 *relocs, int count, u8 *data, u64 data_size)
{
	for (int i = 0; i < count; i++) {
		struct reloc r;
		memcpy(&r, relocs + (u64)i * sizeof r, sizeof r);
		u64 width = r.kind == RELOC_SLOT32 ? 4 : 8;
		if (r.kind > RELOC_SLOT64 || r.at > data_size || data_size - r.at < width)
			die(70);
		if (r.kind == RELOC_POINTER ? r.target > data_size : r.target >= SLOTS)
			die(70);
		u64 value = r.kind == RELOC_POINTER ? (u64)(unsigned long)(data + r.target) : (u64)slots[r.target];
		memcpy(data + r.at, &value, width);
	}
}

static long resolve(u32 kind, u64 value, u8 *data, u64 data_size, int channel_fd)
{
	switch (kind) {
	case ARG_VALUE:
		return (long)value;
	case ARG_POINTER:
		if (value > data_size)
			die(70);
		return (long)(data + value);
	case ARG_SLOT:
		if (value >= SLOTS)
			die(70);
		return (long)slots[value];
	case ARG_CHANNEL:
		return channel_fd;
	default:
		die(70);
	}
}

static int allowed(const struct call *c, const u8 *allow, i64 ret)
{
	if (ret < -4095 || ret >= 0 || (c->flags & CALL_ALLOW_ANY))
		return 1;
	for (int i = 0; i < c->nallow; i++) {
		u16 number;
		memcpy(&number, allow + 2 * i, 2);
		if (number == -ret)
			return 1;
	}
	return 0;
}

static int inside(const u8 *data, u64 data_size, long p, u64 size)
{
	u64 at = (u64)p - (u64)(unsigned long)data;
	return at <= data_size && data_size - at >= size;
}

/* Answers 0 for the parent's failure or success and sets *born in the child. */
static long clone_channel(const u8 *args, u64 size, int channel_fd, int *born)
{
	long pid = SYS(__NR_clone3, args, size);
	if (pid == 0) {
		channel_keep_only(channel_fd);
		*born = 1;
	}
	return pid;
}

static long operate(u16 nr, const long *a, const u8 *data, u64 data_size, int *born)
{
	switch (nr) {
	case OP_CLONE:
		if (!inside(data, data_size, a[0], (u64)a[1]))
			die(70);
		return clone_channel((const u8 *)a[0], (u64)a[1], (int)a[2], born);
	case OP_LOAD: {
		i32 value;
		if (!inside(data, data_size, a[0], sizeof value))
			die(70);
		memcpy(&value, (const void *)a[0], sizeof value);
		return value;
	}
	case OP_WATCH:
		if (a[4] && !inside(data, data_size, a[3], (u64)a[4]))
			die(70);
		return watch_add((int)a[0], (int)a[1], (int)a[2], (const u8 *)a[3], (u64)a[4]);
	case OP_PUMP:
		return pump_add((int)a[0], (int)a[1], (int)a[2], (u32)a[3], (int)a[4]);
	case OP_LISTEN:
		return loop_listen((int)a[0]);
	case OP_INIT:
		init_run((int)a[0]);
	default:
		die(70);
	}
}

static void finish(u8 *out, u32 size, u32 seq, u16 type, int done, long error)
{
	struct reply r = {size, seq, type, (u16)done, (i32)error};
	memcpy(out, &r, sizeof r);
}

/* execve succeeds without coming back: the answer so far goes out first, and the brain reads the closed channel as success. */
static void announce_exec(struct channel *channel, u8 *out, u32 size, u32 seq, int done)
{
	finish(out, size, seq, FRAME_REPLY, done, 0);
	SYS(__NR_sendto, channel->fd, out, size, 0x4000 /* MSG_NOSIGNAL */, 0, 0);
}

static void mark_raw(struct channel *channel, const struct call *c, u64 kinds)
{
	if (c->nr == OP_PUMP)
		for (int i = 0; i < 2; i++)
			if (((kinds >> (4 * i)) & 15) == ARG_CHANNEL)
				channel->raw = 1;
}

u32 batch_run(u8 *buffer, struct channel *channel, u8 *out)
{
	struct request q;
	memcpy(&q, buffer, sizeof q);
	if (q.data > q.size || q.data < sizeof q || (q.data & 7) || q.scratch > BUFFER_SIZE - q.size)
		die(70);
	u8 *data = buffer + q.data;
	u64 data_size = q.size - q.data + (u64)q.scratch;
	memset(buffer + q.size, 0, q.scratch);
	struct cursor in = {buffer + sizeof q, data};
	u32 used = sizeof(struct reply);
	if ((q.flags & REQUEST_CHAINED) && channel->failed) {
		finish(out, used, q.seq, FRAME_REPLY, 0, ECANCELED);
		return used;
	}
	channel->failed = 0;
	long error = 0;
	int done = 0;
	for (; done < q.calls && !error; done++) {
		struct call c;
		memcpy(&c, take(&in, sizeof c), sizeof c);
		u8 *args = take(&in, 8ull * c.nargs);
		u8 *relocs = take(&in, sizeof(struct reloc) * (u64)c.nrelocs);
		u8 *allow = take(&in, 2ull * c.nallow);
		if (c.nargs > MAX_ARGS || (c.slot >= SLOTS && c.slot != NO_SLOT))
			die(70);
		if (c.out_at > data_size || c.out_size > data_size - c.out_at)
			die(70);
		apply_relocs(relocs, c.nrelocs, data, data_size);
		long a[MAX_ARGS] = {0};
		for (int i = 0; i < c.nargs; i++) {
			u64 value;
			memcpy(&value, args + 8 * i, 8);
			a[i] = resolve((c.kinds >> (4 * i)) & 15, value, data, data_size, channel->fd);
		}
		struct result_trace t = {0, 0};
		if (q.flags & REQUEST_TRACE)
			t.start = now(1);
		int born = 0;
		if (c.nr == __NR_execve || c.nr == __NR_execveat)
			announce_exec(channel, out, used, q.seq, done);
		long ret = c.nr >= OP_CLONE ? operate(c.nr, a, data, data_size, &born)
					    : raw_syscall(c.nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (born)
			return 0;
		if (c.nr == __NR_execve || c.nr == __NR_execveat) {
			channel->failed = 1;
			finish(out, sizeof(struct reply), q.seq, FRAME_EXEC_FAILED, done, -ret);
			return sizeof(struct reply);
		}
		if (q.flags & REQUEST_TRACE)
			t.duration = now(1) - t.start;
		mark_raw(channel, &c, c.kinds);
		if (c.slot != NO_SLOT)
			slots[c.slot] = ret;
		if (!allowed(&c, allow, ret))
			error = -ret;
		u32 out_size = c.out_size;
		if (ret < 0 && ret >= -4095)
			out_size = 0;
		else if ((c.flags & CALL_OUT_RET) && (u64)ret < out_size)
			out_size = (u32)ret;
		u32 need = sizeof(struct result) + (q.flags & REQUEST_TRACE ? sizeof t : 0) + out_size;
		if (need > BUFFER_SIZE - used)
			die(71);
		struct result r = {ret, out_size, 0};
		memcpy(out + used, &r, sizeof r);
		used += sizeof r;
		if (q.flags & REQUEST_TRACE) {
			memcpy(out + used, &t, sizeof t);
			used += sizeof t;
		}
		memcpy(out + used, data + c.out_at, out_size);
		used += out_size;
	}
	channel->failed = error != 0;
	finish(out, used, q.seq, FRAME_REPLY, done, error);
	return used;
}
