// host-path: a cache folder of ours (0700) on the host, which nothing of a container is ever mounted over
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LinuxSeccomp } from '../../spec/index.ts';
import type { MachineArchitecture } from './abi.ts';
import { type CompiledSeccomp, compileSeccomp } from './compile-seccomp.ts';

/** Goes up when the compiler gives another program for the same profile. */
const COMPILER = 1;

interface Stored extends Omit<CompiledSeccomp, 'filter'> {
  key: string;
  /** Base64. */
  filter: string;
}

/**
 * `compileSeccomp` with a memory on the disk: a command that starts Node for one container compiles slower than it reads a
 * file. The whole profile is the key and is compared, so a clash of file names costs time and never gives a wrong filter.
 * What cannot be read or written is compiled anew.
 */
export function cachedSeccomp(
  profile: LinuxSeccomp,
  { arch, folder }: { arch: MachineArchitecture; folder: string },
): CompiledSeccomp {
  const key = seccompKey(profile, arch);
  const path = join(folder, `seccomp-${hash(key)}`);
  const found = read(path);
  if (found?.key === key) return { ...found, filter: Buffer.from(found.filter, 'base64') };
  const compiled = compileSeccomp(profile, { arch });
  store(path, { ...compiled, key, filter: Buffer.from(compiled.filter).toString('base64') });
  return compiled;
}

/** Equal for profiles that give the same filter on this machine. */
export function seccompKey(profile: LinuxSeccomp, arch: MachineArchitecture): string {
  const parts = [COMPILER, arch, profile];
  try {
    return JSON.stringify(parts);
  } catch {
    // With a number of 64 bits, and ten times as slow.
    return JSON.stringify(parts, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  }
}

function read(path: string): Stored | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Stored;
  } catch {
    return undefined;
  }
}

function store(path: string, stored: Stored): void {
  try {
    mkdirSync(join(path, '..'), { mode: 0o700 });
  } catch {
    // there already, or the write says what is wrong
  }
  try {
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(stored), { mode: 0o600 });
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // a full or read-only disk keeps nobody from starting a container
  }
}

/** FNV-1a, 32 bits, of every seventh character: a command does this once, and what runs once runs slowly. */
function hash(text: string): string {
  let value = 0x811c9dc5 ^ text.length;
  for (let i = 0; i < text.length; i += 7) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16);
}
