/*
 * The limit that a container's start is measured against: one C program that makes the same system calls as Keelson for
 * the bundle of bench/bundle.ts, with nothing in between: no brain, no socket, no validation. Not for use: it knows one
 * container, and stops at the first error.
 *
 * one-program LOWER FOLDER FILTER CGROUP HIERARCHY…
 *   LOWER      unpacked image          FOLDER     new folder for upper and work, removed at the end
 *   FILTER     file of struct sock_filter           CGROUP     new folder in each HIERARCHY, removed at the end
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NODEV = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, READ_ONLY = NODEV | MOUNT_ATTR_RDONLY };
enum { MAX_HIERARCHIES = 16 };

#define TRY(call) try((long)(call), #call)

static long try(long result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "one-program: %s: %s\n", what, strerror(errno));
		_exit(125);
	}
	return result;
}

static int hierarchy_count, procs[MAX_HIERARCHIES];
static char **hierarchies, *cgroup;
static struct sock_filter filter[BPF_MAXINSNS];
static unsigned short filter_length;

/* The bits of Docker's default capabilities. */
static const uint64_t capabilities = 1ull << CAP_AUDIT_WRITE | 1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE |
	1ull << CAP_FOWNER | 1ull << CAP_FSETID | 1ull << CAP_KILL | 1ull << CAP_MKNOD | 1ull << CAP_NET_BIND_SERVICE |
	1ull << CAP_NET_RAW | 1ull << CAP_SETFCAP | 1ull << CAP_SETGID | 1ull << CAP_SETPCAP | 1ull << CAP_SETUID |
	1ull << CAP_SYS_CHROOT;

static void write_setting(const char *folder, const char *name, const char *value)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = TRY(open(path, O_WRONLY | O_CLOEXEC));
	TRY(write(fd, value, strlen(value)));
	close(fd);
}

static void set_limits(const char *controller, const char *folder)
{
	static const char *const devices[] = {"c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm"};
	if (!strcmp(controller, "cpu")) {
		write_setting(folder, "cpu.shares", "512");
		write_setting(folder, "cpu.cfs_period_us", "100000");
		write_setting(folder, "cpu.cfs_quota_us", "100000");
	} else if (!strcmp(controller, "memory")) {
		write_setting(folder, "memory.limit_in_bytes", "268435456");
	} else if (!strcmp(controller, "pids")) {
		write_setting(folder, "pids.max", "100");
	} else if (!strcmp(controller, "cpuset")) {
		/* The parent's settings are copied by the caller of this program, once. */
		char value[256], path[4096];
		static const char *const names[] = {"cpuset.cpus", "cpuset.mems"};
		for (int i = 0; i < 2; i++) {
			snprintf(path, sizeof path, "%s/../%s", folder, names[i]);
			int fd = TRY(open(path, O_RDONLY | O_CLOEXEC));
			long n = TRY(read(fd, value, sizeof value - 1));
			value[n] = 0;
			close(fd);
			write_setting(folder, names[i], value);
		}
	} else if (!strcmp(controller, "devices")) {
		write_setting(folder, "devices.deny", "a *:* rwm");
		for (int i = 0; i < 6; i++)
			write_setting(folder, "devices.allow", devices[i]);
	}
}

static void make_cgroups(void)
{
	char path[2048], file[2100];
	for (int i = 0; i < hierarchy_count; i++) {
		snprintf(path, sizeof path, "%s%s", hierarchies[i], cgroup);
		TRY(mkdir(path, 0755));
		set_limits(strrchr(hierarchies[i], '/') + 1, path);
		snprintf(file, sizeof file, "%s/cgroup.procs", path);
		procs[i] = TRY(open(file, O_WRONLY | O_CLOEXEC));
	}
}

static void remove_cgroups(void)
{
	char path[4096];
	for (int i = 0; i < hierarchy_count; i++) {
		snprintf(path, sizeof path, "%s%s", hierarchies[i], cgroup);
		while (rmdir(path) < 0 && errno == EBUSY)
			usleep(200);
	}
}

