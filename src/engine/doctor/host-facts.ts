import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { arch, release, userInfo } from 'node:os';
import { join } from 'node:path';
import { type CgroupLayout, detectCgroups, type KernelProbe, probeKernel } from '../../runtime/index.ts';

/** What checks are made on. All of it is asked before the first check, so that checks are plain functions. */
export interface HostFacts {
  readonly user: number;
  readonly userName: string;
  /** `6.1.0-18-amd64` */
  readonly kernel: string;
  /** `x64` */
  readonly architecture: string;
  /** `24.1.0` */
  readonly node: string;
  readonly probe: KernelProbe;
  readonly cgroups: CgroupLayout;
  /** Text of a small file of the host; undefined when there is none or it is hidden. */
  readText(path: string): string | undefined;
  isThere(path: string): boolean;
  mayWrite(path: string): boolean;
  /** Where a program is, in the places of distributions and then in PATH. */
  findProgram(name: string): string | undefined;
}

/** Folders that an ordinary user's PATH often lacks. */
const PLACES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/** Asks this host. */
export async function gatherFacts(env: Readonly<Record<string, string | undefined>>): Promise<HostFacts> {
  const { uid, username } = userInfo();
  const folders = [...PLACES, ...(env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'))];
  const findProgram = (name: string) => folders.map((folder) => join(folder, name)).find(isExecutable);
  return {
    user: uid,
    userName: username,
    kernel: release(),
    architecture: arch(),
    node: process.versions.node,
    probe: await probeKernel({ user: uid, nft: findProgram('nft') }),
    cgroups: detectCgroups(),
    readText,
    isThere: (path) => may(path, constants.F_OK),
    mayWrite: (path) => may(path, constants.W_OK),
    findProgram,
  };
}

function isExecutable(path: string): boolean {
  return may(path, constants.X_OK) && statSync(path).isFile();
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
