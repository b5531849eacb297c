/**
 * System calls that the default profile allows every container, by what they are for. A call is here when it acts on
 * what the namespaces, the capabilities and the cgroup already confine to the container. What is missing is as much of
 * the profile as what stands here.
 * Names that exist on one architecture alone stand beside their common form; an architecture ignores what it lacks.
 */
export const ALWAYS_ALLOWED = {
  'open files and look at them':
    'access close close_range creat dup dup2 dup3 faccessat faccessat2 fcntl fcntl64 fstat fstat64 fstatat64 fstatfs ' +
    'fstatfs64 getcwd getdents getdents64 lstat lstat64 newfstatat open openat openat2 readlink readlinkat stat stat64 ' +
    'statfs statfs64 statx name_to_handle_at listmount statmount cachestat',

  'read, write, seek and keep':
    'copy_file_range fadvise64 fadvise64_64 fallocate fdatasync flock fsync ftruncate ftruncate64 _llseek lseek pread64 ' +
    'preadv preadv2 pwrite64 pwritev pwritev2 read readahead readv sendfile sendfile64 splice sync sync_file_range syncfs ' +
    'tee truncate truncate64 vmsplice write writev',

  'make, move, remove and mark files':
    'chdir chmod chown chown32 fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat futimesat lchown lchown32 link ' +
    'linkat mkdir mkdirat mknod mknodat rename renameat renameat2 rmdir symlink symlinkat umask unlink unlinkat utime ' +
    'utimensat utimensat_time64 utimes',

  'extended attributes, which the kernel checks against the file':
    'fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr ' +
    'lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat',

  'watch files; fanotify_init itself needs CAP_SYS_ADMIN':
    'fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch',

  'wait for many descriptors':
    'epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd ' +
    'eventfd2 _newselect pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4',

  'asynchronous I/O of the old kind; io_uring had too many ways out (moby/moby 46762)':
    'io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit ioprio_get ioprio_set',

  'sockets; which families, is a rule of its own':
    'accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 ' +
    'recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketpair',

  'the i386 way to sockets, whose arguments a filter cannot see; without it 32-bit programs have no network':
    'socketcall',

  'memory of the process itself':
    'brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect ' +
    'mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages',

  'processes and threads; clone, clone3 and unshare are rules of their own':
    'execve execveat exit exit_group fork getpgid getpgrp getpid getppid getsid gettid kill pause pidfd_open ' +
    'pidfd_send_signal process_mrelease rseq set_robust_list get_robust_list set_tid_address setpgid setsid tgkill tkill ' +
    'vfork wait4 waitid waitpid',

  'locks between threads': 'futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake',

  signals:
    'restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend ' +
    'rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn',

  'identity and capabilities, which the bounding set limits':
    'capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 ' +
    'getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 ' +
    'setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32',

  'limits, scheduling and accounting of own processes':
    'getcpu getpriority getrlimit getrusage prlimit64 sched_get_priority_max sched_get_priority_min sched_getaffinity ' +
    'sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 ' +
    'sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield setpriority setrlimit times ugetrlimit',

  'clocks and timers; setting the time needs CAP_SYS_TIME, also for adjtimex':
    'adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 ' +
    'clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete ' +
    'timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime ' +
    'timerfd_gettime64 timerfd_settime timerfd_settime64',

  'System V and POSIX IPC, which have a namespace':
    'ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 ' +
    'mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget',

  'a process may confine itself further':
    'landlock_add_rule landlock_create_ruleset landlock_restrict_self prctl seccomp',

  'what every libc needs': 'get_thread_area getrandom ioctl set_thread_area sysinfo uname',

  'return probes of a tracer on the host: denied, they would crash the traced program (Linux 6.11)': 'uretprobe',

  'what RISC-V programs ask for at their start': 'riscv_hwprobe',
} as const;

/** Calls that come with a capability: the kernel asks for it as well, so without it they are attack surface alone. */
export const ALLOWED_WITH_CAPABILITY = {
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_SYS_ADMIN:
    'bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules ' +
    'lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname ' +
    'sethostname setns syslog umount umount2 unshare',
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module finit_module init_module',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace',
  CAP_SYS_RAWIO: 'ioperm iopl',
  CAP_SYS_TIME: 'clock_settime clock_settime64 settimeofday stime',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYSLOG: 'syslog',
  CAP_BPF: 'bpf',
  CAP_PERFMON: 'perf_event_open',
} as const;

/** Calls that belong to an architecture: thread-local storage and caches. */
export const ALLOWED_ON_ARCHITECTURE = {
  x64: 'arch_prctl modify_ldt',
  arm64: 'arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2',
} as const;

/**
 * Address families for socket(2), AF_* of include/linux/socket.h: those that have a use in a container or are harmless.
 * Missing on purpose:
 * - AF_ALG (38): the kernel's crypto interface; CVE-2026-31431 was a way to root through it.
 * - AF_VSOCK (40): reaches virtual machines past the network namespace.
 * - families that current kernels no longer have: AF_DECnet (12), AF_ECONET (19), AF_ATMSVC (20), AF_IRDA (23),
 *   AF_WANPIPE (25), AF_ISDN (34), AF_CAIF (37).
 * - numbers that no kernel knows. (AF_UNSPEC answers EAFNOSUPPORT by itself.)
 */
export const ALLOWED_SOCKET_FAMILIES = {
  AF_UNSPEC: 0,
  AF_UNIX: 1,
  AF_INET: 2,
  AF_AX25: 3,
  AF_IPX: 4,
  AF_APPLETALK: 5,
  AF_NETROM: 6,
  AF_BRIDGE: 7,
  AF_ATMPVC: 8,
  AF_X25: 9,
  AF_INET6: 10,
  AF_ROSE: 11,
  AF_NETBEUI: 13,
  AF_SECURITY: 14,
  AF_KEY: 15,
  AF_NETLINK: 16,
  AF_PACKET: 17,
  AF_ASH: 18,
  AF_RDS: 21,
  AF_SNA: 22,
  AF_PPPOX: 24,
  AF_LLC: 26,
  AF_IB: 27,
  AF_MPLS: 28,
  AF_CAN: 29,
  AF_TIPC: 30,
  AF_BLUETOOTH: 31,
  AF_IUCV: 32,
  AF_RXRPC: 33,
  AF_PHONET: 35,
  AF_IEEE802154: 36,
  AF_NFC: 39,
  AF_KCM: 41,
  AF_QIPCRTR: 42,
  AF_SMC: 43,
  AF_XDP: 44,
  AF_MCTP: 45,
} as const;
