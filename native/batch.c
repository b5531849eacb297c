/* Decodes one request, makes its calls in order and writes the answer. Policy-free: what is asked is done. */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/sched.h>

static i64 slots[SLOTS];

/* Whole pages, so that an init can forget them; 64 KiB is the largest page of arm64. */
static u8 answer[BUFFER_SIZE] __attribute__((aligned(1 << 16)));

/* One request on its way through. */
struct batch {
	struct request q;
	struct channel *channel;
	u8 *at, *end; /* what is left of the calls */
	u8 *data;
	u64 data_size;
	u32 used; /* bytes of the answer so far */
	int done;
	long error;
};

/* A call as it stands in the request. */
struct order {
	struct call c;
	u8 *args, *relocs, *allow;
};

static void *take(struct batch *b, u64 size)
{
	u8 *p = b->at;
	if (size > (u64)(b->end - p))
		die(70);
	b->at += size;
	return p;
}

static void open_batch(struct batch *b, u8 *buffer)
{
	struct request *q = &b->q;
	memcpy(q, buffer, sizeof *q);
	if (q->size > BUFFER_SIZE || q->data > q->size || q->data < sizeof *q || (q->data & 7) ||
	    q->scratch > BUFFER_SIZE - q->size)
		die(70);
	b->at = buffer + sizeof *q;
	b->data = b->end = buffer + q->data;
	b->data_size = q->size - q->data + (u64)q->scratch;
	b->used = sizeof(struct reply);
}

static struct order read_order(struct batch *b)
{
	struct order o;
	memcpy(&o.c, take(b, sizeof o.c), sizeof o.c);
	o.args = take(b, 8ull * o.c.nargs);
	o.relocs = take(b, sizeof(struct reloc) * (u64)o.c.nrelocs);
	o.allow = take(b, 2ull * o.c.nallow);
	if (o.c.nargs > MAX_ARGS || (o.c.slot >= SLOTS && o.c.slot != NO_SLOT))
		die(70);
	if (o.c.out_at > b->data_size || o.c.out_size > b->data_size - o.c.out_at)
		die(70);
	return o;
}

static void apply_relocs(const struct batch *b, const struct order *o)
{
	for (int i = 0; i < o->c.nrelocs; i++) {
		struct reloc r;
		memcpy(&r, o->relocs + (u64)i * sizeof r, sizeof r);
		u64 width = r.kind == RELOC_SLOT32 ? 4 : 8;
		if (r.kind > RELOC_SLOT64 || r.at > b->data_size || b->data_size - r.at < width)
			die(70);
		if (r.kind == RELOC_POINTER ? r.target > b->data_size : r.target >= SLOTS)
			die(70);
		u64 value = r.kind == RELOC_POINTER ? (u64)(unsigned long)(b->data + r.target) : (u64)slots[r.target];
		memcpy(b->data + r.at, &value, width);
	}
}

static long resolve(const struct batch *b, u32 kind, u64 value)
{
	switch (kind) {
	case ARG_VALUE:
		return (long)value;
	case ARG_POINTER:
		if (value > b->data_size)
			die(70);
		return (long)(b->data + value);
	case ARG_SLOT:
		if (value >= SLOTS)
			die(70);
		return (long)slots[value];
	case ARG_CHANNEL:
		return b->channel->fd;
	default:
		die(70);
	}
}

static int allowed(const struct order *o, i64 ret)
{
	if (ret < -4095 || ret >= 0 || (o->c.flags & CALL_ALLOW_ANY))
		return 1;
	for (int i = 0; i < o->c.nallow; i++) {
		u16 number;
		memcpy(&number, o->allow + 2 * i, 2);
		if (number == -ret)
			return 1;
	}
	return 0;
}

static void check_inside(const struct batch *b, long p, u64 size)
{
	u64 at = (u64)p - (u64)(unsigned long)b->data;
	if (at > b->data_size || b->data_size - at < size)
		die(70);
}

/*
 * clone3 is refused with ENOSYS by seccomp profiles that cannot look into its structure (Docker's), and by qemu-user.
 * clone(2) does as long as every flag fits its 32 bits, of which the lowest 8 are the signal at the exit. qemu-user 7.2
 * knows no CLONE_PIDFD there either; the child cannot be reaped by anybody else before its descriptor is opened.
 */
static long clone_process(const struct batch *b, const u8 *args, u64 size)
{
	struct clone_args a = {0};
	long pid = SYS(__NR_clone3, args, size);
	if (pid != -ENOSYS)
		return pid;
	memcpy(&a, args, size < sizeof a ? size : sizeof a);
	if (a.flags >> 32 || (a.flags & 0xff) || a.stack || a.set_tid_size)
		return pid;
	pid = SYS(__NR_clone, a.flags | a.exit_signal, 0, a.pidfd, 0, 0);
	if (pid != -EINVAL || !(a.flags & CLONE_PIDFD))
		return pid;
	check_inside(b, (long)a.pidfd, sizeof(i32));
	pid = SYS(__NR_clone, (a.flags & ~(u64)CLONE_PIDFD) | a.exit_signal, 0, 0, 0, 0);
	i32 pidfd = pid > 0 ? (i32)SYS(__NR_pidfd_open, pid, 0) : 0;
	if (pid > 0)
		memcpy((void *)a.pidfd, &pidfd, sizeof pidfd);
	return pid;
}

