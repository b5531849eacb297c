/*
 * Installs a seccomp filter in a child for each call, makes the call and prints what came of it, one line a call:
 *   apply-filter FLAGS FILTER_FILE [i386:]NUMBER[,ARGUMENT]...
 * Lines: the result, `-ERRNO`, `signal N`, or `no filter -ERRNO` when the kernel refuses the program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct outcome {
	int installed;
	long value;
};

static long call_i386(long number, const long *a)
{
#ifdef __x86_64__
	int value;
	/* int 0x80 enters the kernel through the 32-bit table, from a 64-bit program too */
	__asm__ volatile("int $0x80"
			 : "=a"(value)
			 : "a"((int)number), "b"((int)a[0]), "c"((int)a[1]), "d"((int)a[2]), "S"((int)a[3])
			 : "memory", "r8", "r9", "r10", "r11");
	return value;
#else
	(void)number, (void)a;
	return -ENOSYS;
#endif
}

static void run(struct outcome *outcome, const struct sock_fprog *program, unsigned int flags, char *text)
{
	long arguments[6] = {0};
	int is_i386 = strncmp(text, "i386:", 5) == 0;
	char *save, *word = strtok_r(text + (is_i386 ? 5 : 0), ",", &save);
	long number = strtol(word, NULL, 0);

	for (int i = 0; i < 6 && (word = strtok_r(NULL, ",", &save)); i++)
		arguments[i] = (long)strtoull(word, NULL, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
	outcome->installed = listener < 0 ? -errno : 1;
	if (listener < 0)
		return;
	if (number == -2) { /* what seccomp(2) itself answered */
		outcome->value = listener;
		return;
	}
	long value = is_i386 ? call_i386(number, arguments)
			     : syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
	outcome->value = value < 0 && !is_i386 ? -errno : value;
}

int main(int argc, char **argv)
{
	static struct sock_filter filter[BPF_MAXINSNS];
	struct outcome *outcome =
		mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = argc > 2 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;
	ssize_t size = read(fd, filter, sizeof(filter));

	if (size < 0)
		return 2;
	struct sock_fprog program = {.len = size / sizeof(filter[0]), .filter = filter};
	for (int i = 3; i < argc; i++) {
		int status;
		memset(outcome, 0, sizeof(*outcome));
		pid_t pid = fork();
		if (pid == 0) {
			run(outcome, &program, strtoul(argv[1], NULL, 0), argv[i]);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		if (outcome->installed < 0)
			printf("no filter %d\n", outcome->installed);
		else if (WIFSIGNALED(status))
			printf("signal %d\n", WTERMSIG(status));
		else
			printf("%ld\n", outcome->value);
	}
	return 0;
}
