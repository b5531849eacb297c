/*
 * Feeds the agent's own sources random and mutated requests under sanitizers. The kernel is simulated: a call writes and
 * reads exactly the memory it is given, answers at random, and nothing is really done.
 *
 * agent-fuzz CORPUS FRAMES SEED [SESSION]: FRAMES requests in all, or the one session with which a report closes.
 * CORPUS is one recorded request after the other, as they go over the wire.
 */
#include "agent.h"

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/poll.h>
#include <linux/stat.h>
#include <linux/uio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void __sanitizer_set_death_callback(void (*callback)(void));
long batch_syscall(long nr, long a, long b, long c, long d, long e, long f);

enum { MAX_FRAMES = 4096, MAX_BLOCKS = 4096, SESSION_FRAMES = 8, PATIENCE = 300000 /* calls without a new request */, ACCEPTED = 1000 };

static u8 corpus[64 << 20];
static u8 *recorded[MAX_FRAMES];
static int recorded_count;

static u64 seed, random_state, session, frames_made;
static jmp_buf session_end;

static u8 stream[SESSION_FRAMES * BUFFER_SIZE];
static u64 stream_size, stream_at;
static u64 calls_since_request, clock_now;
static u32 reply_left;
static u64 channel_pace; /* one round in so many a channel has something: slow ones come to be many */
static u8 *blocks[MAX_BLOCKS]; /* memory that the agent mapped */
static int block_count;
static u8 *request_memory;
static u64 sink; /* what reading is for */
static int as_front;

static u64 next_random(void)
{
	random_state += 0x9e3779b97f4a7c15ull; /* splitmix64 */
	u64 z = random_state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static u64 below(u64 n) { return next_random() % n; }
static int one_in(u64 n) { return below(n) == 0; }

static void tell_session(void)
{
	fprintf(stderr, "agent-fuzz: seed %llu session %llu, after %llu frames\n", seed, session, frames_made);
}

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "agent-fuzz: %s\n", what);
	tell_session();
	_exit(1);
}

/* How the other sanitizer ends. */
static void on_abort(int signal)
{
	(void)signal;
	tell_session();
	_exit(1);
}

static void on_alarm(int signal)
{
	(void)signal;
	static const char text[] = "agent-fuzz: a session does not end\n";
	sink += (u64)write(2, text, sizeof text - 1);
	tell_session();
	_exit(1);
}

/* What system.c gives the agent. */
void die(int status)
{
	if (status < 0 || status > 255)
		fail("an exit status that is none");
	longjmp(session_end, 1);
}

void memory_forget(void *p, u64 size) { memset(p, 0, size); }

u64 now(int clock)
{
	clock_now += below(200000000);
	return clock == 0 ? clock_now + 1700000000000000000ull : clock_now;
}

void signal_return(void) {}

static void read_memory(const void *p, u64 size)
{
	for (u64 i = 0; i < size; i++)
		sink += ((const u8 *)p)[i];
}

static void write_memory(void *p, u64 size)
{
	u64 value = next_random();
	memset(p, (int)value, size);
	if (size >= 8)
		memcpy((u8 *)p + below(size - 7), &value, 8);
}

static u64 input_left(void) { return stream_size - stream_at; }

static long receive(u8 *to, u64 size)
{
	u64 n = one_in(4) ? 1 + below(size) : size;
	if (size == sizeof(struct request) && (!request_memory || to == request_memory))
		request_memory = to;
	if (input_left() && one_in(16))
		return one_in(2) ? -EINTR : -EAGAIN;
	if (n > input_left())
		n = input_left();
	if (n == 0)
		return 0; /* an odd rest: the peer has gone */
	memcpy(to, stream + stream_at, n);
	stream_at += n;
	calls_since_request = 0;
	return (long)n;
}

