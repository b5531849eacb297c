import type { Platform } from '../spec/index.ts';

/** Go's names for Node's. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What this machine runs, as images name it. */
export const HOST_PLATFORM: Platform = { os: 'linux', architecture: ARCHITECTURES[process.arch] ?? process.arch };

export function isForHost({ os, architecture }: Platform): boolean {
  return os === HOST_PLATFORM.os && architecture === HOST_PLATFORM.architecture;
}
