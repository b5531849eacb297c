import type { Arg, Call } from './call.ts';
import { Flags, isValue, Out, Struct, THIS_CHANNEL, Within } from './call.ts';
import * as constants from './constants/index.ts';

/** Second names of a number, which nobody wants to read. */
const ALIASES = new Set([
  'AT_EACCESS',
  'MS_VERBOSE',
  'MSG_TRYHARD',
  'O_FSYNC',
  'O_NDELAY',
  'O_RSYNC',
  'RLIMIT_OFILE',
  'SIGCLD',
  'SIGIOT',
  'SIGPOLL',
]);

/** Sizes and masks are named as the flags beside them, and are none. */
const NO_FLAG = /__|_MASK$|_SIZE_VER\d+$/;

/** Families whose names begin as those of another: the second argument of some calls, after the first one's. */
const NESTED = ['F_SEAL_', 'PR_CAP_AMBIENT_', 'PR_SET_MM_', 'PR_SET_VMA_'];

const ACCESS_MODES = new Set(['O_WRONLY', 'O_RDWR', 'O_PATH']);

let table: [string, number][] | undefined;

/** Made when the first call is shown, which most programs never do. */
function allConstants(): readonly [string, number][] {
  table ??= Object.entries(constants).filter(
    (entry): entry is [string, number] =>
      typeof entry[1] === 'number' && !ALIASES.has(entry[0]) && !NO_FLAG.test(entry[0]),
  );
  return table;
}

/** The constants that a prefix of `Flags` stands for, each number once. */
export function constantsOf(prefix: string): readonly (readonly [name: string, value: number])[] {
  const prefixes = (prefix.startsWith('=') ? prefix.slice(1) : prefix).split('|');
  return allConstants().filter(([name]) => prefixes.some((p) => isOf(name, p)));
}

function isOf(name: string, prefix: string): boolean {
  const isNested = NESTED.some((n) => n.length > prefix.length && n.startsWith(prefix) && name.startsWith(n));
  return name.startsWith(prefix) && !isNested;
}

/** The call as strace(1) would print it: `openat2(3, "etc/passwd", {…}, 24)`. */
export function showCall(call: Call): string {
  const args = [...(call.shownArgs ?? []), ...(call.shownArgs ? [] : call.args)];
  return `${call.operation && call.name === 'clone' ? 'clone3' : call.name}(${args.map(showArg).join(', ')})`;
}

function showArg(arg: Arg): string {
  if (arg === null) return 'NULL';
  if (arg === THIS_CHANNEL) return 'channel';
  if (arg instanceof Flags) return showFlags(arg);
  if (isValue(arg)) return arg.outcome ? String(arg.outcome.value) : '…';
  if (typeof arg === 'string') return JSON.stringify(arg);
  if (arg instanceof Out) return `[${arg.size} bytes]`;
  if (arg instanceof Within) return '&…';
  if (arg instanceof Struct) return showStruct(arg);
  if (arg instanceof Uint8Array) return showBytes(arg);
  return arg === constants.AT_FDCWD ? 'AT_FDCWD' : String(arg);
}

function showStruct({ shown, bytes }: Struct): string {
  return typeof shown === 'function' ? shown() : (shown ?? `{${bytes.length} bytes}`);
}

function showBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  const printable = /^[\t\n\r -~]*$/.test(text);
  return printable ? `${JSON.stringify(text)}${bytes.length > 64 ? '…' : ''}` : `{${bytes.length} bytes}`;
}

/** `=SIG` names a whole number, `CLONE_` the bits of one; several prefixes are parted by `|`. */
export function showFlags({ value, prefix }: Flags): string {
  const number = Number(value);
  const exact = prefix.startsWith('=');
  const names = constantsOf(prefix);
  if (exact || number === 0) return names.find(([, v]) => v === number)?.[0] ?? String(value);
  const shown: string[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  // Larger first, so that a name of several bits (O_SYNC, O_TMPFILE) goes before the names of one.
  for (const [name, bits] of names.filter(([, v]) => v > 0).toSorted((a, b) => b[1] - a[1])) {
    const wanted = BigInt(bits);
    if ((rest & wanted) !== wanted) continue;
    shown.unshift(name);
    rest &= ~wanted;
  }
  if (prefix === 'O_' && (rest & 3n) === 0n && !shown.some((name) => ACCESS_MODES.has(name))) shown.unshift('O_RDONLY');
  if (rest !== 0n) shown.push(`0x${rest.toString(16)}`);
  return shown.join('|');
}
