/*
 * Joins a cgroup and tries to use device nodes, one result a line: 0 or -ERRNO.
 *   device-probe CGROUP_FOLDER PROGRAM|- PATH:ACCESS...
 * With PROGRAM, a file of struct bpf_insn, this is first loaded as a BPF_PROG_TYPE_CGROUP_DEVICE and attached to the
 * cgroup. ACCESS is r, w or rw to open PATH, or m to make a node that is removed at once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static int attach(const char *folder, const char *file)
{
	static char program[1 << 16], log[1 << 16];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, program, sizeof(program));
	union bpf_attr load = {0}, attach = {0};

	load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	load.insn_cnt = size / 8;
	load.insns = (uintptr_t)program;
	load.license = (uintptr_t) "Apache-2.0";
	load.log_buf = (uintptr_t)log;
	load.log_size = sizeof(log);
	load.log_level = 1;
	int loaded = syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	if (loaded < 0) {
		fprintf(stderr, "BPF_PROG_LOAD: %s\n%s", strerror(errno), log);
		return -1;
	}
	attach.target_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	attach.attach_bpf_fd = loaded;
	attach.attach_type = BPF_CGROUP_DEVICE;
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) < 0) {
		fprintf(stderr, "BPF_PROG_ATTACH: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

static int make_node(const char *like)
{
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/device-probe-%d", getpid());
	if (stat(like, &status) < 0)
		return -errno;
	if (mknod(path, (status.st_mode & S_IFMT) | 0600, status.st_rdev) < 0)
		return -errno;
	unlink(path);
	return 0;
}

static int try(const char *path, const char *access)
{
	if (*access == 'm')
		return make_node(path);
	int flags = strcmp(access, "rw") == 0 ? O_RDWR : *access == 'w' ? O_WRONLY : O_RDONLY;
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3 || (strcmp(argv[2], "-") != 0 && attach(argv[1], argv[2]) < 0))
		return 2;
	pid_t pid = fork();
	if (pid == 0) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/cgroup.procs", argv[1]);
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		if (write(fd, "0", 1) != 1) {
			perror(path);
			_exit(3);
		}
		for (int i = 3; i < argc; i++) {
			char *colon = strchr(argv[i], ':');
			*colon = 0;
			printf("%d\n", try(argv[i], colon + 1));
		}
		fflush(stdout);
		_exit(0);
	}
	int status;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}
