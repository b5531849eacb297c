/*
 * The front of keelson-runtime: this process makes the calls that a program in Node, the brain, decides on, so that
 * whatever is made has the caller's session, cgroup, descriptors and parent. A brain that is there listens at a socket
 * in a folder of its own; otherwise one is started. The brain learns arguments, environment and working folder from
 * /proc, and ends this process by the call exit_group. What cannot be carried on ends with 1.
 */
#include "agent.h"

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/stat.h>
#include <linux/time_types.h>

enum { SOCKET_PLACE = 108, PROGRAM_SIZE = 4096, CHANNEL_FD = 100, PATIENCE = 3 /* seconds */ };
enum { AF_UNIX_ = 1, SOCK_STREAM_ = 1, SOCK_CLOEXEC_ = 02000000, SOCK_NONBLOCK_ = 04000 };

/* Whom this process serves: a brain that was there, one that it started, one that it started to end what another began. */
static enum { RESIDENT, OWN, LAST } brain;
static long front_pid;
static char *path_variable = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
static const char *folder;
static char program[PROGRAM_SIZE];
static struct { u16 family; char path[SOCKET_PLACE]; } address = {AF_UNIX_, ""};

struct text { char *at, *end; };

/* What is too long leaves no room at all, so that nobody takes a part for the whole. */
static void put(struct text *t, const char *from)
{
	for (; *from; from++)
		if (t->at < t->end)
			*t->at++ = *from;
	*t->at = 0;
}

static void put_number(struct text *t, u64 n)
{
	char digits[18] = "-";
	for (int i = 16; i > 0; i--, n >>= 4)
		digits[i] = "0123456789abcdef"[n & 15];
	put(t, digits);
}

/* A path beside this program's folder. */
static char *sibling(const char *path)
{
	static char whole[PROGRAM_SIZE];
	struct text t = {whole, whole + sizeof whole - 1};
	put(&t, program);
	while (t.at > whole && t.at[-1] != '/')
		t.at--;
	put(&t, path);
	return whole;
}

static void say(const char *what)
{
	u64 size = 0;
	while (what[size])
		size++;
	SYS(__NR_write, 2, what, size);
}

/* A brain is of the same build when it runs the same file: that file names its socket. */
static void find_address(void)
{
	struct statx x = {0};
	struct text t = {address.path, address.path + SOCKET_PLACE - 1};
	const char *file = sibling("../dist/keelson-brain.cjs");
	if (!folder || SYS(__NR_statx, AT_FDCWD, file, 0, STATX_INO | STATX_MTIME, &x) < 0)
		return;
	put(&t, folder);
	put(&t, "/brain");
	put_number(&t, x.stx_ino);
	put_number(&t, (u64)x.stx_mtime.tv_sec * 1000000000ull + x.stx_mtime.tv_nsec);
	if (t.at == t.end)
		address.path[0] = 0;
}

/* Out of the way of descriptors that the caller counts from 3 on. */
static int move_up(long fd)
{
	long moved = SYS(__NR_fcntl, fd, F_DUPFD_CLOEXEC, CHANNEL_FD);
	if (moved < 0)
		die(71);
	SYS(__NR_close, fd);
	return (int)moved;
}

/* Asks the brain that is there; -1: there is none of our own user, or it does nothing. */
static int reach_brain(void)
{
	struct { i32 pid; u32 uid, gid; } peer = {0, ~0u, ~0u};
	struct __kernel_timespec patience = {PATIENCE, 0};
	u32 size = sizeof peer;
	if (!address.path[0])
		return -1;
	long fd = SYS(__NR_socket, AF_UNIX_, SOCK_STREAM_ | SOCK_CLOEXEC_ | SOCK_NONBLOCK_, 0);
	if (fd < 0)
		return -1;
	fd = move_up(fd); /* before the brain looks at what is open here */
	struct pollfd p = {(int)fd, POLLIN, 0};
	if (SYS(__NR_connect, fd, &address, sizeof address) < 0 ||
	    SYS(__NR_getsockopt, fd, 1 /* SOL_SOCKET */, 17 /* SO_PEERCRED */, &peer, &size) < 0 ||
	    (long)peer.uid != SYS(__NR_geteuid, 0) || SYS(__NR_ppoll, &p, 1, &patience, 0, 8) <= 0 ||
	    SYS(__NR_fcntl, fd, F_SETFL, 0) < 0) {
		SYS(__NR_close, fd);
		return -1;
	}
	return (int)fd;
}

