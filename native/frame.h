/*
 * The wire format between the brain (src/kernel/agent/frame.ts) and the agent. All numbers are little-endian.
 *
 * request:  struct request, then per call: struct call, nargs u64, nrelocs struct reloc, nallow u16; padding; data.
 * reply:    struct reply, then per executed call: struct result (trace: struct result_trace), out bytes. A reply that tells
 *           of fewer calls than were asked, and of no error, is a part: another follows with the calls after those, or the
 *           process left by the next call (execve, exit) and the channel closes.
 *
 * "Data" is one block of memory which the calls read and write: the bytes sent plus `scratch` zero bytes after them.
 * Pointers on the wire are offsets into it. A slot holds the result of an earlier call, also of an earlier batch, and
 * of an ancestor: a cloned child inherits the slots.
 */
#ifndef KEELSON_FRAME_H
#define KEELSON_FRAME_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

enum {
	BUFFER_SIZE = 1 << 20, /* one request with its scratch; one reply */
	MAX_ARGS = 6,
	SLOTS = 1024,
	NO_SLOT = 0xffff,
};

enum request_flags {
	REQUEST_TRACE = 1,   /* answer the time of each call */
	REQUEST_CHAINED = 2, /* do nothing if the request before failed: its answer was not awaited */
	REQUEST_APART = 4,   /* outside that chain: its own failure stops nothing */
	REQUEST_UNANSWERED = 8, /* the last one: nobody reads an answer, and the channel closes at its end */
};

enum call_flags { CALL_ALLOW_ANY = 1, CALL_OUT_RET = 2 /* answer only as many bytes as the call returned */ };

enum arg_kind { ARG_VALUE, ARG_POINTER, ARG_SLOT, ARG_CHANNEL /* the descriptor this request came through */ };

enum reloc_kind { RELOC_POINTER, RELOC_SLOT32, RELOC_SLOT64 };

enum frame_type { FRAME_REPLY, FRAME_EXIT_EVENT };

/* Operations that no plain system call can do. */
enum operation {
	OP_CLONE = 0xf000, /* (struct clone_args *, size, channel): the child serves that channel and nothing else */
	OP_LOAD,           /* (i32 *): the number in data, so that it can go to a slot; a negative errno there is a failure */
	OP_WATCH,          /* (pidfd, status fd or -1, stay, request *, size): tell the exit, then run the request */
	OP_PUMP,           /* (in, out or -1, log or -1, stream, close out at the end) */
	OP_LISTEN,         /* (listening socket): each connection of our own user becomes a channel */
	OP_INIT,           /* (pid): be an init: forward signals to pid, reap, leave with its status; never returns */
};

struct request { u32 size, seq; u16 calls, flags; u32 data, scratch; };

struct call { u16 nr; u8 nargs, flags; u16 slot, nrelocs, nallow, retries; /* at EAGAIN */ u32 kinds, out_at, out_size; };

struct reloc { u32 at; u16 kind, pad; u64 target; };

struct reply { u32 size, seq; u16 type, done; i32 error; }; /* done: calls executed so far, all parts together */

struct result { i64 value; u32 out_size, pad; };

struct result_trace { u64 start, duration; }; /* nanoseconds of CLOCK_MONOTONIC */

struct exit_event { i32 pid, code, status, pad; u64 time; }; /* code: si_code; time: nanoseconds since 1970 */

struct log_record { u64 time; u32 size, stream; }; /* nanoseconds since 1970, bytes that follow, 1 stdout, 2 stderr */

#endif