static int open_in(int root, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | resolve};
	return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static int make_mount(const char *type, const char *const (*options)[2], unsigned attributes)
{
	int fs = TRY(fsopen(type, FSOPEN_CLOEXEC));
	for (; options && (*options)[0]; options++)
		TRY(fsconfig(fs, (*options)[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, (*options)[0], (*options)[1], 0));
	TRY(fsconfig(fs, FSCONFIG_CMD_CREATE, 0, 0, 0));
	int mount = TRY(fsmount(fs, FSMOUNT_CLOEXEC, attributes));
	close(fs);
	return mount;
}

static void attach(int mount, int target)
{
	TRY(move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

static int mount_at(int root, const char *path, int mount)
{
	if (mkdirat(root, path, 0755) < 0 && errno != EEXIST)
		TRY(-1);
	attach(mount, TRY(open_in(root, path, O_DIRECTORY, RESOLVE_NO_SYMLINKS)));
	return mount;
}

#define OPTIONS(...) ((const char *const[][2]){__VA_ARGS__, {0, 0}})

static int mount_overlay(const char *lower, const char *folder)
{
	char upper[4096], work[4096];
	snprintf(upper, sizeof upper, "%s/upper", folder);
	snprintf(work, sizeof work, "%s/work", folder);
	int overlay = make_mount("overlay", OPTIONS({"lowerdir+", lower}, {"upperdir", upper}, {"workdir", work}), 0);
	int place = TRY(open(upper, O_PATH | O_DIRECTORY | O_CLOEXEC));
	attach(overlay, place);
	close(place);
	return overlay;
}

static void loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = TRY(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	TRY(ioctl(fd, SIOCSIFFLAGS, &request));
	close(fd);
}

static void mount_cgroups(int sys)
{
	char path[4096];
	struct mount_attr read_only = {.attr_set = READ_ONLY};
	int tmpfs = make_mount("tmpfs", OPTIONS({"mode", "755"}), NODEV);
	attach(tmpfs, TRY(open_in(sys, "fs/cgroup", O_DIRECTORY, RESOLVE_NO_SYMLINKS)));
	for (int i = 0; i < hierarchy_count; i++) {
		const char *name = strrchr(hierarchies[i], '/') + 1;
		TRY(mkdirat(tmpfs, name, 0755));
		snprintf(path, sizeof path, "%s%s", hierarchies[i], cgroup);
		int tree = TRY(open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
		TRY(mount_setattr(tree, "", AT_EMPTY_PATH, &read_only, sizeof read_only));
		attach(tree, TRY(openat(tmpfs, name, O_PATH | O_CLOEXEC)));
	}
	TRY(mount_setattr(tmpfs, "", AT_EMPTY_PATH, &read_only, sizeof read_only));
}

static void make_devices(int dev)
{
	static const struct { const char *name; int major, minor; } nodes[] = {
		{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
	static const char *const links[][2] = {{"fd", "/proc/self/fd"}, {"stdin", "/proc/self/fd/0"},
		{"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"}, {"core", "/proc/kcore"}, {"ptmx", "pts/ptmx"}};
	for (int i = 0; i < 6; i++)
		TRY(mknodat(dev, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
	for (int i = 0; i < 6; i++)
		TRY(symlinkat(links[i][1], dev, links[i][0]));
}

static void make_read_only(int proc)
{
	static const char *const paths[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
	struct mount_attr read_only = {.attr_set = READ_ONLY};
	for (int i = 0; i < 5; i++) {
		int target = open_in(proc, paths[i], 0, 0);
		if (target < 0)
			continue;
		int tree = TRY(open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE));
		TRY(mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &read_only, sizeof read_only));
		attach(tree, target);
	}
}

static void mask_paths(int proc, int sys)
{
	static const char *const paths[] = {"acpi", "asound", "interrupts", "kcore", "keys", "latency_stats", "timer_list",
		"timer_stats", "sched_debug", "scsi", "/firmware", "/devices/virtual/powercap"};
	int empty = -1;
	for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
		int of_sys = *paths[i] == '/', cover;
		int target = open_in(of_sys ? sys : proc, paths[i] + of_sys, 0, 0);
		struct stat status;
		if (target < 0)
			continue;
		TRY(fstat(target, &status));
		if (!S_ISDIR(status.st_mode))
			cover = TRY(open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
		else if (empty < 0)
			cover = empty = make_mount("tmpfs", OPTIONS({"size", "0"}, {"nr_inodes", "1"}), READ_ONLY);
		else
			cover = TRY(open_tree(empty, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
		attach(cover, target);
	}
}

static void build_root(const char *lower, const char *folder, int ready)
{
	uint64_t count;
	struct stat status;
	TRY(mount(0, "/", 0, MS_REC | MS_SLAVE, 0));
	int root = mount_overlay(lower, folder);
	TRY(read(ready, &count, sizeof count));
	TRY(unshare(CLONE_NEWCGROUP));
	loopback_up();
	int proc = mount_at(root, "proc", make_mount("proc", OPTIONS({"source", "proc"}), NODEV));
	int dev = mount_at(root, "dev", make_mount("tmpfs",
		OPTIONS({"source", "tmpfs"}, {"mode", "755"}, {"size", "65536k"}), MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME));
	mount_at(dev, "pts", make_mount("devpts", OPTIONS({"source", "devpts"}, {"newinstance", 0}, {"ptmxmode", "0666"},
		{"mode", "0620"}, {"gid", "5"}), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
	int sys = mount_at(root, "sys", make_mount("sysfs", OPTIONS({"source", "sysfs"}), READ_ONLY));
	mount_cgroups(sys);
	mount_at(dev, "mqueue", make_mount("mqueue", OPTIONS({"source", "mqueue"}), NODEV));
	mount_at(dev, "shm", make_mount("tmpfs",
		OPTIONS({"source", "shm"}, {"mode", "1777"}, {"size", "67108864"}), NODEV));
	make_devices(dev);
	TRY(fstat(TRY(open_in(root, "bin/true", 0, 0)), &status));
	make_read_only(proc);
	mask_paths(proc, sys);
	TRY(fchdir(root));
	TRY(syscall(SYS_pivot_root, ".", "."));
	TRY(umount2(".", MNT_DETACH));
	TRY(chdir("/"));
}

static void drop_privileges(void)
{
	char folder[4096];
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if (!(capabilities >> i & 1))
			TRY(prctl(PR_CAPBSET_DROP, i, 0, 0, 0));
	TRY(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	TRY(syscall(SYS_setgroups, 0, 0));
	TRY(syscall(SYS_setresgid, 0, 0, 0));
	TRY(syscall(SYS_setresuid, 0, 0, 0));
	TRY(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0));
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = (uint32_t)(capabilities >> 32 * i);
	TRY(syscall(SYS_capset, &header, data));
	TRY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
	TRY(chdir("/"));
	TRY(syscall(SYS_getcwd, folder, sizeof folder));
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	struct sock_fprog program = {filter_length, filter};
	TRY(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program));
}

static void child(char **argv, int ready, int null)
{
	char *environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 0};
	char *arguments[] = {"/bin/true", 0};
	TRY(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
	TRY(setsid());
	umask(0);
	for (int i = 0; i < hierarchy_count; i++)
		TRY(write(procs[i], "0", 1));
	TRY(sethostname("bench", 5));
	build_root(argv[1], argv[2], ready);
	for (int i = 0; i < 3; i++)
		TRY(dup3(null, i, 0));
	umask(022);
	TRY(close_range(3, ~0u, CLOSE_RANGE_CLOEXEC));
	syscall(SYS_keyctl, 1, "_ses.bench");
	drop_privileges();
	TRY(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
	TRY(execve("/bin/true", arguments, environment));
}

static void make_folders(const char *folder)
{
	char path[4096];
	TRY(mkdir(folder, 0700));
	snprintf(path, sizeof path, "%s/upper", folder);
	TRY(mkdir(path, 0755));
	snprintf(path, sizeof path, "%s/work", folder);
	TRY(mkdir(path, 0700));
}

static void remove_folders(const char *folder)
{
	static const char *const names[] = {"/work/work", "/work", "/upper", ""};
	char path[4096];
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s%s", folder, names[i]);
		TRY(rmdir(path));
	}
}

static void read_filter(const char *path)
{
	int fd = TRY(open(path, O_RDONLY | O_CLOEXEC));
	filter_length = (unsigned short)(TRY(read(fd, filter, sizeof filter)) / (long)sizeof *filter);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 6 || argc - 5 > MAX_HIERARCHIES)
		return 125;
	uint64_t one = 1;
	int status = 0, pidfd = -1;
	cgroup = argv[4];
	hierarchies = argv + 5;
	hierarchy_count = argc - 5;
	read_filter(argv[3]);
	make_folders(argv[2]);
	int null = TRY(open("/dev/null", O_RDWR | O_CLOEXEC));
	make_cgroups();
	int ready = TRY(eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC));
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = TRY(syscall(SYS_clone3, &args, sizeof args));
	if (pid == 0)
		child(argv, ready, null);
	TRY(write(ready, &one, sizeof one));
	TRY(waitpid((pid_t)pid, &status, 0));
	remove_cgroups();
	remove_folders(argv[2]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
