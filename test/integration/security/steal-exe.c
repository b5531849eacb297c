/*
 * In a container: catches every process that is not a program of this container, as the runtime is while it enters, and
 * tries to open its program for writing. Nothing is written: that it opens is enough to lose. Writes one line into its
 * output when it is ready, one for each program that it saw, and one for each that it could have overwritten.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void overwrite(int exe, const char *link)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", exe);
	/* While the program runs this is ETXTBSY; the attacker waits until it has gone. */
	for (int tries = 0; tries < 20000; tries++) {
		int fd = open(path, O_WRONLY);
		if (fd >= 0) {
			/* A sealed memfd opens, and takes no byte: only a write tells. One of nothing is none. */
			int seals = fcntl(fd, F_GET_SEALS);
			printf(seals >= 0 && (seals & F_SEAL_WRITE) ? "sealed %s\n" : "ESCAPED %s\n", link);
			close(fd);
			return;
		}
		if (errno != ETXTBSY)
			break;
		usleep(50);
	}
	printf("refused %s: %s\n", link, strerror(errno));
}

int main(int argc, char **argv)
{
	struct stat own, other;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 2 || stat(argv[1], &own))
		return 1;
	puts("ready");
	for (;;) {
		DIR *proc = opendir("/proc");
		for (struct dirent *entry; (entry = readdir(proc));) {
			char path[300], link[200] = "";
			if (atoi(entry->d_name) <= 1 || atoi(entry->d_name) == getpid())
				continue;
			snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
			int exe = open(path, O_RDONLY | O_CLOEXEC);
			if (exe < 0)
				continue;
			readlink(path, link, sizeof link - 1);
			/* Of another file system than the image: not of this container. */
			if (!fstat(exe, &other) && (other.st_dev != own.st_dev || other.st_ino != own.st_ino))
				overwrite(exe, link);
			close(exe);
		}
		closedir(proc);
	}
}
