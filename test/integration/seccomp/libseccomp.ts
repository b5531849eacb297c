import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineArchitecture } from '../../../src/runtime/seccomp/abi.ts';
import type { LinuxSeccomp, SeccompArchitecture, SeccompOperator } from '../../../src/spec/index.ts';
import { actionValue } from './evaluate-profile.ts';

/** enum scmp_compare of seccomp.h. */
const OPERATORS: Record<SeccompOperator, number> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/** SCMP_ARCH_* values of seccomp.h: AUDIT_ARCH_*, but one of its own for x32. */
const TOKENS: Partial<Record<SeccompArchitecture, number>> = {
  SCMP_ARCH_X86: 0x40000003,
  SCMP_ARCH_X32: 0x4000003e,
  SCMP_ARCH_AARCH64: 0xc00000b7,
  SCMP_ARCH_ARM: 0x40000028,
};

/** Compiles a C program that stands beside the tests; gone with the returned object. */
export function compileProgram(name: string, libraries: readonly string[] = []): Disposable & { path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-seccomp-'));
  const path = join(folder, name);
  execFileSync('cc', ['-O1', '-Wall', '-o', path, new URL(`${name}.c`, import.meta.url).pathname, ...libraries]);
  // no-mount-below: made by mkdtemp just now, and holds one file.
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** The filters that libseccomp makes of profiles, with the calls of runc (`matchCall`); undefined where it refuses. */
export function buildWithLibseccomp(
  program: string,
  profiles: readonly LinuxSeccomp[],
  arch: MachineArchitecture,
): (Uint8Array | undefined)[] {
  const input = profiles.map((profile) => commands(profile, arch)).join('');
  const { stdout, status } = spawnSync(program, { input, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`libseccomp-export failed with ${status}`);
  const filters: (Uint8Array | undefined)[] = [];
  for (let at = 0; at < stdout.length; ) {
    const size = stdout.readUInt32LE(at);
    filters.push(size === 0 ? undefined : new Uint8Array(stdout.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return filters;
}

function commands(profile: LinuxSeccomp, arch: MachineArchitecture): string {
  const otherwise = actionValue(profile.defaultAction, profile.defaultErrnoRet);
  const lines = [`begin ${otherwise}`];
  const own = arch === 'x64' ? ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] : ['SCMP_ARCH_ARM'];
  if (arch === 'arm64') lines.push(`arch ${TOKENS.SCMP_ARCH_AARCH64}`, `remove ${0xc000003e}`);
  for (const name of profile.architectures ?? []) if (own.includes(name)) lines.push(`arch ${TOKENS[name]}`);
  for (const { names, action, errnoRet, args = [] } of profile.syscalls ?? []) {
    const value = actionValue(action, errnoRet);
    if (value === otherwise) continue;
    const words = args.map(({ index, op, value: first, valueTwo }) => {
      return `${index} ${OPERATORS[op]} ${first} ${valueTwo ?? 0}`;
    });
    const repeated = new Set(args.map(({ index }) => index)).size < args.length;
    for (const name of names) {
      if (repeated) for (const word of words) lines.push(`rule ${value} ${name} ${word}`);
      else lines.push(['rule', value, name, ...words].join(' '));
    }
  }
  return `${lines.join('\n')}\nend\n`;
}