/* The brain takes an answer as native/frame.h describes it and nothing else. */
static long send_reply(const u8 *from, u64 size)
{
	struct reply r;
	if (!reply_left) {
		memcpy(&r, from, sizeof r);
		if (r.size != size || size > BUFFER_SIZE || r.type > FRAME_EXIT_EVENT || r.error < 0 || r.error > 4095)
			fail("a malformed answer");
		reply_left = r.size;
	}
	if (reply_left != size)
		fail("an answer of two sizes");
	read_memory(from, size);
	if (one_in(32)) {
		if (one_in(2))
			return -EINTR;
		reply_left = 0;
		return -EPIPE;
	}
	u64 n = one_in(8) ? 1 + below(size) : size;
	reply_left -= (u32)n;
	return (long)n;
}

static long poll_some(struct pollfd *p, u64 count)
{
	long found = 0;
	if (one_in(64) && input_left())
		return -EINTR;
	for (u64 i = 0; i < count; i++) {
		/* Once the input is over everything that can happen does, so an agent that goes on is one that hangs. */
		int is_channel = p[i].fd == 3 || p[i].fd >= ACCEPTED;
		int happens = !input_left() || one_in(is_channel ? channel_pace : 3);
		p[i].revents = happens ? (p[i].events ? p[i].events : POLLHUP) : 0;
		found += happens;
	}
	if (!found)
		reply_left = 0; /* whoever waits to send gives up */
	return found;
}

static long error_or(long value)
{
	static const int errors[] = {EINTR, EAGAIN, EIO, EBADF, EOPNOTSUPP, ENOSPC, EPIPE, ECHILD};
	return one_in(6) ? -errors[below(8)] : value;
}

static long map(u64 size)
{
	if (block_count == MAX_BLOCKS || one_in(16))
		return -ENOMEM;
	u8 *p = calloc(1, size);
	blocks[block_count++] = p;
	return (long)p;
}

static long unmap(u8 *p)
{
	for (int i = 0; i < block_count; i++)
		if (blocks[i] == p) {
			free(p);
			blocks[i] = blocks[--block_count];
			return 0;
		}
	fail("unmaps what it did not map");
}

static long write_parts(const struct iovec *parts, u64 count)
{
	u64 all = 0;
	for (u64 i = 0; i < count; i++) {
		read_memory(parts[i].iov_base, parts[i].iov_len);
		all += parts[i].iov_len;
	}
	return error_or(all ? (long)(1 + below(all)) : 0);
}

static long wait_status(int *status, int pid_wanted)
{
	*status = (int)below(1 << 16);
	return one_in(3) ? pid_wanted : one_in(3) ? -ECHILD : (long)below(3);
}

static void read_string(const char *p)
{
	read_memory(p, strlen(p) + 1);
}

/* What only the front does: it finds a brain or starts one, and becomes that. */
static long front_syscall(long nr, long a, long b, long c, long d)
{
	switch (nr) {
	case __NR_getpid:
		return as_front ? 7 : 8;
	case __NR_socket:
		return error_or((long)(ACCEPTED + below(64)));
	case __NR_socketpair:
		write_memory((void *)d, 2 * sizeof(int));
		return error_or(0);
	case __NR_connect:
		read_memory((const void *)b, (u64)c);
		return error_or(0);
	case __NR_clone:
		return one_in(4) ? 0 : error_or(9);
	case __NR_readlinkat:
		write_memory((void *)c, (u64)d);
		return error_or((long)below((u64)d + 1));
	case __NR_openat:
	case __NR_chdir:
		read_string((const char *)(nr == __NR_chdir ? a : b));
		return error_or((long)below(64));
	case __NR_execve:
		read_string((const char *)a);
		for (char **list = (char **)b; *list; list++)
			read_string(*list);
		for (char **list = (char **)c; *list; list++)
			read_string(*list);
		return -ENOENT;
	case __NR_write:
		read_memory((const void *)b, (u64)c);
		return error_or(c);
	case __NR_dup3:
	case __NR_setsid:
		return error_or(0);
	default:
		fail("a call of its own that the simulated kernel does not know");
	}
}

