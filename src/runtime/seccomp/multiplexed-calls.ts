import type { Condition } from './argument-condition.ts';

/**
 * Before Linux 4.3 (sockets) and 5.1 (System V IPC) a 32-bit x86 program had no call of its own for these: it goes
 * through `socketcall` or `ipc` with a number as first argument, and old programs and Go's 386 port still do. A rule
 * about `connect` must cover both ways.
 *
 * Numbers: SYS_* of include/uapi/linux/net.h and SEMOP … SHMCTL of include/uapi/linux/ipc.h.
 */
const SOCKETCALLS =
  'socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown setsockopt ' +
  'getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg';
const IPC_CALLS = '1 semop semget semctl semtimedop 11 msgsnd msgrcv msgget msgctl 21 shmat shmdt shmget shmctl';

/** A multiplexing call and the condition that picks one of its functions. */
export interface Multiplexed {
  call: 'socketcall' | 'ipc';
  condition: Condition;
}

let calls: Map<string, Multiplexed> | undefined;

/** How a 32-bit x86 program reaches `name` through a multiplexing call, if it can. */
export function multiplexedOnI386(name: string): Multiplexed | undefined {
  calls ??= readCalls();
  return calls.get(name);
}

function readCalls(): Map<string, Multiplexed> {
  const result = new Map<string, Multiplexed>();
  for (const [index, name] of SOCKETCALLS.split(' ').entries()) {
    const condition: Condition = { index: 0, operator: 'SCMP_CMP_EQ', value: BigInt(index + 1), mask: 0n };
    result.set(name, { call: 'socketcall', condition });
  }
  let next = 0n;
  for (const word of IPC_CALLS.split(' ')) {
    if (/^\d/.test(word)) {
      next = BigInt(word);
      continue;
    }
    // The upper half of the first argument is a version (`call >> 16` in ipc/syscall.c), not part of the function.
    const condition: Condition = { index: 0, operator: 'SCMP_CMP_MASKED_EQ', value: next, mask: 0xffffn };
    result.set(word, { call: 'ipc', condition });
    next += 1n;
  }
  return result;
}
