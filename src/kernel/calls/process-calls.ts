import type { Call, Fd } from '../call.ts';
import { Flags, Out, Struct } from '../call.ts';
import { CLONE_PARENT } from '../constants/clone.ts';
import { O_CLOEXEC } from '../constants/open.ts';
import { P_PIDFD, SIGCHLD, WEXITED } from '../constants/signal.ts';
import type { Pending, Value } from '../value.ts';
import type { Allow } from './file-calls.ts';
import { MountCalls } from './mount-calls.ts';

/** Processes, credentials, privileges, limits; a container's identity. */
export abstract class ProcessCalls extends MountCalls {
  getpid(): Value {
    return this.number({ name: 'getpid', args: [] });
  }

  getppid(): Value {
    return this.number({ name: 'getppid', args: [] });
  }

  getuid(): Value {
    return this.number({ name: 'getuid', args: [] });
  }

  getgid(): Value {
    return this.number({ name: 'getgid', args: [] });
  }

  /** `flags`: CLONE_NEW* */
  unshare(flags: number): Value {
    return this.number({ name: 'unshare', args: [new Flags(flags, 'CLONE_')] });
  }

  /** `type`: the CLONE_NEW* that the descriptor must be, or several with a pidfd. */
  setns(fd: Fd, type: number, options: Allow = {}): Value {
    return this.number({ name: 'setns', args: [fd, new Flags(type, 'CLONE_')], ...options });
  }

  setsid(): Value {
    return this.number({ name: 'setsid', args: [] });
  }

  setpgid(pid: number | Value, group: number | Value): Value {
    return this.number({ name: 'setpgid', args: [pid, group] });
  }

  kill(pid: number | Value, signal: number, options: Allow = {}): Value {
    return this.number({ name: 'kill', args: [pid, new Flags(signal, '=SIG')], ...options });
  }

  pidfdOpen(pid: number | Value, options: Allow = {}): Value {
    return this.number({ name: 'pidfd_open', args: [pid, 0], ...options });
  }

  pidfdSendSignal(pidfd: Fd, signal: number, options: Allow = {}): Value {
    return this.number({ name: 'pidfd_send_signal', args: [pidfd, new Flags(signal, '=SIG'), null, 0], ...options });
  }

  /** A copy of a descriptor of another process (Linux 5.6), which we may trace. */
  pidfdGetfd(pidfd: Fd, fd: number): Value {
    return this.number({ name: 'pidfd_getfd', args: [pidfd, fd, 0] });
  }

  /** Waits for a child; the status as wait(2) encodes it, with the pid. `flags`: WNOHANG… */
  wait4(pid: number | Value, flags = 0, options: Allow = {}): Pending<{ pid: number; status: number }> {
    const args = [pid, new Out(4), flags, null];
    return this.issue({ name: 'wait4', args, ...options }, (o) => ({
      pid: o.value,
      status: o.bytes.length >= 4 ? o.bytes.readInt32LE(0) : 0,
    }));
  }

  /** waitid(2) for a child by its descriptor: comes back when it has ended and its own children have another parent. */
  waitPidfd(pidfd: Fd, options: Allow = {}): Value {
    const args = [new Flags(P_PIDFD, '=P_'), pidfd, null, new Flags(WEXITED, '=W'), null];
    return this.number({ name: 'waitid', args, ...options });
  }

  /** Runs a program in place of this agent. The flush that sends it resolves when the program has taken over. */
  execve(path: string, argv: readonly string[], environment: readonly string[], options: Allow = {}): Value {
    return this.number({ name: 'execve', args: [path, stringVector(argv), stringVector(environment)], ...options });
  }

  execveat(
    dir: Fd,
    path: string,
    program: { argv: readonly string[]; environment: readonly string[] },
    flags = 0,
  ): Value {
    const { argv, environment } = program;
    const args = [dir, path, stringVector(argv), stringVector(environment), new Flags(flags, 'AT_')];
    return this.number({ name: 'execveat', args });
  }

  exit(status: number): Value {
    return this.number({ name: 'exit_group', args: [status] });
  }

  sethostname(name: string): Value {
    const bytes = Buffer.from(name);
    return this.number({ name: 'sethostname', args: [bytes, bytes.length] });
  }

  setdomainname(name: string): Value {
    const bytes = Buffer.from(name);
    return this.number({ name: 'setdomainname', args: [bytes, bytes.length] });
  }

  setresuid(uid: number): Value {
    return this.number({ name: 'setresuid', args: [uid, uid, uid] });
  }

  setresgid(gid: number): Value {
    return this.number({ name: 'setresgid', args: [gid, gid, gid] });
  }

  setgroups(groups: readonly number[], options: Allow = {}): Value {
    const bytes = Buffer.from(Uint32Array.from(groups).buffer);
    return this.number({ name: 'setgroups', args: [groups.length, bytes], ...options });
  }

  /** `data`: two struct __user_cap_data_struct, for capability version 3 (capset(2)). */
  capset(data: Uint8Array): Value {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(0x20080522, 0);
    return this.number({ name: 'capset', args: [header, data] });
  }

  /** `option`: PR_*. */
  prctl(option: number, argument: number | Struct | string = 0, third = 0, options: Allow = {}): Value {
    return this.number({ name: 'prctl', args: [new Flags(option, '=PR_'), argument, third, 0, 0], ...options });
  }