/* Calls that the agent makes of itself. */
long raw_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	(void)e, (void)f;
	if (++calls_since_request > PATIENCE)
		fail("it goes round and round");
	switch (nr) {
	case __NR_recvfrom:
		return receive((u8 *)b, (u64)c);
	case __NR_sendto:
		return send_reply((const u8 *)b, (u64)c);
	case __NR_ppoll:
		return poll_some((struct pollfd *)a, (u64)b);
	case __NR_accept4:
		return input_left() ? error_or((long)(ACCEPTED + below(64))) : -EINVAL;
	case __NR_getsockopt:
		memset((void *)d, (int)below(2), 12); /* struct ucred, often of our own user */
		return error_or(0);
	case __NR_mmap:
		return map((u64)b);
	case __NR_munmap:
		return unmap((u8 *)a);
	case __NR_waitid:
		write_memory((void *)c, 128); /* siginfo_t */
		return error_or(0);
	case __NR_wait4:
		return wait_status((int *)b, (int)below(8));
	case __NR_rt_sigtimedwait:
		write_memory((void *)b, 128);
		return one_in(8) ? -EINTR : (long)(1 + below(64));
	case __NR_read:
		if (!input_left())
			return 0;
		write_memory((void *)b, (u64)c);
		return error_or((long)below((u64)c + 1));
	case __NR_writev:
	case __NR_pwritev2:
		return write_parts((const struct iovec *)b, (u64)c);
	case __NR_pwrite64:
		read_memory((const void *)b, (u64)c);
		return error_or(c);
	case __NR_statx:
		read_string((const char *)b);
		write_memory((void *)e, sizeof(struct statx));
		return error_or(0);
	case __NR_ioctl:
		if ((u64)b != TCGETS)
			fail("an ioctl of its own that the simulated kernel does not know");
		write_memory((void *)c, 36); /* struct termios of the kernel, asm/termbits.h */
		return error_or(0);
	case __NR_fcntl:
		return error_or((long)below(1 << 16));
	case __NR_lseek:
		return error_or((long)below(1 << 20));
	case __NR_geteuid:
		return one_in(2) ? 0 : 0x01010101;
	case __NR_ftruncate:
	case __NR_close:
	case __NR_close_range:
	case __NR_shutdown:
	case __NR_kill:
	case __NR_nanosleep:
	case __NR_rt_sigprocmask:
		return error_or(0);
	default:
		return front_syscall(nr, a, b, c, d);
	}
}

/* How much of a request's memory lies behind an address, up to the end of the whole block; 0: it is elsewhere. */
static u64 room_behind(u8 *p)
{
	if (request_memory && p >= request_memory && p < request_memory + BUFFER_SIZE)
		return (u64)(request_memory + BUFFER_SIZE - p);
	for (int i = 0; i < block_count; i++)
		if (p >= blocks[i] && p < blocks[i] + BUFFER_SIZE)
			return (u64)(blocks[i] + BUFFER_SIZE - p);
	return 0;
}

static long some_result(void)
{
	switch (below(8)) {
	case 0:
		return -(long)(1 + below(4095));
	case 1:
		return (long)next_random();
	case 2:
		return (long)below(BUFFER_SIZE);
	default:
		return (long)below(64);
	}
}

/* Calls that a request asked for: batch.c is compiled with this in the place of raw_syscall. */
long batch_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	long args[] = {a, b, c, d, e, f};
	if (++calls_since_request > PATIENCE)
		fail("it goes round and round");
	if (nr == __NR_clone3 || nr == __NR_clone)
		return one_in(3) ? 0 : one_in(2) ? -ENOSYS : one_in(2) ? -EINVAL : some_result();
	if (nr == __NR_exit || nr == __NR_exit_group || ((nr == __NR_execve || nr == __NR_execveat) && one_in(2)))
		longjmp(session_end, 1);
	for (int i = 0; i < 6; i++) {
		u64 room = room_behind((u8 *)args[i]);
		u64 size = one_in(64) ? below(1 << 14) : below(64);
		if (room && one_in(2))
			write_memory((u8 *)args[i], size < room ? size : room);
		else if (room)
			read_memory((u8 *)args[i], size < room ? size : room);
	}
	return some_result();
}

