import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { KeelsonError } from '../base/index.ts';
import type { MountConfig } from '../spec/index.ts';

/** `-v` makes the host's folder where it is missing, `--mount` does not (Docker's rule). */
export function makeBindSources(mounts: readonly MountConfig[]): void {
  for (const { type, source, createSource } of mounts) {
    if (type !== 'bind' || !createSource || source === undefined) continue;
    try {
      makeFolder(source);
    } catch (cause) {
      // Something else than a folder can be bound too.
      if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') continue;
      throw new KeelsonError(
        'not-found',
        `cannot make ${source} to mount it: ${cause instanceof Error ? cause.message : cause}`,
        {
          code: 'MOUNT_SOURCE_MISSING',
          hint: 'make it first, or check the path for a typing error',
          cause,
        },
      );
    }
  }
}

/** With those above it. Not with `recursive`, which never ends in /proc, where mkdir(2) says ENOENT. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** What a start makes, volumes included, as far as it is not there yet. */
export function sourcesMadeFor(mounts: readonly MountConfig[], volumeData: (name: string) => string): string[] {
  const made = mounts.flatMap(({ type, source = '', createSource }) =>
    type === 'volume' ? [volumeData(source)] : type === 'bind' && createSource ? [source] : [],
  );
  return made.filter((path) => !existsSync(path));
}
