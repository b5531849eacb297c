/*
 * One end of a conversation with peer.ts: `ask tcp|udp HOST PORT MILLISECONDS` prints the answer, or `refused`,
 * `unreachable`, and after that time `timeout`. In C, since the tests ask often and each ask is a process in another network namespace.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long end;

static long milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int say(const char *text)
{
	fputs(text, stdout);
	return 0;
}

static int fail(int error)
{
	if (error == ECONNREFUSED)
		return say("refused");
	return say(error == EHOSTUNREACH || error == ENETUNREACH ? "unreachable" : strerrorname_np(error));
}

/* 0 when the time is over. */
static int wait_for(int fd, short events)
{
	struct pollfd p = {fd, events, 0};
	long left = end - milliseconds();
	return poll(&p, 1, left > 0 ? (int)left : 0);
}

int main(int argc, char **argv)
{
	char answer[4096];
	struct addrinfo hints = {.ai_flags = AI_NUMERICSERV}, *to;
	if (argc != 5)
		return 2;
	end = milliseconds() + atol(argv[4]);
	hints.ai_socktype = strcmp(argv[1], "tcp") ? SOCK_DGRAM : SOCK_STREAM;
	if (getaddrinfo(argv[2], argv[3], &hints, &to))
		return 2;
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK, 0), error = 0;
	socklen_t size = sizeof error;
	if (connect(fd, to->ai_addr, to->ai_addrlen) && errno != EINPROGRESS)
		return fail(errno);
	if (!wait_for(fd, POLLOUT))
		return say("timeout");
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error)
		return fail(error);
	if (hints.ai_socktype == SOCK_DGRAM && send(fd, "hello", 5, 0) < 0)
		return fail(errno);
	for (;;) {
		if (!wait_for(fd, POLLIN))
			return say("timeout");
		ssize_t n = recv(fd, answer, sizeof answer, 0);
		if (n < 0)
			return fail(errno);
		fwrite(answer, 1, (size_t)n, stdout);
		if (n == 0 || hints.ai_socktype == SOCK_DGRAM)
			return 0;
	}
}
