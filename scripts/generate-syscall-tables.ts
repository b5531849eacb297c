/**
 * Writes src/runtime/seccomp/syscall-lists.ts from kernel headers:
 *
 *   node scripts/generate-syscall-tables.ts X86 GENERIC ARM
 *
 * - X86: a folder with `unistd_64.h`, `unistd_32.h` and `unistd_x32.h` (Debian's linux-libc-dev: /usr/include/x86_64-linux-gnu/asm)
 * - GENERIC: an include folder of arm64 (linux-libc-dev-arm64-cross: /usr/aarch64-linux-gnu/include)
 * - ARM: an include folder of 32-bit arm (linux-libc-dev-armhf-cross: /usr/arm-linux-gnueabihf/include)
 *
 * Headers lag behind kernels, so the newest calls stand here by hand. Since Linux 5.1 a new call has one number on every
 * architecture (`include/uapi/asm-generic/unistd.h`, `arch/x86/entry/syscalls/syscall_64.tbl` up to Linux 7.0).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

type Table = Map<number, string>;

const SHARED = [
  'cachestat fchmodat2 map_shadow_stack futex_wake futex_wait futex_requeue statmount listmount lsm_get_self_attr',
  'lsm_set_self_attr lsm_list_modules mseal setxattrat getxattrat listxattrat removexattrat open_tree_attr',
  'file_getattr file_setattr listns rseq_slice_yield',
];
const FIRST_SHARED = 451;

/** Calls that x86-64 and x32 alone have and that headers of Linux 6.1 do not know: Linux 6.11 and 6.18. */
const X86_ONLY: [string, number][] = [
  ['uretprobe', 335],
  ['uprobe', 336],
];

/** Macros that look like calls and are none. */
const NOT_CALLS = /_(SYSCALL_BASE|SYSCALL_MASK|BASE|syscalls|arch_specific_syscall)$/;

function parseDefines(text: string, prefix: string): Table {
  const values = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/^#define[ \t]+(\w+)[ \t]+(.+?)[ \t]*$/gm)) {
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  const table: Table = new Map();
  for (const name of values.keys()) {
    if (!name.startsWith(prefix) || NOT_CALLS.test(name)) continue;
    const number = resolve(name, values);
    if (number !== undefined) table.set(number, name.slice(prefix.length));
  }
  return table;
}

/** Follows `__NR_fcntl` → `__NR3264_fcntl` → `25` and sums such as `(__X32_SYSCALL_BIT + 512)`, without the bit. */
function resolve(name: string, values: Map<string, string>): number | undefined {
  const text = values.get(name);
  if (text === undefined) return name === '__X32_SYSCALL_BIT' ? 0 : undefined;
  let sum = 0;
  for (const term of text.replace(/[()]/g, '').split('+')) {
    const word = term.trim();
    const number = /^(0x[\da-f]+|\d+)$/i.test(word) ? Number(word) : resolve(word, values);
    if (number === undefined) return undefined;
    sum += number;
  }
  return sum;
}

/** The macros of `<asm/unistd.h>` as the compiler sees them, for headers that are full of conditions. */
function preprocess(include: string, defines: string[]): string {
  const arguments_ = ['-E', '-dM', '-nostdinc', '-isystem', include, ...defines, '-include', 'asm/unistd.h', '-'];
  return execFileSync('cc', ['-x', 'c', ...arguments_], { input: '', encoding: 'utf8' });
}

function addShared(table: Table): Table {
  for (const [index, name] of SHARED.join(' ').split(' ').entries()) table.set(FIRST_SHARED + index, name);
  return table;
}

/** `0 read write 5 fstat`: a number sets the counter, a name takes the counter's value and advances it. */
function encode(table: Table): string {
  const words: string[] = [];
  let next = -1;
  for (const [number, name] of [...table].sort(([a], [b]) => a - b)) {
    if (number !== next) words.push(String(number));
    words.push(name);
    next = number + 1;
  }
  return wrap(words);
}

function wrap(words: string[]): string {
  const lines = [''];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > 118) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

function main(): void {
  const [x86, generic, arm] = process.argv.slice(2);
  if (x86 === undefined || generic === undefined || arm === undefined) {
    throw new Error('usage: node scripts/generate-syscall-tables.ts X86_HEADERS ARM64_INCLUDE ARM_INCLUDE');
  }
  const read = (file: string) => parseDefines(readFileSync(`${x86}/${file}`, 'utf8'), '__NR_');
  const [x8664, x32] = [read('unistd_64.h'), read('unistd_x32.h')];
  for (const [name, number] of X86_ONLY) {
    x8664.set(number, name);
    x32.set(number, name);
  }
  const armText = preprocess(arm, ['-D__ARM_EABI__']);
  const armTable = parseDefines(armText, '__NR_');
  // Two names for one number: seccomp profiles use both.
  armTable.set(341, 'arm_sync_file_range|sync_file_range2');
  for (const [number, name] of parseDefines(armText, '__ARM_NR_')) armTable.set(number, name);

  const lists: [string, Table][] = [
    ['X86_64', addShared(x8664)],
    ['I386', addShared(read('unistd_32.h'))],
    ['X32', addShared(x32)],
    ['ARM64', addShared(parseDefines(preprocess(generic, []), '__NR_'))],
    ['ARM', addShared(armTable)],
  ];
  const body = lists.map(([name, table]) => `export const ${name}_SYSCALLS = \`\n${encode(table)}\n\`;\n`);
  const head = [
    '// Written by scripts/generate-syscall-tables.ts from kernel headers; do not edit.',
    '// A number sets the counter, a name takes its value and advances it; `a|b` are two names of one call.',
    '// X32 numbers stand without __X32_SYSCALL_BIT (0x40000000).',
  ];
  writeFileSync('src/runtime/seccomp/syscall-lists.ts', `${head.join('\n')}\n${body.join('\n')}`);
}

main();
