import type { Arg, Call } from './call.ts';
import { Flags, isValue, Out, Struct, THIS_CHANNEL, Within } from './call.ts';
import * as constants from './constants/index.ts';

const TABLE = Object.entries(constants).filter((entry): entry is [string, number] => typeof entry[1] === 'number');

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
  const printable = /^[\x09\x0a\x0d\x20-\x7e]*$/.test(text);
  return printable ? `${JSON.stringify(text)}${bytes.length > 64 ? '…' : ''}` : `{${bytes.length} bytes}`;
}

/** `=SIG` names a whole number, `CLONE_` the bits of one; several prefixes are parted by `|`. */
export function showFlags({ value, prefix }: Flags): string {
  const number = Number(value);
  const exact = prefix.startsWith('=');
  const prefixes = (exact ? prefix.slice(1) : prefix).split('|');
  const names = TABLE.filter(([name]) => prefixes.some((p) => name.startsWith(p)));
  if (exact || number === 0) return names.find(([, v]) => v === number)?.[0] ?? String(value);
  const shown: string[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (const [name, bit] of names.toSorted((a, b) => b[1] - a[1])) {
    const wanted = BigInt(bit >>> 0 === bit ? bit : bit);
    if (bit > 0 && (rest & wanted) === wanted) {
      shown.push(name);
      rest &= ~wanted;
    }
  }
  if (rest !== 0n) shown.push(`0x${rest.toString(16)}`);
  return shown.join('|');
}