/* Numbers that stand at an edge of something. */
static u64 edge(void)
{
	static const u64 edges[] = {0, 1, 7, 8, 15, 16, 20, 24, 0x7f, 0xff, 0x3ff, 0x400, 0x7fff, 0xffff, BUFFER_SIZE - 1,
				    BUFFER_SIZE, BUFFER_SIZE + 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
				    0x8000000000000000, 0xffffffffffffffff};
	return one_in(3) ? next_random() >> below(64) : edges[below(sizeof edges / sizeof *edges)];
}

static u64 mostly(u64 usual) { return one_in(48) ? edge() : usual; }

static u64 put(u8 *to, u64 at, u64 value, u64 width)
{
	memcpy(to + at, &value, width);
	return at + width;
}

static u64 put_reloc(u8 *to, u64 at, u64 memory)
{
	u64 kind = mostly(below(3));
	at = put(to, at, mostly(below(memory)), 4);
	at = put(to, at, kind, 4);
	return put(to, at, mostly(kind == RELOC_POINTER ? below(memory) : below(SLOTS)), 8);
}

static u64 some_call_number(void)
{
	static const u16 leaving[] = {__NR_execve, __NR_execveat, __NR_exit, __NR_exit_group, OP_INIT};
	if (one_in(3))
		return OP_CLONE + below(one_in(40) ? 16 : 5);
	return one_in(40) ? leaving[below(5)] : below(460);
}

static u64 put_call(u8 *to, u64 at, u64 memory)
{
	u64 nargs = below(MAX_ARGS + 1), nrelocs = one_in(3) ? below(4) : 0, nallow = one_in(3) ? below(4) : 0, kinds = 0;
	for (u64 i = 0; i < nargs; i++)
		kinds |= mostly(below(4)) << (4 * i);
	u64 out = below(memory);
	at = put(to, at, some_call_number(), 2);
	at = put(to, at, mostly(nargs), 1);
	at = put(to, at, below(8) ? CALL_ALLOW_ANY : below(256), 1);
	at = put(to, at, mostly(one_in(2) ? NO_SLOT : below(SLOTS)), 2);
	at = put(to, at, mostly(nrelocs), 2);
	at = put(to, at, mostly(nallow), 2);
	at = put(to, at, one_in(8) ? below(200) : 0, 2);
	at = put(to, at, kinds, 4);
	at = put(to, at, mostly(out), 4);
	at = put(to, at, mostly(below(memory - out)), 4);
	for (u64 i = 0; i < nargs; i++) {
		u64 kind = (kinds >> (4 * i)) & 15;
		at = put(to, at, mostly(kind == ARG_SLOT ? below(SLOTS) : below(memory)), 8);
	}
	for (u64 i = 0; i < nrelocs; i++)
		at = put_reloc(to, at, memory);
	for (u64 i = 0; i < nallow; i++)
		at = put(to, at, below(134), 2);
	return at;
}

/* A request that mostly is one. */
static u64 make_request(u8 *to)
{
	u64 data = 1 + below(one_in(8) ? 4096 : 256), scratch = one_in(16) ? below(1 << 16) : below(256);
	u64 calls = 1 + below(one_in(16) ? 200 : 8), at = sizeof(struct request);
	for (u64 i = 0; i < calls; i++)
		at = put_call(to, at, data + scratch);
	while (at & 7)
		to[at++] = 0;
	u64 start = at;
	for (u64 i = 0; i < data; i++)
		to[at++] = (u8)next_random();
	put(to, 0, at, 4);
	put(to, 4, next_random(), 4);
	put(to, 8, mostly(calls), 2);
	put(to, 10, below(8), 2);
	put(to, 12, mostly(start), 4);
	put(to, 16, mostly(scratch), 4);
	return at;
}