  /** SECCOMP_SET_MODE_FILTER with an array of struct sock_filter. */
  seccompFilter(filter: Uint8Array, flags: number): Value {
    const program = Buffer.alloc(16);
    program.writeUInt16LE(filter.length / 8, 0);
    const shown = `{len=${filter.length / 8}}`;
    const structure = new Struct(program, [{ at: 8, value: filter }], { shown });
    return this.number({ name: 'seccomp', args: [1, new Flags(flags, 'SECCOMP_FILTER_FLAG_'), structure] });
  }

  /** Limits of a process (0: this one), in the resource's unit. RLIM_INFINITY: 2n ** 64n - 1n. */
  prlimit(pid: number | Value, resource: number, limit: { soft: bigint; hard: bigint }, options: Allow = {}): Value {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(limit.soft, 0);
    bytes.writeBigUInt64LE(limit.hard, 8);
    const shown = `{soft=${limit.soft}, hard=${limit.hard}}`;
    const args = [pid, new Flags(resource, '=RLIMIT_'), new Struct(bytes, [], { shown }), null];
    return this.number({ name: 'prlimit64', args, ...options });
  }

  /** KEYCTL_JOIN_SESSION_KEYRING: a new keyring, so that the keys of whoever started us are out of reach. */
  joinSessionKeyring(name: string, options: Allow = {}): Value {
    return this.number({ name: 'keyctl', args: [1, name], ...options });
  }

  /** `attributes`: struct sched_attr (sched_setattr(2)). pid 0: this process. */
  schedSetattr(pid: number | Value, attributes: Uint8Array, options: Pick<Call, 'failure'> = {}): Value {
    return this.number({ name: 'sched_setattr', args: [pid, attributes, 0], ...options });
  }

  /** `mask`: one bit a CPU. */
  schedSetaffinity(pid: number | Value, mask: Uint8Array): Value {
    return this.number({ name: 'sched_setaffinity', args: [pid, mask.length, mask] });
  }

  /** IOPRIO_WHO_PROCESS: the class in the bits from 13 on, the level in those below (ioprio_set(2)). */
  ioprioSet(pid: number | Value, priority: number): Value {
    return this.number({ name: 'ioprio_set', args: [1, pid, priority] });
  }

  /** `mode`: MPOL_* with flags. `nodes`: one bit a node; the kernel leaves out the last of the bits it is told of. */
  setMempolicy(mode: number, nodes?: Uint8Array): Value {
    const size = nodes === undefined ? 0 : nodes.length * 8 + 1;
    return this.number({ name: 'set_mempolicy', args: [mode, nodes ?? null, size] });
  }

  personality(persona: number): Value {
    return this.number({ name: 'personality', args: [persona] });
  }

  /** `action`: SIG_DFL (0) or SIG_IGN (1). */
  setSignalAction(signal: number, action: 0 | 1): Value {
    const bytes = Buffer.alloc(32);
    bytes.writeBigUInt64LE(BigInt(action), 0);
    const structure = new Struct(bytes, [], { shown: action ? 'SIG_IGN' : 'SIG_DFL' });
    return this.number({ name: 'rt_sigaction', args: [new Flags(signal, '=SIG'), structure, null, 8] });
  }

  /** `how`: 0 SIG_BLOCK, 1 SIG_UNBLOCK, 2 SIG_SETMASK; bit n - 1 stands for signal n. */
  sigprocmask(how: 0 | 1 | 2, mask: bigint): Value {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, mask), 0);
    return this.number({ name: 'rt_sigprocmask', args: [how, bytes, null, 8] });
  }

  /** signalfd(2): blocked signals of `mask` are read from it, each as 128 bytes that begin with its number. */
  signalfd(mask: bigint): Value {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(mask, 0);
    return this.number({ name: 'signalfd4', args: [-1, bytes, 8, new Flags(O_CLOEXEC, 'O_')] });
  }

  /** struct clone_args of clone3(2), and where the pidfd will stand. With CLONE_PARENT the signal is the parent's. */
  protected cloneArgs(flags: bigint, cgroup: Fd | undefined): { structure: Struct; pidfd: Out } {
    const pidfd = new Out(4);
    const bytes = Buffer.alloc(88);
    bytes.writeBigUInt64LE(flags, 0);
    if ((flags & BigInt(CLONE_PARENT)) === 0n) bytes.writeBigUInt64LE(BigInt(SIGCHLD), 32);
    const late = cgroup !== undefined && typeof cgroup !== 'number' ? [{ at: 80, value: cgroup }] : [];
    if (typeof cgroup === 'number') bytes.writeBigUInt64LE(BigInt(cgroup), 80);
    return { structure: new Struct(bytes, [{ at: 8, value: pidfd }, ...late]), pidfd };
  }
}

/** A NULL-ended array of C strings. */
function stringVector(strings: readonly string[]): Struct {
  const shown = JSON.stringify(strings.length > 8 ? [...strings.slice(0, 8), '…'] : strings);
  const embedded = strings.map((value, index) => ({ at: 8 * index, value }));
  return new Struct(Buffer.alloc(8 * (strings.length + 1)), embedded, { shown });
}
