/** What programs call most often: these are found in fewer steps, at the cost of one or two more for the rest. */
const HOT_CALLS =
  'read write futex epoll_wait epoll_pwait epoll_ctl poll ppoll recvfrom recvmsg sendto sendmsg openat close fstat ' +
  'newfstatat stat lseek mmap munmap mprotect madvise brk rt_sigprocmask rt_sigaction ioctl fcntl getpid gettid ' +
  'clock_gettime clock_nanosleep nanosleep sched_yield readv writev pread64 pwrite64 getrandom';

/** Against 1 for every other range; a larger value only lengthens the paths of the rest. */
const WEIGHT = 8;

/** Call number → weight in the search tree. */
export function hotCallWeight(table: ReadonlyMap<string, number>): ReadonlyMap<number, number> {
  const weights = new Map<number, number>();
  for (const name of HOT_CALLS.split(' ')) {
    const number = table.get(name);
    if (number !== undefined) weights.set(number, WEIGHT);
  }
  return weights;
}
