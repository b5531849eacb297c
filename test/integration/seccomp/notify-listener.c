/*
 * Listens at a Unix socket for the notification descriptors of containers and answers their calls:
 *   notify-listener SOCKET
 * Prints what came with each descriptor, and `call NUMBER`, or the path for mkdir and mkdirat. A path that ends in "denied"
 * gets EPERM, one that ends in "pretended" success without the call; everything else is let through.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int receive(int socket)
{
	char text[65536], control[CMSG_SPACE(sizeof(int))];
	struct iovec vector = {text, sizeof text - 1};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	ssize_t n = recvmsg(socket, &message, 0);
	struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&message) : 0;
	int fd = -1;
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof fd);
	text[n] = 0;
	printf("%s\n", text);
	fflush(stdout);
	return fd;
}

static void read_path(const struct seccomp_notif *call, unsigned long long at, char *path, size_t size)
{
	char name[64];
	snprintf(name, sizeof name, "/proc/%u/mem", call->pid);
	int memory = open(name, O_RDONLY);
	ssize_t n = pread(memory, path, size - 1, (off_t)at);
	path[n > 0 ? n : 0] = 0;
	close(memory);
}

static int ends(const char *path, const char *word)
{
	size_t length = strlen(path), own = strlen(word);
	return length >= own && !strcmp(path + length - own, word);
}

static void answer_all(int fd)
{
	for (;;) {
		struct seccomp_notif call = {0};
		struct seccomp_notif_resp answer = {0};
		char path[4096] = "";
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			return;
		}
#ifdef SYS_mkdir
		if (call.data.nr == SYS_mkdir)
			read_path(&call, call.data.args[0], path, sizeof path);
#endif
		if (call.data.nr == SYS_mkdirat)
			read_path(&call, call.data.args[1], path, sizeof path);
		if (path[0])
			printf("%s\n", path);
		else
			printf("call %d\n", call.data.nr);
		fflush(stdout);
		answer.id = call.id;
		if (ends(path, "denied"))
			answer.error = -EPERM;
		else if (!ends(path, "pretended"))
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (argc != 2)
		return 2;
	strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 8))
		return 1;
	for (;;) {
		int connection = accept(listener, 0, 0);
		if (connection < 0)
			return 1;
		if (fork() == 0) {
			int fd = receive(connection);
			if (fd >= 0)
				answer_all(fd);
			_exit(0);
		}
		close(connection);
	}
}
