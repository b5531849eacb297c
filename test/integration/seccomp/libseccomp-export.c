/*
 * Builds filters with libseccomp, so that ours can be compared with it. Reads one command a line:
 *   begin DEFAULT_ACTION                 a new filter, for x86-64 alone
 *   arch TOKEN | remove TOKEN            adds or removes an architecture (SCMP_ARCH_* value)
 *   rule ACTION NAME [INDEX OP A B]...   numbers; OP is enum scmp_compare
 *   end                                  writes the length in bytes (u32), then the program
 * A rule that libseccomp refuses makes the filter 0 bytes long.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int add_rule(scmp_filter_ctx ctx, char *line)
{
	char *save;
	uint32_t action = strtoul(strtok_r(line, " ", &save), NULL, 0);
	char *name = strtok_r(NULL, " ", &save);
	struct scmp_arg_cmp conditions[6];
	unsigned int count = 0;
	char *word;

	while ((word = strtok_r(NULL, " ", &save)) && count < 6) {
		conditions[count].arg = strtoul(word, NULL, 0);
		conditions[count].op = strtoul(strtok_r(NULL, " ", &save), NULL, 0);
		conditions[count].datum_a = strtoull(strtok_r(NULL, " ", &save), NULL, 0);
		conditions[count].datum_b = strtoull(strtok_r(NULL, " ", &save), NULL, 0);
		count++;
	}
	int number = seccomp_syscall_resolve_name(name);
	if (number == __NR_SCMP_ERROR)
		return 0; /* runc ignores names that the library does not know */
	return seccomp_rule_add_array(ctx, action, number, count, conditions);
}

static void write_filter(scmp_filter_ctx ctx, int failed)
{
	uint32_t size = 0;
	int fd = memfd_create("filter", 0);
	struct stat status;
	static char buffer[1 << 20];

	if (!failed && seccomp_export_bpf(ctx, fd) == 0 && fstat(fd, &status) == 0)
		size = status.st_size;
	fwrite(&size, sizeof(size), 1, stdout);
	if (size > 0 && pread(fd, buffer, size, 0) == (ssize_t)size)
		fwrite(buffer, 1, size, stdout);
	close(fd);
}

int main(void)
{
	static char line[65536];
	scmp_filter_ctx ctx = NULL;
	int failed = 0;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "begin ", 6) == 0) {
			ctx = seccomp_init(strtoul(line + 6, NULL, 0));
			/* libseccomp's own default, SCMP_ACT_KILL, stops one thread and leaves the rest of the process */
			failed = ctx == NULL || seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0 ||
				 seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0;
		} else if (strncmp(line, "arch ", 5) == 0) {
			failed |= seccomp_arch_add(ctx, strtoul(line + 5, NULL, 0)) < 0;
		} else if (strncmp(line, "remove ", 7) == 0) {
			failed |= seccomp_arch_remove(ctx, strtoul(line + 7, NULL, 0)) < 0;
		} else if (strncmp(line, "rule ", 5) == 0) {
			failed |= add_rule(ctx, line + 5) < 0;
		} else if (strcmp(line, "end") == 0) {
			write_filter(ctx, failed);
			seccomp_release(ctx);
		}
	}
	return 0;
}