/* In a new child, which may stay: nothing of the caller's is kept but the standard error, which the brain gives up. */
__attribute__((noreturn)) static void be_brain(long channel, char *reason)
{
	char *path = sibling("../bin/keelson-brain");
	char *argv[] = {path, address.path, reason, 0}, *envp[] = {path_variable, 0};
	u64 none = 0;
	long null = SYS(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
	SYS(__NR_setsid, 0);
	SYS(__NR_chdir, "/");
	SYS(__NR_dup3, null, 0, 0);
	SYS(__NR_dup3, null, 1, 0);
	SYS(__NR_dup3, channel, 3, 0);
	SYS(__NR_close_range, 4, ~0u, 0);
	SYS(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &none, 0, 8);
	SYS(__NR_execve, path, argv, envp);
	say("keelson-runtime: cannot execute ");
	say(path);
	say("; start bin/keelson-runtime of the package, which knows where it is\n");
	die(127);
}

static int start_brain(char *reason)
{
	int pair[2];
	if (SYS(__NR_socketpair, AF_UNIX_, SOCK_STREAM_ | SOCK_CLOEXEC_, 0, pair) < 0)
		die(71);
	int ours = move_up(pair[0]), theirs = move_up(pair[1]);
	long pid = SYS(__NR_clone, 0, 0, 0, 0, 0); /* without a signal at its end: the caller's own children send theirs */
	if (pid < 0)
		die(71);
	if (!pid)
		be_brain(theirs, reason);
	SYS(__NR_close, theirs);
	return ours;
}

int front_go_on(void)
{
	if (!front_pid || SYS(__NR_getpid, 0) != front_pid)
		return 0;
	if (channel_requests ? brain == LAST : brain != RESIDENT) {
		say("keelson-runtime: the process that carries out the command has ended\n");
		die(1);
	}
	brain = channel_requests ? LAST : OWN;
	channel_requests = 0;
	channel_add(start_brain(brain == LAST ? "lost" : ""));
	return 1;
}

/* `name`: followed by what is wanted. */
static char *value_of(char **envp, const char *name)
{
	for (; *envp; envp++) {
		int i = 0;
		while (name[i] && (*envp)[i] == name[i])
			i++;
		if (!name[i])
			return *envp + i;
	}
	return 0;
}

/* The file that a sealed copy was made of is known by name alone: this makes it the copy's first word. */
void front_name(char **argv)
{
	long n = SYS(__NR_readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof program - 1);
	if (n > 0)
		argv[0] = program;
}

void front_begin(char **argv, char **envp)
{
	struct text t = {program, program + sizeof program - 1};
	char *path = value_of(envp, "PATH="), *beside = value_of(envp, "KEELSON_RUNTIME_PROGRAM=");
	put(&t, beside ? beside : argv[0]); /* a package has this program in another folder than bin/ and dist/ */
	if (path)
		path_variable = path - 5;
	folder = value_of(envp, "KEELSON_RUNTIME_BRAIN=");
	if (!folder && !SYS(__NR_geteuid, 0))
		folder = "/run/keelson-runtime-brain";
	/* A descriptor to come must not become a standard stream. */
	for (int fd = 0; fd < 3; fd++)
		if (SYS(__NR_fcntl, fd, F_GETFD, 0) < 0)
			SYS(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
	front_pid = SYS(__NR_getpid, 0);
	find_address();
	int fd = reach_brain();
	brain = fd < 0 ? OWN : RESIDENT;
	channel_add(fd < 0 ? start_brain("") : fd);
}