/* A request inside a request: what a watch runs when a process has gone. */
static u64 make_watch(u8 *to)
{
	struct request q = {0};
	struct call c = {.nr = OP_WATCH, .nargs = 5, .slot = NO_SLOT, .kinds = ARG_POINTER << 12};
	u64 args = sizeof q + sizeof c, start = (args + 40 + 7) & ~7ull;
	u64 inner = make_request(to + start);
	u64 values[5] = {below(64), one_in(2) ? below(64) : ~0ull, below(2), 0, mostly(inner)};
	memset(to, 0, start);
	q = (struct request){(u32)(start + inner), 0, 1, 0, (u32)start, 0};
	memcpy(to, &q, sizeof q);
	memcpy(to + sizeof q, &c, sizeof c);
	memcpy(to + args, values, sizeof values);
	return q.size;
}

/* As much of one thing as the agent takes, and more. */
static u64 make_crowd(u8 *to)
{
	static const u16 operations[] = {OP_WATCH, OP_PUMP, OP_PUMP, OP_LISTEN};
	u64 count = below(one_in(4) ? 1500 : 60), sources = 1 + below(20);
	struct request q = {0, 0, (u16)count, 0, 0, 0};
	struct call c = {.nr = operations[below(4)], .nargs = 5, .flags = CALL_ALLOW_ANY, .slot = NO_SLOT};
	u64 at = sizeof q;
	for (u64 i = 0; i < count; i++) {
		u64 values[5] = {4 + below(sources), one_in(8) ? ~0ull : 4 + below(64), below(64), below(3), 0};
		memcpy(to + at, &c, sizeof c);
		memcpy(to + at + sizeof c, values, sizeof values);
		at += sizeof c + sizeof values;
	}
	while (at & 7)
		to[at++] = 0;
	q.size = q.data = (u32)at;
	memcpy(to, &q, sizeof q);
	return at;
}

static u64 make_noise(u8 *to)
{
	u64 size = sizeof(struct request) + below(one_in(16) ? 65536 : 512);
	for (u64 i = 0; i < size; i++)
		to[i] = (u8)next_random();
	put(to, 0, size, 4);
	if (one_in(2))
		put(to, 12, sizeof(struct request) + below(size - sizeof(struct request) + 1), 4);
	if (one_in(2))
		put(to, 16, below(4096), 4);
	return size;
}

static void mutate(u8 *frame, u64 size)
{
	static const u8 widths[] = {1, 2, 4, 8};
	u64 changes = 1 + below(8);
	for (u64 i = 0; i < changes; i++) {
		/* The front holds the calls: changes there go further. */
		u64 at = below(one_in(2) && size > 400 ? 400 : size), width = widths[below(4)];
		if (one_in(2))
			frame[at] ^= (u8)(1 << below(8));
		else
			put(frame, (at & ~(width - 1)) + width <= size ? at & ~(width - 1) : 0, edge(), width);
	}
}

static u64 make_mutant(u8 *to)
{
	const u8 *from = recorded[below((u64)recorded_count)];
	u32 size;
	memcpy(&size, from, sizeof size);
	memcpy(to, from, size);
	mutate(to, size);
	if (one_in(8)) { /* the rest of another */
		const u8 *other = recorded[below((u64)recorded_count)];
		u32 other_size;
		memcpy(&other_size, other, sizeof other_size);
		u64 at = below(size < other_size ? size : other_size);
		memcpy(to + at, other + at, (size < other_size ? size : other_size) - at);
	}
	if (!one_in(16))
		put(to, 0, size, 4); /* or every change of the size would end the session */
	return size;
}