static long operate(const struct batch *b, u16 nr, const long *a, int *born)
{
	i32 value;
	switch (nr) {
	case OP_CLONE:
		check_inside(b, a[0], (u64)a[1]);
		long pid = clone_process(b, (const u8 *)a[0], (u64)a[1]);
		if (pid == 0) {
			channel_keep_only((int)a[2]);
			*born = 1;
		}
		return pid;
	case OP_LOAD:
		check_inside(b, a[0], sizeof value);
		memcpy(&value, (const void *)a[0], sizeof value);
		return value;
	case OP_WATCH:
		if (a[4])
			check_inside(b, a[3], (u64)a[4]);
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

/* Writes the head of the answer and sends it. Afterwards there is an empty answer for what is still to come. */
static int send_answer(struct batch *b)
{
	struct reply r = {b->used, b->q.seq, FRAME_REPLY, (u16)b->done, (i32)b->error};
	memcpy(answer, &r, sizeof r);
	b->used = sizeof r;
	return channel_send(b->channel, answer, r.size);
}

/* Calls that do not come back when all goes well. */
static int leaves(u16 nr)
{
	return nr == __NR_execve || nr == __NR_execveat || nr == __NR_exit_group || nr == __NR_exit || nr == OP_INIT;
}

static u32 out_size_of(const struct call *c, i64 ret)
{
	if (ret < 0 && ret >= -4095)
		return 0;
	return (c->flags & CALL_OUT_RET) && (u64)ret < c->out_size ? (u32)ret : c->out_size;
}

/* 0: the brain has gone. */
static int add_result(struct batch *b, const struct call *c, i64 ret, const struct result_trace *t)
{
	struct result r = {ret, out_size_of(c, ret), 0};
	u32 traced = b->q.flags & REQUEST_TRACE ? sizeof *t : 0;
	/* One result always fits an empty answer: the header and call that asked for it took as much of the request. */
	if (sizeof r + traced + r.out_size > BUFFER_SIZE - b->used && !send_answer(b))
		return 0;
	memcpy(answer + b->used, &r, sizeof r);
	memcpy(answer + b->used + sizeof r, t, traced);
	memcpy(answer + b->used + sizeof r + traced, b->data + c->out_at, r.out_size);
	b->used += sizeof r + traced + r.out_size;
	return 1;
}

/* A channel that became an end of a pump carries no more requests. */
static void mark_raw(struct channel *channel, const struct call *c)
{
	for (int i = 0; i < 2 && c->nr == OP_PUMP; i++)
		if (((c->kinds >> (4 * i)) & 15) == ARG_CHANNEL)
			channel->raw = 1;
}

/* Makes the next call; `sent`: the brain was there for every part of the answer. */
static void step(struct batch *b, int *born, int *sent)
{
	struct order o = read_order(b);
	struct result_trace t = {0, 0};
	long a[MAX_ARGS] = {0};
	apply_relocs(b, &o);
	for (int i = 0; i < o.c.nargs; i++) {
		memcpy(a + i, o.args + 8 * i, 8);
		a[i] = resolve(b, (o.c.kinds >> (4 * i)) & 15, (u64)a[i]);
	}
	/* What is known so far goes out before: the closed channel then means that the call did what it should. */
	if (leaves(o.c.nr) && !(*sent = send_answer(b)))
		return;
	i64 ret;
	t.start = b->q.flags & REQUEST_TRACE ? now(1) : 0;
	do
		ret = o.c.nr >= OP_CLONE ? operate(b, o.c.nr, a, born) : raw_syscall(o.c.nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	while (ret == -EAGAIN && o.c.retries-- > 0);
	if (*born)
		return;
	t.duration = b->q.flags & REQUEST_TRACE ? now(1) - t.start : 0;
	if (o.c.slot != NO_SLOT)
		slots[o.c.slot] = ret;
	if (ret >= 0)
		mark_raw(b->channel, &o.c);
	*sent = add_result(b, &o.c, ret, &t);
	b->error = allowed(&o, ret) ? 0 : -ret;
	b->done++;
}

enum batch_end batch_run(u8 *buffer, struct channel *channel)
{
	struct channel nobody = {-1, -1, 0, 0};
	struct batch b = {.channel = channel};
	int born = 0, sent = 1;
	open_batch(&b, buffer);
	if (b.q.flags & REQUEST_UNANSWERED)
		b.channel = &nobody;
	if ((b.q.flags & REQUEST_CHAINED) && channel->failed) {
		b.error = ECANCELED;
		return send_answer(&b) ? BATCH_ANSWERED : BATCH_LOST;
	}
	memset(buffer + b.q.size, 0, b.q.scratch);
	while (b.done < b.q.calls && !b.error && sent) {
		step(&b, &born, &sent);
		if (born)
			return BATCH_BORN;
	}
	if (!(b.q.flags & REQUEST_APART))
		channel->failed = b.error != 0;
	return sent && send_answer(&b) && b.channel == channel ? BATCH_ANSWERED : BATCH_LOST;
}

void batch_forget(void)
{
	memory_forget(answer, sizeof answer);
}
