/** Numbers of linux/net.h and linux/ipc.h, written down a second time as a check on the compiler's. */
const SOCKETCALL = 102;
const IPC = 117;
const FUNCTIONS: Record<string, [call: number, which: number]> = {
  socket: [SOCKETCALL, 1],
  bind: [SOCKETCALL, 2],
  connect: [SOCKETCALL, 3],
  listen: [SOCKETCALL, 4],
  accept: [SOCKETCALL, 5],
  getsockname: [SOCKETCALL, 6],
  getpeername: [SOCKETCALL, 7],
  socketpair: [SOCKETCALL, 8],
  send: [SOCKETCALL, 9],
  recv: [SOCKETCALL, 10],
  sendto: [SOCKETCALL, 11],
  recvfrom: [SOCKETCALL, 12],
  shutdown: [SOCKETCALL, 13],
  setsockopt: [SOCKETCALL, 14],
  getsockopt: [SOCKETCALL, 15],
  sendmsg: [SOCKETCALL, 16],
  recvmsg: [SOCKETCALL, 17],
  accept4: [SOCKETCALL, 18],
  recvmmsg: [SOCKETCALL, 19],
  sendmmsg: [SOCKETCALL, 20],
  semop: [IPC, 1],
  semget: [IPC, 2],
  semctl: [IPC, 3],
  semtimedop: [IPC, 4],
  msgsnd: [IPC, 11],
  msgrcv: [IPC, 12],
  msgget: [IPC, 13],
  msgctl: [IPC, 14],
  shmat: [IPC, 21],
  shmdt: [IPC, 22],
  shmget: [IPC, 23],
  shmctl: [IPC, 24],
};

/** Is `number` with this first argument the 32-bit x86 way to call `name`? */
export function isMultiplexed(name: string, number: number, first: bigint): boolean {
  const [call, which] = FUNCTIONS[name] ?? [];
  if (call !== number) return false;
  return Number(call === IPC ? first & 0xffffn : first) === which;
}

/** Does the name have a multiplexed form at all? */
export function hasMultiplexedForm(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name);
}