static u64 make_frame(u8 *to)
{
	switch (below(16)) {
	case 0:
		return make_noise(to);
	case 1:
	case 2:
		return make_watch(to);
	case 3:
		return make_crowd(to);
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		return make_request(to);
	default:
		return make_mutant(to);
	}
}

/* A string of its own piece of memory, so that reading behind its end is seen. */
static char *some_string(const char *start)
{
	u64 before = strlen(start), size = one_in(8) ? below(6000) : below(120);
	char *text = malloc(before + size + 1);
	memcpy(text, start, before);
	for (u64 i = 0; i < size; i++)
		text[before + i] = one_in(6) ? '/' : (char)(1 + below(255));
	text[before + size] = 0;
	return text;
}

/* As the kernel lays out the arguments and the environment of a front, and with the file's name as its first word. */
static void begin_as_front(void)
{
	static const char *starts[] = {"", "PATH=", "PATH", "KEELSON_RUNTIME_BRAIN=", "KEELSON_RUNTIME_BRAIN", "HOME=/"};
	static char *argv[2], *envp[8];
	u64 count = below(8);
	argv[0] = some_string(one_in(2) ? "/" : "");
	for (u64 i = 0; i < count; i++)
		envp[i] = some_string(starts[below(6)]);
	envp[count] = 0;
	if (one_in(2))
		front_name(argv);
	channel_keep_only(-1);
	channel_count = 0;
	front_begin(argv, envp);
}

static void run_session(void)
{
	random_state = seed * 0x100000001b3ull + session * 0x632be59bd9b4e019ull;
	stream_size = stream_at = calls_since_request = reply_left = 0;
	request_memory = 0;
	channel_pace = one_in(4) ? 100 : 3;
	u64 count = 1 + below(SESSION_FRAMES);
	for (u64 i = 0; i < count; i++)
		stream_size += make_frame(stream + stream_size);
	if (one_in(16))
		stream_size -= below(stream_size); /* the peer goes in the middle */
	frames_made += count;
	if (setjmp(session_end) == 0) {
		as_front = one_in(4);
		if (as_front)
			begin_as_front();
		else
			channel_keep_only(3);
		loop_run();
	}
	while (channel_count)
		channels[--channel_count].fd = -1;
	if (setjmp(session_end) == 0) {
		watch_forget();
		pump_forget();
		loop_forget();
	}
	while (block_count)
		free(blocks[--block_count]);
}

static void read_corpus(const char *path)
{
	FILE *file = fopen(path, "r");
	u64 size = file ? fread(corpus, 1, sizeof corpus, file) : 0;
	for (u64 at = 0; at + sizeof(struct request) <= size && recorded_count < MAX_FRAMES;) {
		u32 length;
		memcpy(&length, corpus + at, sizeof length);
		if (length < sizeof(struct request) || length > BUFFER_SIZE || length > size - at)
			break;
		recorded[recorded_count++] = corpus + at;
		at += length;
	}
	if (file)
		fclose(file);
	if (!recorded_count)
		fail("no recorded request to change");
}

int main(int argc, char **argv)
{
	if (argc < 4)
		fail("usage: agent-fuzz CORPUS FRAMES SEED [SESSION]");
	read_corpus(argv[1]);
	u64 wanted = strtoull(argv[2], 0, 10);
	seed = strtoull(argv[3], 0, 10);
	__sanitizer_set_death_callback(tell_session);
	signal(SIGALRM, on_alarm);
	signal(SIGABRT, on_abort);
	if (argc > 4) {
		session = strtoull(argv[4], 0, 10);
		wanted = 1;
	}
	for (; frames_made < wanted; session++) {
		if (session % 256 == 0 || argc > 4)
			alarm(60);
		run_session();
	}
	printf("%llu frames in %llu sessions, %d recorded, seed %llu: no fault\n", frames_made, session, recorded_count, seed);
	return 0;
}
